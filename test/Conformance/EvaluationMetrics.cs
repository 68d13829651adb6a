using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// Metrics of explanations against whole folders of reference values: <c>manifest.json</c> tells of each array of <c>reference.npz</c> the
/// settings; what is drawn at random is given. Arrays of faults of other libraries (<c>…_quantus…</c>) are left out; of empty masks their
/// pointing game says a hit, ours NaN.
/// </summary>
internal static class EvaluationMetrics
{
    /// <summary>What came of an array.</summary>
    /// <param name="Name">Folder and array.</param>
    /// <param name="Gap">The largest difference over the largest value; NaN where something is not finite on one side alone.</param>
    /// <param name="Bound">How large it may be.</param>
    public sealed record Result(string Name, double Gap, double Bound)
    {
        public bool IsRight => Gap <= Bound;

        public override string ToString() => FormattableString.Invariant($"{(IsRight ? "right" : "WRONG")} {Gap:E1} {Name}");
    }

    /// <summary>Compares all cases of a folder.</summary>
    /// <param name="folder">The folder that holds a folder for each case.</param>
    /// <param name="only">A text in the names of those to compare.</param>
    public static IEnumerable<Result> Of(string folder, string only) => Directory.EnumerateDirectories(folder)
        .Order(StringComparer.Ordinal).Where(f => File.Exists(Path.Combine(f, "manifest.json"))).SelectMany(f => Case(f, only));

    private static IEnumerable<Result> Case(string folder, string only)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")));
        using var arrays = NpzArchive.Open(Path.Combine(folder, "reference.npz"));
        if (!manifest.RootElement.TryGetProperty("model", out var model))
        {
            foreach (var result in AgreementReference.Of(Path.GetFileName(folder), arrays, manifest.RootElement.GetProperty("arrays")))
                if (result.Name.Contains(only, StringComparison.Ordinal))
                    yield return result;
            yield break;
        }
        var root = new DirectoryInfo(folder);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, model.GetString()!)))
            root = root.Parent;
        if (root is null)
            yield break;
        var network = Network.Load(Path.Combine(root.FullName, model.GetString()!));
        using var scores = RowFunction.Scores(network, runtime: new RuntimeOptions { Threads = 1 });
        using var gradient = RowFunction.Explanations(network, new Saliency(SaliencyForm.Signed),
            runtime: new RuntimeOptions { Threads = 1 });
        using var representation = Layer(network, manifest.RootElement);
        foreach (var array in manifest.RootElement.GetProperty("arrays").EnumerateObject())
        {
            var name = $"{Path.GetFileName(folder)}/{array.Name}";
            if (!name.Contains(only, StringComparison.Ordinal) || array.Name.EndsWith("_f64", StringComparison.Ordinal))
                continue;
            var reference = new EvaluationReference(arrays, array.Name, array.Value.GetProperty("params"));
            double[]? found;
            try
            {
                found = reference.Compute(scores, gradient, representation);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                Console.Error.WriteLine($"{name}: {e.Message}");
                found = [];
            }
            if (found is not null)
                yield return new Result(name, Gap(reference.Expected, found), EvaluationReference.Bound(array.Name));
        }
    }

    private static RowFunction? Layer(Network network, JsonElement manifest)
    {
        foreach (var array in manifest.GetProperty("arrays").EnumerateObject())
            if (array.Name.StartsWith("relative_representation", StringComparison.Ordinal))
                return RowFunction.Layer(network, network.Layers.Where(l => l.Operator is "Conv" or "Gemm").ElementAt(1).Name);
        return null;
    }

    public static double Gap(double[] expected, double[] found)
    {
        if (expected.Length != found.Length)
            return double.NaN;
        var (apart, largest) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            if (double.IsNaN(expected[i]) && double.IsNaN(found[i]))
                continue;
            (apart, largest) = (Math.Max(apart, Math.Abs(expected[i] - found[i])), Math.Max(largest, Math.Abs(expected[i])));
        }
        return largest > 1e-9 ? apart / largest : apart;
    }
}
