using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// Explanations of a trained network of Keras against those of tf-keras-vis, iNNvestigate and the papers' formulas: pictures <c>in0</c>,
/// the classes <c>target</c>, and maps under the names that the reference files give them. Arrays that are not there are not compared.
/// </summary>
internal static class TrainedNetworks
{
    // iNNvestigate puts biases of both signs into both parts of its α-β-rule.
    private static readonly LinearRule AlphaBetaOfInnvestigate = new("alpha 2 beta 1 of iNNvestigate",
        new LinearShare([new LinearPart(Weights: w => w.Relu(), Bias: b => b)], 2),
        new LinearShare([new LinearPart(Weights: w => -(-w).Relu(), Bias: b => b)], -1)) { Stabilizer = 1e-9 };

    private static LayerwiseRelevance Everywhere(LinearRule rule) => new(RelevanceComposite.Uniform(rule));

    private static IEnumerable<(string Array, AttributionMethod Method, double Tolerance)> Maps(string layer) =>
    [
        ("grad_logit", new Saliency(), 1e-4),
        ("gradcam_own", new GradCam { Layer = layer, Upsample = false }, 1e-4),
        ("vis_gradcam", new GradCam { Layer = layer, Upsample = false }, 1e-4),
        ("vis_gradcam_expanded", new GradCam { Layer = layer, AlignCorners = true, Normalize = true }, 1e-4),
        ("gradcampp_paper", new GradCamPlusPlus { Layer = layer, Upsample = false }, 1e-4),
        ("vis_scorecam", new ScoreCam(ScoreCamWeight.Probability) { Layer = layer, Upsample = false, AlignCorners = true }, 1e-4),
        ("own_guided_backprop", new GuidedBackprop(), 1e-4),
        ("own_deconvnet", new DeconvNet(), 1e-4),
        ("inn_deep_taylor", new LayerwiseRelevance(RelevanceComposite.DeepTaylorUnbounded()), 1e-4),
        ("inn_lrp_z", Everywhere(RelevanceRules.Zero), 1e-4),
        ("own_sequential_preset_a_paper", new LayerwiseRelevance(RelevanceComposite.EpsilonPlus(0.1)), 1e-4),
        ("own_alpha_2_beta_1_paper", Everywhere(RelevanceRules.AlphaBeta() with { Stabilizer = 1e-9 }), 2e-3),
        ("inn_lrp_alpha_2_beta_1", Everywhere(AlphaBetaOfInnvestigate), 2e-3),
    ];

