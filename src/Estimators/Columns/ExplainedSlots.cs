using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>How the slots of an explanation are called after those of the column that it explains.</summary>
/// <param name="Column">The explained column.</param>
/// <param name="Size">How many slots it has.</param>
/// <param name="Method">The method, which knows what its attributions are called.</param>
internal sealed record ExplainedSlots(string Column, int Size, Reading Method) : SlotNaming
{
    /// <summary>
    /// The slots of an explanation; null where they do not correspond to those of the column, as the pixels of a map with channels do not.
    /// </summary>
    public static ExplainedSlots? Of(InputColumn explained, VectorDataViewType explanation, Reading method)
    {
        string[] items = [.. Enumerable.Repeat("", checked((int)explained.Row.Size.Value))];
        var names = method.Names(items);
        var corresponds = ReferenceEquals(names, items)
            ? explanation.Dimensions.Where(e => e != 1).Select(e => (long)e)
                .SequenceEqual(explained.Row.Select(d => d.Value).Where(e => e != 1))
            : names.Count == explanation.Size;
        return corresponds ? new ExplainedSlots(explained.Name, items.Length, method) : null;
    }

    /// <inheritdoc/>
    public override Func<IReadOnlyList<string>>? In(DataViewSchema schema) =>
        schema.GetColumnOrNull(Column) is { } explained && SlotNames.Has(explained, Size)
            ? () => Method.Names(SlotNames.Read(explained, Size)!) : null;
}
