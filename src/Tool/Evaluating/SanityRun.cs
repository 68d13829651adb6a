using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>
/// What each method says where it should say something else (random weights, permuted labels), or nothing else (shifted rows).
/// </summary>
/// <param name="rows">The rows, of which the first are looked at.</param>
/// <param name="methods">The methods.</param>
/// <param name="similarity">By what maps are compared.</param>
/// <param name="runtime">Where to run.</param>
internal sealed class SanityRun(ExplainedRows rows, IReadOnlyList<(string Text, AttributionMethod Method)> methods,
    MapSimilarity similarity, RuntimeOptions runtime)
{
    private const int MostRows = 16, MostPictures = 12;

    private readonly ExplainedRows _first = First(rows);

    /// <summary>What came of it, method by method; empty as long as nothing was asked.</summary>
    public IReadOnlyList<SanityRow> Rows { get; private set; } = [];

    /// <summary>The similarities that can be asked for, as they are written.</summary>
    public static IReadOnlyDictionary<string, MapSimilarity> Similarities { get; } = new Dictionary<string, MapSimilarity>
    {
        ["spearman"] = MapSimilarity.Spearman, ["spearman-absolute"] = MapSimilarity.SpearmanAbsolute,
        ["pearson"] = MapSimilarity.Pearson, ["ssim"] = MapSimilarity.Ssim, ["ssim-absolute"] = MapSimilarity.SsimAbsolute,
        ["hog"] = MapSimilarity.Hog,
    };

    private int Width => rows.Extents[^1];

    /// <summary>Weights become random layer by layer, from the last on.</summary>
    public void RandomiseWeights(OnnxModel model, NetworkOptions options, int seed, CancellationToken cancellation) =>
        Add((row, method) =>
        {
            cancellation.ThrowIfCancellationRequested();
            var maps = WeightRandomisation.Maps(model, _first, n => RowFunction.Explanations(n, method, null, runtime),
                new WeightRandomisationOptions { Seed = seed }, options);
            return row with
            {
                Layers = [.. maps.Skip(1).Select(m => m.Layer)],
                Similarity = [.. maps.Skip(1).Select(m => Median(m.SimilarityTo(maps[0].Maps, similarity, Width)))],
                Pictures = rows.Extents.Count != 3 ? []
                    : [.. maps.Take(MostPictures).Select(m => Picture(row.Method, m, rows.Extents))],
            };
        });

    /// <summary>A network that was trained on permuted labels is asked.</summary>
    public void ComparePermuted(Network trained, Network permuted) => Add((row, method) => row with
    {
        Permuted = Median(DataRandomisation.Of(trained, permuted, _first, method).Similarity(similarity, Width)),
    });

    /// <summary>Rows are shifted by a number that the network takes away again.</summary>
    public void ShiftRows(Network network, double shift)
    {
        var other = InputInvariance.Shifted(network, shift);
        Add((row, method) =>
        {
            using var said = RowFunction.Explanations(network, method, null, runtime);
            using var again = RowFunction.Explanations(other, method, null, runtime);
            var judged = new ExplainedRows(_first.Inputs, said.Of(_first.Inputs, _first.Targets), _first.Extents, null, _first.Targets);
            var changes = InputInvariance.Of(judged, again, shift);
            return row with
            {
                Shifted = Median([.. changes.Select((change, i) =>
                    change / Math.Abs(TensorPrimitives.MaxMagnitude(judged.Attribution(i))))]),
            };
        });
    }

    private void Add(Func<SanityRow, AttributionMethod, SanityRow> look)
    {
        var by = Similarities.First(s => s.Value == similarity).Key;
        Rows = [.. methods.Select((m, i) => look(Rows.Count > 0 ? Rows[i] : new SanityRow(m.Text, [], [], []) { By = by }, m.Method))];
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
