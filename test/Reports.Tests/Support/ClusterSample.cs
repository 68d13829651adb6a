using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation.Clusters;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Maps of a small network in groups: of pictures, among them some with a mark in the corner, and of a table.</summary>
internal static class ClusterSample
{
    private const int Count = 60, Side = 8, Marked = 10;

    /// <summary>The pages.</summary>
    public static IReadOnlyList<Report> Pages { get; } =
    [
        Page("Clusters of pictures", [1, Side, Side], perClass: false), Page("Clusters of a table", [Side * Side], perClass: true),
        Page("Clusters of signals", [1, 1, Side * Side * 2], perClass: false),
    ];

    private static Report Page(string title, int[] extents, bool perClass)
    {
        var (random, size) = (new Random(4), extents.Aggregate(1, (p, e) => p * e));
        double[] rows = [.. Enumerable.Range(0, Count * size).Select(i => (i / size, i % size) is var (row, place)
            && (row < Marked ? place == 0 : place * 4 / size is 1 or 2 && (row % 2 == 0) == (place % Side < Side / 2)) ? 0.9 : 0.1 * random.NextDouble())];
        var graph = new Graph();
        var input = graph.Input("x", ElementType.Double, new Shape([Dimension.Symbol("N"), .. extents.Select(e => (Dimension)e)]));
        double[] weights = [.. Enumerable.Range(0, size).SelectMany(i => (double[])
            [i % Side < Side / 2 && i > 0 ? 1 : 0, i == 0 ? 9 : i % Side < Side / 2 ? 0 : 1])];
        var network = Network.From(graph.ToModel([("scores", input.Reshape(-1, size).MatMul(graph.Constant(Tensor.From(weights, size, 2))))]));
        var mapped = MappedRows.Of(network, rows, new InputXGradient());
        MapClusterOptions options = new() { Neighbours = 7, Clusters = 2, MostClusters = 3, UsesTSne = !perClass };
        IReadOnlyList<(string, ClusteredMaps)> groups = perClass
            ? [.. ClusteredMaps.PerClass(mapped.Maps, mapped.Predicted, mapped.Probabilities, options).Select(g => ($"Class {g.Key}", g.Value!))]
            : [("All rows", ClusteredMaps.Of(mapped.Maps, mapped.Predicted, mapped.Probabilities, options))];
        using var source = ArrayRows.Of("rows", [new("x", NpyArray.From(rows, [Count, .. extents]))]);
        var relevances = new LayerActivations("<i>layer</i>", [2], [.. mapped.Predictions.Select(p => p * p)]);
        var prototypes = ClassPrototypes.Of(relevances, mapped.Predicted);
        var shown = ExampleRows.Read(network, source, ClusterReport.RowsOf(mapped, groups, prototypes: prototypes));
        return ClusterReport.Of(title, mapped, groups, network, shown, [("Network", "<b>small</b>"), ("Method", "input-x-gradient")],
            prototypes: prototypes);
    }
}
