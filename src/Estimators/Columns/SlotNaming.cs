namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>How the slots of a column are called.</summary>
internal abstract record SlotNaming
{
    /// <summary>The names for some data, made when they are asked for; null where there are none.</summary>
    public abstract Func<IReadOnlyList<string>>? In(DataViewSchema schema);
}

/// <summary>Names that are the same for all data.</summary>
/// <param name="Names">A name for every slot.</param>
internal sealed record FixedSlots(IReadOnlyList<string> Names) : SlotNaming
{
    public override Func<IReadOnlyList<string>> In(DataViewSchema schema) => () => Names;
}
