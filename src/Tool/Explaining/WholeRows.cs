using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>A file all of whose rows together are the one row of a network that knows no batch.</summary>
/// <param name="source">The file.</param>
/// <param name="again">Opens it anew.</param>
internal sealed class WholeRows(RowSource source, Func<RowSource> again) : RowSource
{
    public override string Name => source.Name;

    public override IReadOnlyList<RowTensor> Tensors { get; } =
    [
        new(source.Tensors[0].Name, source.Tensors[0].Type, [checked((int)source.Count!.Value), .. source.Tensors[0].RowShape]),
    ];

    public override long? Count => 1;

    public override double Progress => Row < 0 ? 0 : 1;

    public override void Read<T>(int tensor, Span<T> row)
    {
        using var rows = again();
        rows.ReadRows(0, row);
    }

    public override void Dispose() => source.Dispose();

    protected override long Advance(long rows) => Row < 0 ? Math.Min(rows, 1) : 0;
}
