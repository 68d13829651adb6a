using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>
/// Networks that were exported for one row, read so that they take many where that gives the same: ML.NET gives them one at a time, and
/// that is slow.
/// </summary>
internal static class OpenRows
{
    private const int TriedRows = 2;
    private const double Near = 1e-3;

    /// <summary>Whether a network takes one row at a time only.</summary>
    public static bool AreFixed(this Network network) => network.Inputs.Any(i => i.Shape is { Rank: > 0 } shape && shape[0].IsKnown);

    /// <summary>Reads a network.</summary>
    /// <param name="model">Its file.</param>
    /// <param name="options">How to read it.</param>
    public static Network Load(OnnxModel model, NetworkOptions options)
    {
        var network = Network.From(model, options);
        return network.AreFixed() && Opened(model, options) is { } open ? open : network;
    }

    private static Network? Opened(OnnxModel model, NetworkOptions options)
    {
        try
        {
            var open = Network.From(model, options with { OpensRows = true });
            return !open.AreFixed() && GivesTheSame(open) ? open : null;
        }
        catch (Exception e) when (e is InvalidModelException or ArgumentException or InvalidOperationException
            or OnnxRuntime.OnnxRuntimeException)
        {
            return null;
        }
    }

    // Rows that are mixed with others, or a number of rows written into the network, show in what comes out.
    private static bool GivesTheSame(Network network)
    {
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, i.Shape!));
        var trace = network.Trace(graph, inputs);
        var model = graph.ToModel(network.OutputNames.Select((o, i) => ($"output{i}", trace.FileOutput(o))), keepAllInputs: true);
        using var session = new ModelSession(model);
        var random = new Random(0);
        var rows = Enumerable.Range(0, TriedRows).Select(_ => network.Inputs.ToDictionary(i => i.Name, i => Drawn(i, random))).ToArray();
        var apart = Array.ConvertAll(rows, r => session.Run(network.Inputs.ToDictionary(i => i.Name, i => Joined(i, [r[i.Name]]))));
        var together = session.Run(network.Inputs.ToDictionary(i => i.Name, i => Joined(i, [.. rows.Select(r => r[i.Name])])));
        return together.All(output =>
        {
            double[] expected = [.. apart.SelectMany(a => a[output.Key].ToDouble())];
            var actual = output.Value.ToDouble();
            var reach = expected.Select(Math.Abs).DefaultIfEmpty(0).Max();
            return expected.Length == actual.Length && expected.Zip(actual).All(p => Math.Abs(p.First - p.Second) <= Near * reach);
        });
    }

    private static double[] Drawn(TensorInfo input, Random random) => [.. Enumerable.Range(0, RowSize(input))
        .Select(_ => input.Type.IsFloating() ? random.NextDouble() * byte.MaxValue : 0)];

    private static int RowSize(TensorInfo input) => (int)input.Shape!.Skip(1).Aggregate(1L, (product, d) => product * d.Value);

    private static Tensor Joined(TensorInfo input, IReadOnlyList<double[]> rows) =>
        Tensor.FromDoubles(input.Type, [.. rows.SelectMany(r => r)], [rows.Count, .. input.Shape!.Skip(1).Select(d => d.Value)]);
}
