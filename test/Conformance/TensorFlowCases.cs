using System.Text.Json;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>The cases of a folder of reference models, as their manifests tell them.</summary>
internal static class TensorFlowCases
{
    /// <summary>What became of the cases below a folder.</summary>
    public static IReadOnlyList<ImportedModels.Result> Of(string root, string only) =>
        [.. OfTensorFlow(root).Where(c => c.Name.Contains(only, StringComparison.Ordinal)).Select(c =>
        {
            try
            {
                var faults = c.Faults();
                return new ImportedModels.Result(c.Name, faults.Count == 0 ? "right" : "WRONG", double.NaN, double.NaN, double.NaN,
                    string.Join("; ", faults));
            }
            catch (Exception e)
            {
                return new ImportedModels.Result(c.Name, "WRONG", double.NaN, double.NaN, double.NaN, e.Message);
            }
        })];

    /// <summary>Those of TensorFlow: SavedModels by the default signature, frozen graphs between named tensors.</summary>
    /// <param name="root">The folder; manifests lie in it and below.</param>
    public static IReadOnlyList<TensorFlowCase> OfTensorFlow(string root)
    {
        var cases = new List<TensorFlowCase>();
        foreach (var manifest in Directory.GetFiles(root, "manifest.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var folder = Path.GetDirectoryName(manifest)!;
            using var json = JsonDocument.Parse(File.ReadAllText(manifest));
            var name = Path.GetRelativePath(root, folder);
            if (json.RootElement.TryGetProperty("cases", out var several))
                cases.AddRange(several.EnumerateArray()
                    .Where(c => c.GetProperty("kind").GetString() == "frozen GraphDef").Select(c => Frozen(
                    $"{name}/{Text(c, "case")}", Path.Combine(folder, Text(c, "file")), Path.Combine(folder, Text(c, "case"), "case.npz"),
                    Texts(c, "cut_inputs"), Texts(c, "outputs"))));
            var arrays = Path.Combine(folder, "case.npz");
            if (json.RootElement.TryGetProperty("saved_model", out var saved))
            {
                var path = Path.Combine(folder, File.Exists(Path.Combine(folder, "saved_model.zip")) ? "saved_model.zip" : "saved_model");
                cases.Add(new($"{name}/{Path.GetFileName(path)}", extents => SavedModel.Load(path, new() { Dimensions = extents }), arrays,
                    Ends(saved, "inputs"), Ends(saved, "outputs"), ToleranceOf(name)));
            }
            if (json.RootElement.TryGetProperty("frozen", out var frozen))
                cases.Add(Frozen($"{name}/frozen.pb", Path.Combine(folder, "frozen.pb"), arrays, Texts(frozen, "inputs"),
                    Texts(frozen, "outputs")));
        }
        return cases;
    }

    /// <summary>A frozen graph between some tensors; the arrays are numbered as these are.</summary>
    public static TensorFlowCase Frozen(string name, string path, string arrays, string[] inputs, string[] outputs) => new(name,
        extents => TensorFlowGraph.Load(path, new() { Inputs = inputs, Outputs = outputs, Dimensions = extents }), arrays,
        inputs.Index().ToDictionary(i => Node(i.Item), i => $"in{i.Index}"),
        outputs.Index().ToDictionary(o => Node(o.Item), o => $"out{o.Index}"), ToleranceOf(name));

    /// <summary>Recurrent layers add up the rounding of their steps.</summary>
    public static double ToleranceOf(string name) =>
        ((string[])["rnn", "lstm", "gru", "mask", "variable_length", "bidirectional"]).Any(name.Contains) ? 1e-4 : 1e-5;

    private static string Node(string tensor) => tensor.EndsWith(":0", StringComparison.Ordinal) ? tensor[..^2] : tensor;

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static string[] Texts(JsonElement json, string name) =>
        [.. json.GetProperty(name).EnumerateArray().Select(t => t.GetString()!)];

    private static Dictionary<string, string> Ends(JsonElement json, string name) =>
        json.GetProperty(name).EnumerateObject().ToDictionary(e => e.Name, e => Text(e.Value, "array"));
}
