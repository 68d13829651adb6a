using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// Concept relevance propagation against whole folders of zennit-crp's numbers: <c>manifest.json</c> tells of each array of <c>crp.npz</c>
/// the composite, the layer and the conditions.
/// </summary>
internal static class RelevanceOfConcepts
{
    /// <summary>What came of an array.</summary>
    /// <param name="Name">Folder and array.</param>
    /// <param name="Gap">The largest difference over the largest value; NaN where something is not finite.</param>
    /// <param name="Bound">How large it may be.</param>
    public sealed record Result(string Name, double Gap, double Bound)
    {
        public bool IsRight => Gap <= Bound;

        public override string ToString() => FormattableString.Invariant($"{(IsRight ? "right" : "WRONG")} {Gap:E1} {Name}");
    }

    /// <summary>Compares all folders <c>relevance_*</c>.</summary>
    /// <param name="folder">The folder that they lie in.</param>
    /// <param name="only">A text in the names of those to compare.</param>
    public static IEnumerable<Result> Of(string folder, string only)
    {
        foreach (var path in Directory.EnumerateDirectories(folder, "relevance_*").Order(StringComparer.Ordinal))
        {
            using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(path, "manifest.json")));
            // The model counts from the folder that holds "shared", some folders up.
            var model = manifest.RootElement.GetProperty("model").GetString()!;
            var root = new DirectoryInfo(path);
            while (root is not null && !File.Exists(Path.Combine(root.FullName, model)))
                root = root.Parent;
            if (root is null)
                continue;
            var network = Network.Load(Path.Combine(root.FullName, model));
            using var arrays = NpzArchive.Open(Path.Combine(path, "crp.npz"));
            foreach (var array in manifest.RootElement.GetProperty("arrays").EnumerateObject())
            {
                var name = $"{Path.GetFileName(path)}/{array.Name}";
                if (name.Contains(only, StringComparison.Ordinal) && Reading(array) is var (reading, composite, isHeat))
                    yield return Compare(network, arrays, array.Name, name, reading, isHeat,
                        composite == "epsilon" && model.Contains("resnet", StringComparison.Ordinal) ? 1e-4 : 1e-5);
            }
        }
    }

    private static (Reading Reading, string Composite, bool IsHeat)? Reading(JsonProperty array)
    {
        if (RelevanceComposites.ByName.Keys.Select(k => k.Replace('-', '_')).Where(k =>
            array.Name.StartsWith($"crp_{k}_heatmap", StringComparison.Ordinal) || array.Name.StartsWith($"crp_{k}_channels_", StringComparison.Ordinal))
            .MaxBy(k => k.Length) is not { } key || !array.Value.TryGetProperty("settings", out var settings))
            return null;
        var conditions = new List<ChannelCondition>();
        if (settings.TryGetProperty("conditions", out var given))
            conditions.AddRange(given.EnumerateObject().Select(c =>
                new ChannelCondition(c.Name, [.. c.Value.EnumerateArray().Select(v => v.GetInt32())])));
        var relevance = new LayerwiseRelevance(RelevanceComposites.ByName[key.Replace('_', '-')](new RelevanceSettings()))
        {
            Conditions = conditions, KeepsParallel = settings.TryGetProperty("exclude_parallel", out var cut) && !cut.GetBoolean(),
        };
        if (array.Name.StartsWith($"crp_{key}_heatmap", StringComparison.Ordinal))
            return (relevance, key, true);
        return settings.TryGetProperty("layer", out var layer)
            ? (new ChannelRelevance(layer.GetString()!, relevance, array.Name.Contains("_normed_", StringComparison.Ordinal)), key, false) : null;
    }

    private static Result Compare(
        Network network, NpzArchive arrays, string array, string name, Reading reading, bool isHeat, double bound)
    {
        var expected = arrays.Read(arrays.Names.Contains(array + "_f64") ? array + "_f64" : array).ToDoubles();
        var (images, targets) = (arrays.Read("crp_input"), arrays.Read("crp_target").ToInt64s());
        var rows = targets.Length;
        using var session = new ModelSession(
            Explanation.Compile(network, new Ask(reading, Target.Label("label"))).Model, new RuntimeOptions { Threads = 1 });
        var found = session.Run(new Dictionary<string, Tensor>
        {
            [network.Inputs[0].Name] = Tensor.From(images.ToSingles(), [.. images.Shape.Select(e => (long)e)]),
            ["label"] = Tensor.From(targets, rows, 1),
        })["attribution"].ToDouble();
        if (isHeat && found.Length > expected.Length)
        {
            var (size, channels) = (expected.Length / rows, found.Length / expected.Length);
            found = [.. Enumerable.Range(0, expected.Length).Select(i =>
                Enumerable.Range(0, channels).Sum(c => found[(i / size * channels + c) * size + i % size]))];
        }
        if (found.Length != expected.Length)
            return new Result(name, double.NaN, bound);
        // Of a channel that is silent all is zero, there and here.
        var (apart, largest) = (expected.Zip(found, (e, f) => Math.Abs(e - f)).Aggregate(0.0, Math.Max),
            expected.Aggregate(0.0, (most, e) => Math.Max(most, Math.Abs(e))));
        return new Result(name, largest > 0 ? apart / largest : apart, bound);
    }
}
