using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Some rows of a source, which is left open.</summary>
/// <param name="rows">The source, before its first row.</param>
/// <param name="wanted">The numbers of the rows, rising.</param>
internal sealed class PickedRows(RowSource rows, IReadOnlyList<long> wanted) : RowSource
{
    private int _taken;

    /// <summary>So many rows of a source, spread evenly, where it knows how many it has; otherwise the first.</summary>
    public static PickedRows Spread(RowSource rows, long most)
    {
        var count = Math.Max(rows.Count ?? most, 1);
        var some = Math.Min(most, count);
        return new PickedRows(rows, [.. Enumerable.Range(0, checked((int)some)).Select(i => (long)((Int128)i * count / some))]);
    }

    public override string Name => rows.Name;

    public override IReadOnlyList<RowTensor> Tensors => rows.Tensors;

    public override IReadOnlyList<string> CarriedNames => rows.CarriedNames;

    public override long? Count => wanted.Count;

    public override double Progress => wanted.Count == 0 ? 1 : (double)_taken / wanted.Count;

    public override string Place => rows.Place;

    public override string Advice => rows.Advice;

    public override void Read<T>(int tensor, Span<T> row) => rows.Read(tensor, row);

    public override string[] Carried() => rows.Carried();

    public override void Dispose()
    {
    }

    protected override long Advance(long count)
    {
        var gone = 0L;
        for (; gone < count && _taken < wanted.Count; gone++, _taken++)
            if (rows.Skip(wanted[_taken] - rows.Row) < wanted[_taken] - rows.Row || rows.Row != wanted[_taken])
                break;
        return gone;
    }
}
