using System.Text;
using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// Attention against whole folders of reference arrays, every graph of a case: in single precision against the plain arrays, in double
/// against those that end in <c>_f64</c>. What other libraries say differently by their own rules (<c>attnlrp_lxt_…</c>) is left out.
/// </summary>
internal static class AttentionReferences
{
    private static readonly Dictionary<string, AttributionMethod> Methods = new()
    {
        ["rollout"] = new AttentionRollout(), ["rollout_max"] = new AttentionRollout(HeadFusion.Max),
        ["rollout_min"] = new AttentionRollout(HeadFusion.Min), ["rollout_no_residual"] = new AttentionRollout { Residual = false },
        ["rollout_discard0.5"] = new AttentionRollout(Discard: 0.5), ["rollout_last"] = new AttentionRollout { Start = 1 },
        ["attention_flow"] = new AttentionFlow(), ["gradient_attention"] = new GradientAttention(),
        ["gradient_times_attention"] = new GradientAttention(GradientAttentionForm.Product),
        ["generic_attention"] = new GenericAttention(), ["generic_attention_last"] = new GenericAttention { Start = 1 },
        ["rollout_decoder"] = new AttentionRollout(), ["rollout_cross"] = new AttentionRollout(),
        ["generic_R_qq"] = new GenericAttention(), ["generic_R_qi"] = new GenericAttention(),
        ["generic_R_qi_unnormalised"] = new GenericAttention { Normalized = false },
        ["generic_R_qq_unnormalised"] = new GenericAttention { Normalized = false },
        ["transformer_attribution"] = new TransformerAttribution(),
        ["transformer_attribution_last"] = new TransformerAttribution { Start = 1 },
        ["legrad_torchcam"] = new LeGrad(LeGradReadout.Mean) { Upsample = false }, ["legrad_cls"] = new LeGrad { Upsample = false },
        ["vit_gamma_0.25_0.05"] = new AttentionRelevance(AttentionRule.Conservative) { GammaConvolution = 0.25, GammaDense = 0.05 },
        ["vit_gamma_100_0.1"] = new AttentionRelevance(AttentionRule.Conservative) { GammaConvolution = 100, GammaDense = 0.1 },
    };

    /// <summary>Compares all cases of a folder.</summary>
    public static IEnumerable<EvaluationMetrics.Result> Of(string folder, string only) => Directory.EnumerateDirectories(folder)
        .Order(StringComparer.Ordinal).Where(f => File.Exists(Path.Combine(f, "manifest.json")))
        .SelectMany(f => Models(f).SelectMany(m => Model(f, m))).Where(r => r.Name.Contains(only, StringComparison.Ordinal));

    /// <summary>How many arrays of each graph agree, in each precision, and how far the farthest of those lies.</summary>
    public static string Table(IReadOnlyList<EvaluationMetrics.Result> results)
    {
        var table = new StringBuilder("| graph | single | worst | double | worst |\n|---|---|---|---|---|\n");
        foreach (var graph in results.GroupBy(r => r.Name[..r.Name.LastIndexOf('/')]))
        {
            var (doubles, singles) = (graph.Where(r => r.Name.EndsWith("_f64", StringComparison.Ordinal)).ToList(),
                graph.Where(r => !r.Name.EndsWith("_f64", StringComparison.Ordinal)).ToList());
            table.AppendLine(FormattableString.Invariant($"| {graph.Key} | {Told(singles)} | {Told(doubles)} |"));
        }
        return table.ToString();

        static string Told(List<EvaluationMetrics.Result> of) => of.MaxBy(r => r.Gap / r.Bound) is not { } worst ? "– | –"
            : FormattableString.Invariant(
                $"{of.Count(r => r.IsRight)} of {of.Count} | {worst.Gap:E1} {worst.Name[(worst.Name.LastIndexOf('/') + 1)..]}");
    }

