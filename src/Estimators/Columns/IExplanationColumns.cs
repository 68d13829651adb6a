namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>The columns that an explanation reads and adds.</summary>
internal interface IExplanationColumns
{
    /// <summary>The columns it adds, in order.</summary>
    IReadOnlyList<OutputColumn> Outputs { get; }

    /// <summary>The columns it reads, in order.</summary>
    /// <param name="schema">The columns of some data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or does not fit.</exception>
    IEnumerable<DataViewSchema.Column> FindInputs(DataViewSchema schema);

    /// <summary>The slot names of the explanations of some data, by explanation column; those without are missing.</summary>
    sealed IReadOnlyDictionary<string, IReadOnlyList<string>> SlotNamesIn(DataViewSchema schema) => Outputs
        .Select(o => (o.Name, Names: o.Slots?.In(schema)))
        .Where(o => o.Names is not null)
        .ToDictionary(o => o.Name, o => o.Names!());
}