    /// <summary>The files of each trained network below a folder, whose manifest names a layer for the maps.</summary>
    public static IEnumerable<ImportedModels.Result> Of(string root, string only)
    {
        foreach (var manifest in Directory.GetFiles(root, "manifest.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var json = JsonDocument.Parse(File.ReadAllText(manifest));
            if (!json.RootElement.TryGetProperty("cam_layer", out var layer))
                continue;
            var folder = Path.GetDirectoryName(manifest)!;
            using var arrays = NpzArchive.Open(Path.Combine(folder, "case.npz"));
            var further = Path.Combine(folder, "innvestigate.npz");
            using var relevance = File.Exists(further) ? NpzArchive.Open(further) : null;
            foreach (var file in Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f) is ".h5" or ".keras"
                && f.Contains(only, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            {
                var maps = Compare(file, layer.GetString()!, relevance is null ? [arrays] : [arrays, relevance]);
                var isRight = maps.All(m => m.Off <= m.Tolerance);
                yield return new($"{Path.GetRelativePath(root, file)} (maps)", isRight ? "right" : "WRONG", double.NaN, double.NaN,
                    double.NaN, string.Join("; ", maps.Select(m => $"{m.Array} {m.Off:0.0e0}")));
            }
        }
    }

    /// <summary>How far each map is off, as a share of the largest number, and how far it may be.</summary>
    public static IReadOnlyList<(string Array, double Off, double Tolerance)> Compare(
        string file, string layer, params NpzArchive[] archives)
    {
        NpyArray? Find(string name) => archives.FirstOrDefault(a => a.Contains(name))?.Read(name);
        var network = ModelFile.LoadNetwork(file);
        var (images, targets) = (Find("in0")!, Find("target")!.ToDoubles());
        var results = new List<(string, double, double)>();
        void Add(string name, double[] expected, double[] found, double tolerance) =>
            results.Add((name, Off(expected, found), tolerance));

        foreach (var (name, method, tolerance) in Maps(layer))
            if (Find(name) is { } expected)
                Add(name, expected.ToDoubles(), Run(network, method, images, targets, 0, images.Shape[0])["attribution"], tolerance);
        var plain = Run(network, new Saliency(), images, targets, 0, images.Shape[0]);
        if (Find("logits") is { } logits && logits.ToDoubles() is var all)
            Add("logits", [.. targets.Select((t, row) => all[row * logits.Shape[1] + (int)t])], plain["score"], 1e-5);
        if (Find("vis_saliency") is { } saliency)
            Add("vis_saliency", saliency.ToDoubles(),
                [.. Pictures(images, Strongest(images, plain["attribution"])).SelectMany(Scaled)], 1e-4);
        if (Find("noise") is { } noise)
            foreach (var (name, form) in new[] { ("smoothgrad_signed", SaliencyForm.Signed), ("vis_smoothgrad", SaliencyForm.Absolute) })
                if (Find(name) is { } expected)
                {
                    var found = Enumerable.Range(0, images.Shape[0]).SelectMany(row => Run(network,
                        new Smooth(new Saliency(form), noise.Shape[0]) { Given = NoiseOf(noise, row) }, images, targets, row, 1)
                        ["attribution"]);
                    Add(name, expected.ToDoubles(),
                        form == SaliencyForm.Signed ? [.. found] : Strongest(images, [.. found]), 1e-4);
                }
        return results;
    }

    private static Dictionary<string, double[]> Run(
        Network network, AttributionMethod method, NpyArray images, double[] targets, int first, int count)
    {
        var model = Explanation.Compile(network, method, Target.Label("label"));
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        var size = images.ToDoubles().Length / images.Shape[0];
        var pixels = images.ToDoubles()[(first * size)..((first + count) * size)];
        return session.Run(new Dictionary<string, Tensor>
        {
            [network.DefaultInput.Name] = Tensor.FromDoubles(ElementType.Float, pixels,
                [count, .. images.Shape.Skip(1).Select(d => (long)d)]),
            ["label"] = Tensor.FromDoubles(ElementType.Int64, targets[first..(first + count)], [count, 1]),
        }).ToDictionary(r => r.Key, r => r.Value.ToDouble());
    }

    // Noise is stored sample by image.
    private static Tensor NoiseOf(NpyArray noise, int image)
    {
        var (all, samples, images) = (noise.ToDoubles(), noise.Shape[0], noise.Shape[1]);
        var size = all.Length / samples / images;
        return Tensor.FromDoubles(ElementType.Float, [.. Enumerable.Range(0, samples)
            .SelectMany(s => all.Skip((s * images + image) * size).Take(size))], [samples, .. noise.Shape.Skip(2).Select(d => (long)d)]);
    }

    // The largest magnitude of each pixel's channels, which stand last.
    private static double[] Strongest(NpyArray images, double[] map) =>
        [.. map.Chunk(images.Shape[^1]).Select(c => c.Aggregate(0.0, (m, v) => Math.Max(m, Math.Abs(v))))];

    private static IEnumerable<double[]> Pictures(NpyArray images, double[] map) => map.Chunk(map.Length / images.Shape[0]);

    private static IEnumerable<double> Scaled(double[] map)
    {
        var (least, most) = map.Aggregate((Least: map[0], Most: map[0]), (b, v) => (Math.Min(b.Least, v), Math.Max(b.Most, v)));
        return map.Select(v => (v - least) / (most - least + 1e-7));
    }

    // NaN, and arrays of other lengths, are infinitely far off.
    private static double Off(double[] expected, double[] found)
    {
        if (expected.Length != found.Length || expected.Length == 0)
            return double.PositiveInfinity;
        var (largest, off) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            off = Math.Abs(expected[i] - found[i]) is var d && d <= off ? off : double.IsNaN(d) ? double.PositiveInfinity : d;
        }
        return largest > 0 ? off / largest : off;
    }
}
