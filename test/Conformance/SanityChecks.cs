using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// Randomised weights and similarities of maps against whole folders of reference values, as <see cref="EvaluationMetrics"/>.
/// </summary>
internal static class SanityChecks
{
    private static readonly Dictionary<string, MapSimilarity> Similarities = new()
    {
        ["spearman"] = MapSimilarity.Spearman, ["spearman_abs"] = MapSimilarity.SpearmanAbsolute, ["pearson"] = MapSimilarity.Pearson,
        ["ssim"] = MapSimilarity.Ssim, ["ssim_abs"] = MapSimilarity.SsimAbsolute, ["ssim_uniform7"] = MapSimilarity.SsimUniform,
        ["hog_pearson"] = MapSimilarity.Hog, ["hog_spearman"] = MapSimilarity.HogSpearman,
    };

    /// <summary>Compares all cases of a folder.</summary>
    public static IEnumerable<EvaluationMetrics.Result> Of(string folder, string only) => Directory.EnumerateDirectories(folder)
        .Order(StringComparer.Ordinal).Where(f => File.Exists(Path.Combine(f, "manifest.json"))).SelectMany(Case)
        .Where(r => r.Name.Contains(only, StringComparison.Ordinal));

    private static IEnumerable<EvaluationMetrics.Result> Case(string folder)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")));
        using var arrays = NpzArchive.Open(Path.Combine(folder, "reference.npz"));
        var results = manifest.RootElement.TryGetProperty("cascade", out _) ? Plans(folder, manifest.RootElement, arrays)
            : manifest.RootElement.GetProperty("arrays").EnumerateObject().SelectMany(a => Pairs(a, arrays));
        foreach (var result in results.ToList())
            yield return result with { Name = $"{Path.GetFileName(folder)}/{result.Name}" };
    }

    private static IEnumerable<EvaluationMetrics.Result> Pairs(JsonProperty array, NpzArchive arrays)
    {
        var parts = array.Name.Split('.');
        if (parts.Length != 2 || !arrays.Contains("a." + parts[1]))
            yield break;
        var (first, second) = (arrays.Read("a." + parts[1]), arrays.Read("b." + parts[1]));
        var (count, width, size) = (first.Shape[0], first.Shape[2], first.Shape[1] * first.Shape[2]);
        var (a, b) = (first.ToDoubles(), second.ToDoubles());
        var cell = array.Value.GetProperty("params").TryGetProperty("pixels_per_cell", out var cells) ? cells[0].GetInt32() : 0;
        double[]? found = null;
        if (Similarities.TryGetValue(parts[0], out var similarity))
            found = [.. Enumerable.Range(0, count)
                .Select(i => similarity.Of(a.AsSpan(i * size, size), b.AsSpan(i * size, size), width, cell))];
        else if (parts[0] == "ssim_range2")
            found = [.. Enumerable.Range(0, count)
                .Select(i => StructuralSimilarity.Gaussian(a.AsSpan(i * size, size), b.AsSpan(i * size, size), width, 2))];
        else if (parts[0] == "hog_a")
            found = [.. Enumerable.Range(0, count)
                .SelectMany(i => OrientedGradients.Of(Scaled(a.AsSpan(i * size, size).ToArray()), width, cell))];
        else if (parts[0] == "sobel_a")
            found = [.. Enumerable.Range(0, count).SelectMany(i => Edges.Of(a.AsSpan(i * size, size), width))];
        if (found is not null)
            yield return new(array.Name, EvaluationMetrics.Gap(Expected(arrays, array.Name), found),
                parts[0] == "hog_spearman" ? 3e-3 : parts[0].StartsWith("hog", StringComparison.Ordinal) ? 1e-6 : 1e-9);
    }

    private static IEnumerable<EvaluationMetrics.Result> Plans(string folder, JsonElement manifest, NpzArchive arrays)
    {
        var root = new DirectoryInfo(folder);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, manifest.GetProperty("model").GetString()!)))
            root = root.Parent;
        if (root is null)
            yield break;
        var model = OnnxModel.Load(Path.Combine(root.FullName, manifest.GetProperty("model").GetString()!));
        var given = manifest.GetProperty("arrays").EnumerateObject().Where(a => a.Name.StartsWith("weights.", StringComparison.Ordinal))
            .ToDictionary(a => a.Value.GetProperty("params").GetProperty("onnx").GetString()!, a => ToTensor(arrays.Read(a.Name)));
        var input = arrays.Read("input");
        var network = Network.From(model);
        var rows = new ExplainedRows(input.ToDoubles(), input.ToDoubles(), [.. input.Shape.Skip(1)], RowFunction.Scores(network),
            [.. arrays.Read("target").ToInt64s().Select(t => (int)t)]);
        var methods = new Dictionary<string, AttributionMethod>
        {
            ["gradient"] = new Saliency(SaliencyForm.Signed),
            ["integrated_gradients"] = new IntegratedGradients(20, Quadrature.RiemannMiddle),
        };
        var cell = manifest.GetProperty("arrays").EnumerateObject().Select(a => a.Value.GetProperty("params"))
            .First(p => p.TryGetProperty("pixels_per_cell", out _)).GetProperty("pixels_per_cell")[0].GetInt32();
        foreach (var (name, method) in methods)
        {
            var loose = name == "gradient" ? 1 : folder.Contains("vgg", StringComparison.Ordinal) ? 1e4 : 10;
            foreach (var (plan, text) in new[]
            {
                (RandomisationPlan.Cascade, "cascade"), (RandomisationPlan.BottomUp, "bottom_up"),
                (RandomisationPlan.Independent, "independent"),
            })
            {
                var maps = WeightRandomisation.Maps(model, rows, method, new WeightRandomisationOptions { Plan = plan, Given = given });
                foreach (var (key, similarity) in Similarities)
                {
                    var array = $"{text}.{name}.{key}";
                    if (arrays.Contains(array) || arrays.Contains(array + "_f64"))
                        yield return new(array, EvaluationMetrics.Gap(Expected(arrays, array),
                            [.. maps.Skip(1).SelectMany(m => m.SimilarityTo(maps[0].Maps, similarity, rows.Extents[^1], cell))]),
                            Math.Min(1e-2, loose * Bound(key)));
                }
                if (name == "gradient" && plan == RandomisationPlan.Cascade)
                {
                    yield return new("efficient_mprt.gradient", EvaluationMetrics.Gap(Expected(arrays, "efficient_mprt.gradient"),
                        [.. maps[0].Maps.Zip(maps[^1].Maps, (b, a) => WeightRandomisation.ComplexityRise(b, a))]), 1e-6);
                    using var scores = RowFunction.Scores(network);
                    yield return new("cascade.logits", EvaluationMetrics.Gap(Expected(arrays, "cascade.logits"),
                        [.. WeightRandomisation.Steps(model, new WeightRandomisationOptions { Given = given }).SelectMany(s =>
                        {
                            using var random = RowFunction.Scores(Network.From(s.Model));
                            return random.Of(rows.Inputs);
                        })]), 2e-6);
                }
            }
            using var explains = RowFunction.Explanations(network, method);
            var known = new ExplainedRows(rows.Inputs, explains.Of(rows.Inputs, rows.Targets), rows.Extents, rows.Scores, rows.Targets)
            {
                Explains = explains,
            };
            foreach (var key in (string[])["spearman", "spearman_abs", "pearson", "ssim_uniform7"])
                yield return new($"random_logit.{name}.{key}", EvaluationMetrics.Gap(Expected(arrays, $"random_logit.{name}.{key}"),
                    new RandomLogit(Similarities[key])
                    {
                        Given = [.. arrays.Read("random_logit_class").ToInt64s().Select(c => (int)c)],
                    }.Of(known)), Math.Min(1e-2, loose * Bound(key)));
        }
    }

    private static double Bound(string similarity) => similarity switch
    {
        "hog_spearman" => 3e-3, "hog_pearson" => 1e-5, "spearman" or "spearman_abs" => 5e-5, _ => 1e-6,
    };

    private static double[] Expected(NpzArchive arrays, string name) =>
        arrays.Read(arrays.Contains(name + "_f64") ? name + "_f64" : name).ToDoubles();

    private static Tensor ToTensor(NpyArray array) => Tensor.From(array.ToSingles(), [.. array.Shape.Select(d => (long)d)]);

    private static double[] Scaled(double[] map)
    {
        var (low, high) = (map.Min(), map.Aggregate(Math.Max));
        return Array.ConvertAll(map, m => (m - low) / (high - low));
    }
}
