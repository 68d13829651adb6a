using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>Weights randomised layer by layer, for each method.</summary>
internal static class SanityRun
{
    private const int MostRows = 16, MostPictures = 12;

    /// <summary>Looks.</summary>
    public static IReadOnlyList<SanityRow> Of(OnnxModel model, NetworkOptions options, ExplainedRows rows,
        IReadOnlyList<(string Text, AttributionMethod Method)> methods, int seed, RuntimeOptions runtime, CancellationToken cancellation)
    {
        var judged = First(rows);
        return [.. methods.Select(method =>
        {
            cancellation.ThrowIfCancellationRequested();
            var maps = WeightRandomisation.Maps(model, judged, n => RowFunction.Explanations(n, method.Method, null, runtime),
                new WeightRandomisationOptions { Seed = seed }, options);
            return new SanityRow(method.Text, [.. maps.Skip(1).Select(m => m.Layer)],
                [.. maps.Skip(1).Select(m => Median(m.SimilarityTo(maps[0].Maps, MapSimilarity.Spearman, rows.Extents[^1])))],
                rows.Extents.Count != 3 ? [] : [.. maps.Take(MostPictures).Select(m => Picture(method.Text, m, rows.Extents))]);
        })];
    }

    /// <summary>Asks a network that was trained on permuted labels, too.</summary>
    public static IReadOnlyList<SanityRow> WithPermuted(IReadOnlyList<SanityRow> sanity, Network trained, Network permuted,
        ExplainedRows rows, IReadOnlyList<(string Text, AttributionMethod Method)> methods)
    {
        var judged = First(rows);
        return [.. methods.Select((method, i) => (sanity.Count > 0 ? sanity[i] : new SanityRow(method.Text, [], [], [])) with
        {
            Permuted = Median(DataRandomisation.Of(trained, permuted, judged, method.Method)
                .Similarity(MapSimilarity.Spearman, rows.Extents[^1])),
        })];
    }

    private static ExplainedRows First(ExplainedRows rows)
    {
        var some = Math.Min(rows.Count, MostRows);
        var inputs = rows.Inputs.AsSpan(0, some * rows.Features);
        return new ExplainedRows(inputs, inputs, rows.Extents, rows.Scores, [.. rows.Targets.Take(some)]);
    }

    private static Figure Picture(string method, RandomisedMaps maps, IReadOnlyList<int> extents) => Figure.Of(
        new Heatmap([.. maps.Maps[0].Select(m => (float)m)], extents[1], extents[2]),
        $"{method}: {maps.Layer}", $"The map of {method} with weights random from {maps.Layer} on") with { DisplayWidth = 110 };

    private static double Median(double[] numbers)
    {
        double[] finite = [.. numbers.Where(double.IsFinite).Order()];
        return finite.Length == 0 ? double.NaN : (finite[(finite.Length - 1) / 2] + finite[finite.Length / 2]) / 2;
    }
}
