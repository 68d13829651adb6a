using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Pages;

namespace Microsoft.ML.Introspection.Tool.Features;

/// <summary>A network with the rows that it is given.</summary>
/// <param name="Network">The network.</param>
/// <param name="Sources">The rows; disposed of with this.</param>
/// <param name="Feed">How they come to its inputs.</param>
internal sealed record FeatureRows(Network Network, Sources Sources, Func<TensorInfo, InputRows> Feed) : IDisposable
{
    /// <summary>What layers make of one row, and the row as a picture where it is one.</summary>
    /// <param name="row">The row.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="cancellation">Stops the run.</param>
    public (Raster? Input, IReadOnlyList<LayerMaps> Maps) LayersOf(
        long row, IReadOnlyList<string> layers, RuntimeOptions runtime, CancellationToken cancellation)
    {
        var (input, values) = Of(row, NetworkOutputs.Compile(Network, [], layers), Network.Inputs[0], runtime, cancellation);
        return (Picture(Network.Inputs[0], input), [.. layers.Zip(values, (layer, numbers) => new LayerMaps(layer, numbers))]);
    }

    /// <summary>Where the blocks of attention look in one row, its numbers in an input, and the row as a picture where it is one.</summary>
    /// <param name="row">The row.</param>
    /// <param name="seen">The input.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="cancellation">Stops the run.</param>
    public (float[] Input, Raster? Picture, IReadOnlyList<Tensor> Maps) AttentionOf(
        long row, TensorInfo seen, RuntimeOptions runtime, CancellationToken cancellation)
    {
        var (input, maps) = Of(row, AttentionMap.Compile(Network), seen, runtime, cancellation);
        return (input, Picture(seen, input), maps);
    }

    private (float[] Input, IReadOnlyList<Tensor> Values) Of(
        long row, OnnxModel graph, TensorInfo main, RuntimeOptions runtime, CancellationToken cancellation)
    {
        using var work = new SeenRows(new GraphWork(graph, runtime, Sources.Rows, Feed), [Sources.Place(main.Name)], _ => true);
        using var sink = new OneRow(work.Ports);
        if (new Job(Sources.Rows, work, new Shard(row, row + 1)).Run(sink, null, cancellation) == 0)
            throw new InvalidDataException($"'{Sources.Rows.Name}' has {Sources.Rows.Count} rows; there is no row {row}.");
        return (work[0][0], sink.Values);
    }

    public void Dispose() => Sources.Dispose();

    private Raster? Picture(TensorInfo input, float[] numbers)
    {
        if (input.Shape is not { Rank: 4 } shape || Network.ChannelsOf(input.Name) != 1 || shape[1] != 1 && shape[1] != 3)
            return null;
        var finite = numbers.Where(float.IsFinite).DefaultIfEmpty().ToList();
        var (black, white) = (finite.Min(), finite.Max());
        return Raster.FromPlanes(numbers, (int)shape[1].Value, (int)shape[2].Value, (int)shape[3].Value, black,
            white > black ? white : MathF.BitIncrement(black));
    }

    private sealed class OneRow(IReadOnlyList<ResultPort> ports) : IRowSink
    {
        public IReadOnlyList<Tensor> Values { get; private set; } = [];

        public IReadOnlyList<string> Paths => [];

        public bool Carries => false;

        public void Append(long first, int rows, IReadOnlyList<string[]> carried) => Values = [.. ports.Select(p =>
            Tensor.From(PortNumbers.Of(p, 0), [.. p.RowShape.Select(e => (long)e)]))];

        public void Dispose() { }
    }
}
