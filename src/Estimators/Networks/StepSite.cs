using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>A column that a step makes, and what is known where it is made.</summary>
/// <param name="Step">The step.</param>
/// <param name="Made">The column.</param>
/// <param name="Before">The columns before the step.</param>
/// <param name="Known">The same, followed from where they come, by name.</param>
/// <param name="FromRaw">Whether texts, keys and whole numbers are read as well as real numbers.</param>
internal sealed record StepSite(FlowStep Step, DataViewSchema.Column Made, DataViewSchema Before,
    IReadOnlyDictionary<string, FlowColumn> Known, bool FromRaw)
{
    /// <summary>The columns that the step reads to make it.</summary>
    public IReadOnlyList<string> Dependencies => field ??= Step.Transformer.IsRowToRowMapper
        ? [.. Step.Transformer.GetRowToRowMapper(Before).GetDependencies([Made]).Where(c => !c.IsHidden).Select(c => c.Name).Distinct()]
        : [.. Known.Keys];

    /// <summary>Which of the columns that the step makes from one each it is, from 0.</summary>
    public int Index => UnpublishedSteps.PlaceOf(Step.Transformer, Made.Name);

    /// <summary>The only column that the step reads to make it.</summary>
    public FlowColumn Source => Dependencies is [var only] ? Column(only)
        : throw new InvalidOperationException($"{Step.Name} reads {Listing.Of(Dependencies)} to make '{Made.Name}'; one "
            + "column was expected.");

    /// <summary>The type of its items.</summary>
    public DataViewType Item => Made.Type is VectorDataViewType vector ? vector.ItemType : Made.Type;

    /// <summary>A column before the step.</summary>
    public FlowColumn Column(string name) => Known[name];

    /// <summary>Whether a column holds real numbers, so many in each row.</summary>
    public static bool IsNumbers(FlowColumn column) =>
        column.Size is > 0 && (column.Item == NumberDataViewType.Single || column.Item == NumberDataViewType.Double);
}
