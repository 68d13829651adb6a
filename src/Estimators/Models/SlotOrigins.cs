using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// Which raw columns the slots of a feature vector are made of. A pipeline whose every slot depends on the column of one feature alone is
/// explained exactly by its raw columns: a feature that is taken away takes its slots along.
/// </summary>
/// <remarks>
/// What ML.NET says of dependencies is of whole columns. Within vectors of several columns, slots are followed through steps that copy them
/// (which is tried), and through those that are known to treat every slot by itself.
/// </remarks>
internal sealed class SlotOrigins
{
    // One by one, slot by slot.
    private static readonly Type[] SlotBySlot =
    [
        typeof(NormalizingTransformer), typeof(MissingValueReplacingTransformer), typeof(MissingValueIndicatorTransformer),
        typeof(TypeConvertingTransformer), typeof(ValueToKeyMappingTransformer), typeof(KeyToValueMappingTransformer),
        typeof(HashingTransformer),
    ];

    // As many slots for every slot, side by side, where the type says so by a last axis of its own.
    private static readonly Type[] BlockBySlot =
    [
        typeof(KeyToVectorMappingTransformer), typeof(OneHotEncodingTransformer), typeof(OneHotHashEncodingTransformer),
        typeof(KeyToBinaryVectorMappingTransformer),
    ];

    // The set of raw features, as a sorted list, that each slot of each column of the current schema depends on.
    private readonly int[][]?[] _slots;

    private SlotOrigins(int[][]?[] slots) => _slots = slots;

    /// <summary>
    /// The raw features that each slot of a column depends on; null where a step maps no row by itself, or a size is not known.
    /// </summary>
    /// <param name="steps">What prepares the column.</param>
    /// <param name="schema">The raw columns.</param>
    /// <param name="featuresOf">The numbers of the features that a raw column is; none for columns that are none.</param>
    /// <param name="column">The column.</param>
    public static IReadOnlyList<IReadOnlyList<int>>? Of(IReadOnlyList<ITransformer> steps, DataViewSchema schema,
        Func<DataViewSchema.Column, IReadOnlyList<int>> featuresOf, string column)
    {
        var now = new SlotOrigins([.. schema.Select(c => Raw(c, featuresOf(c)))]);
        foreach (var step in steps)
        {
            if (!step.IsRowToRowMapper)
                return null;
            var mapper = step.GetRowToRowMapper(schema);
            now = now.After(step, mapper);
            schema = mapper.OutputSchema;
        }
        return schema.GetColumnOrNull(column) is { } found ? now._slots[found.Index] : null;
    }

    private static int[][]? Raw(DataViewSchema.Column column, IReadOnlyList<int> features) => SizeOf(column.Type) is not { } size ? null
        : features.Count == size ? [.. features.Select(f => new[] { f })]
        : [.. Enumerable.Repeat<int[]>([.. features], size)];

    // Vectors of varying size count as one slot: all of it.
    private static int? SizeOf(DataViewType type) => type is not VectorDataViewType vector || !vector.IsKnownSize ? 1 : vector.Size;

    private SlotOrigins After(ITransformer step, IRowToRowMapper mapper) => new([.. mapper.OutputSchema.Select(c => Of(c, step, mapper))]);

    private int[][]? Of(DataViewSchema.Column column, ITransformer step, IRowToRowMapper mapper)
    {
        DataViewSchema.Column[] read = [.. mapper.GetDependencies([column])];
        var all = read.SelectMany(c => _slots[c.Index]!).SelectMany(s => s).Distinct().Order().ToArray();
        var size = SizeOf(column.Type)!.Value;
        // Whatever is done with what depends on one feature depends on it alone.
        if (all.Length <= 1)
            return [.. Enumerable.Repeat(all, size)];
        if (read is [var one])
        {
            var slots = _slots[one.Index]!;
            if (Array.IndexOf(SlotBySlot, step.GetType()) >= 0 && slots.Length == size)
                return slots;
            if (Array.IndexOf(BlockBySlot, step.GetType()) >= 0 && size % slots.Length == 0
                && column.Type is VectorDataViewType { Dimensions: [.., var each] dimensions } && dimensions.Length > 1
                && each * slots.Length == size)
                return [.. slots.SelectMany(s => Enumerable.Repeat(s, each))];
        }
        return SlotCopies.Of(mapper, column, read) is { } copies
            ? [.. copies.Select(c => c.Column < 0 ? [] : _slots[c.Column]![c.Slot])]
            : [.. Enumerable.Repeat(all, size)];
    }
}