    private static IEnumerable<string> Models(string folder)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")));
        foreach (var model in manifest.RootElement.GetProperty("onnx").EnumerateObject().Select(m => m.Name).ToList())
            for (var root = new DirectoryInfo(folder); root is not null; root = root.Parent)
                if (File.Exists(Path.Combine(root.FullName, model)))
                {
                    yield return Path.Combine(root.FullName, model);
                    break;
                }
    }

    private static IEnumerable<EvaluationMetrics.Result> Model(string folder, string path)
    {
        using var arrays = NpzArchive.Open(Path.Combine(folder, "case.npz"));
        var model = OnnxModel.Load(path);
        var networks = new Dictionary<bool, Network> { [false] = Network.From(model) };
        try
        {
            networks[true] = Network.From(DoublePrecision.Of(model.Proto, ElementType.Double)!);
        }
        catch (IntrospectionException)
        {
            // ONNX Runtime has no Erf, Gelu and Attention of double precision.
        }
        foreach (var array in arrays.Names.Where(n => !n.StartsWith("input_",
            StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList())
        {
            var isDouble = array.EndsWith("_f64", StringComparison.Ordinal);
            var name = isDouble ? array[..^4] : array;
            if (!networks.TryGetValue(isDouble, out var network))
                continue;
            var found = Computed(network, name, arrays, isDouble);
            if (found is not null)
                yield return new($"{Path.GetFileName(folder)}/{Path.GetFileNameWithoutExtension(path)}/{array}",
                    EvaluationMetrics.Gap(arrays.Read(array).ToDoubles(), found), Bound(name, isDouble, folder));
        }
    }

    private static double Bound(string name, bool isDouble, string folder) => name switch
    {
        _ when name.StartsWith("transformer", StringComparison.Ordinal) || name.StartsWith("map_relevance", StringComparison.Ordinal) =>
            1e-3,
        _ when name.Contains("lrp_epsilon", StringComparison.Ordinal) =>
            isDouble ? 1e-5 : folder.Contains("postnorm", StringComparison.Ordinal) ? 3e-4 : 1e-4,
        _ when name.Contains("lrp_", StringComparison.Ordinal) => isDouble ? 1e-6 : 3e-4,
        _ when name.StartsWith("vit", StringComparison.Ordinal) => isDouble ? 1e-5 : 1e-4,
        _ => isDouble ? 1e-6 : 1e-5,
    };

    private static double[]? Computed(Network network, string name, NpzArchive arrays, bool isDouble)
    {
        var inputs = network.Inputs;
        string Input(string place) => inputs.Any(i => i.Name == place) ? place : network.DefaultInput.Name;
        if (name.StartsWith("map", StringComparison.Ordinal) && int.TryParse(name[3..], out var block))
            return Run(network, new AttentionMap(block), null, arrays, isDouble).ToDouble();
        if (name.StartsWith("map_gradient", StringComparison.Ordinal) && int.TryParse(name[12..], out var of))
            return Run(network, new MapGradient(of), null, arrays, isDouble).ToDouble();
        foreach (var (start, rule, epsilon) in ((string, AttentionRule, double)[])
        [
            ("attnlrp_epsilon_", AttentionRule.Attention, 1e-6), ("cplrp_epsilon_", AttentionRule.Conservative, 1e-6),
            ("attnlrp_lxt_", AttentionRule.Attention, -1), ("attnlrp_", AttentionRule.Attention, 1e-14),
            ("cplrp_", AttentionRule.Conservative, 1e-14),
        ])
            if (name.StartsWith(start, StringComparison.Ordinal))
                return epsilon < 0 ? null
                    : Run(network, new AttentionRelevance(rule) { Epsilon = isDouble ? epsilon : Math.Max(epsilon, 1e-9) },
                        Input(name[start.Length..]), arrays,
                        isDouble).ToDouble();
        if (!Methods.TryGetValue(name, out var method)
            || name.EndsWith("_last", StringComparison.Ordinal) && AttentionBlock.Of(network).Count != 2)
            return null;
        var place = name is "rollout_cross" or "generic_R_qi" or "generic_R_qi_unnormalised" ? "source"
            : inputs.Any(i => i.Name == "target_tokens") ? "target_tokens" : null;
        return Run(network, method is TokenRelation relation && !name.StartsWith("legrad", StringComparison.Ordinal)
            ? relation with { Query = "all" } : method, place, arrays, isDouble).ToDouble();
    }

    private static Tensor Run(Network network, Reading method, string? place, NpzArchive arrays, bool isDouble)
    {
        var graph = Explanation.Compile(network, new Ask(method, Target.Label("label")) { Of = [place ?? network.Inputs.First(i =>
            i.Type.IsFloating()).Name] });
        using var session = new ModelSession(graph.Model, new RuntimeOptions { Threads = 1 });
        var feeds = network.Inputs.ToDictionary(i => i.Name, i =>
        {
            var name = arrays.Contains($"input_{i.Name}") ? $"input_{i.Name}" : arrays.Names.First(k => k.StartsWith("input_",
                StringComparison.Ordinal));
            var array = arrays.Read(isDouble && i.Type.IsFloating() && arrays.Contains(name + "_f64") ? name + "_f64" : name);
            long[] shape = [.. array.Shape.Select(d => (long)d)];
            return i.Type.IsFloating() ? Tensor.FromDoubles(i.Type, array.ToDoubles(), shape) : Tensor.From(array.ToInt64s(), shape);
        });
        var target = arrays.Read("target").ToInt64s();
        feeds["label"] = Tensor.From(target, target.Length, 1);
        return session.Run(feeds)["attribution"];
    }

    // The derivative of the score by the probabilities of a block.
    private sealed record MapGradient(int Block) : Reading
    {
        public override IReadOnlyList<Value> Read(Question question) => [new AttentionMaps(question).Gradient(Block)];
    }
}
