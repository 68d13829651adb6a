using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Features;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>Rows in memory, as a network's input takes them: scaled, in its order.</summary>
internal static class CollectedRows
{
    /// <summary>The first rows of the data.</summary>
    public static (double[] Numbers, IReadOnlyList<int> Extents) Of(
        FeatureRows data, TensorInfo input, RuntimeOptions runtime, int count, CancellationToken cancellation) =>
        Of(data.Network, data.Sources.Rows, data.Feed, input, runtime, count, cancellation);

    /// <inheritdoc cref="Of(FeatureRows, TensorInfo, RuntimeOptions, int, CancellationToken)"/>
    public static (double[] Numbers, IReadOnlyList<int> Extents) Of(Network network, RowSource rows, Func<TensorInfo, InputRows> feed,
        TensorInfo input, RuntimeOptions runtime, int count, CancellationToken cancellation)
    {
        var graph = new Graph(network.Opset);
        var value = graph.Input(input.Name, input.Type, input.Shape!);
        var name = input.Name == "rows" ? "numbers" : "rows";
        using var work = new GraphWork(
            graph.ToModel([(name, value * 1)], keepAllInputs: true), runtime, rows, feed);
        using var sink = new CollectedNumbers(work.Ports[0]);
        var found = new Job(rows, work, new Shard(0, count)).Run(sink, null, cancellation);
        return found > 0 ? ([.. sink[0]], [.. work.Ports[0].RowShape])
            : throw new InvalidDataException($"'{rows.Name}' has no rows.");
    }
}
