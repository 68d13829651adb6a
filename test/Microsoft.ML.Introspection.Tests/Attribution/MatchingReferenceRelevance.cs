using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// Relevance and DeepLIFT against zennit, captum and shap (see <c>test/data/README.md</c>). zennit sets a batch normalisation that it
/// has merged to mean 0 and variance 1 but leaves its ε, so that every one of them still divides by √(1 + 1e-5).
/// </summary>
[TestClass]
public sealed class MatchingReferenceRelevance
{
    private const double Tolerance = 1e-3, Sharp = 1e-5, MergedNormalization = 5e-5;

    private static readonly Dictionary<string, Func<RelevanceSettings, AttributionMethod>> Methods = new()
    {
        ["lrp_epsilon"] = _ => Uniform(RelevanceRules.Epsilon()),
        ["lrp_epsilon_0.01"] = _ => Uniform(RelevanceRules.Epsilon(0.01)),
        ["lrp_captum_epsilon1e-9"] = _ => Uniform(RelevanceRules.Epsilon(1e-9)),
        ["lrp_zplus"] = _ => Uniform(RelevanceRules.ZPlus),
        ["lrp_alpha2beta1"] = _ => Uniform(RelevanceRules.AlphaBeta(2, 1)),
        ["lrp_gamma_0.25"] = _ => Uniform(RelevanceRules.Gamma(0.25)),
        ["lrp_wsquare_first"] = _ => First(RelevanceRules.WSquare),
        ["lrp_flat_first"] = _ => First(RelevanceRules.Flat),
        ["lrp_zbox_first"] = s => First(RelevanceRules.Box(s.Low, s.High)),
        ["lrp_composite_epsilon_plus"] = s => Named("epsilon-plus", s),
        ["lrp_composite_epsilon_plus_flat"] = s => Named("epsilon-plus-flat", s),
        ["lrp_composite_epsilon_alpha2_beta1"] = s => Named("epsilon-alpha2-beta1", s),
        ["lrp_composite_epsilon_alpha2_beta1_flat"] = s => Named("epsilon-alpha2-beta1-flat", s),
        ["lrp_composite_epsilon_gamma_box"] = s => Named("epsilon-gamma-box", s),
        ["excitation_backprop"] = s => Named("excitation-backprop", s),
        ["deeplift_shap"] = _ => new DeepLift(),
        ["deeplift_rescale"] = _ => new DeepLift(),
    };

    private static readonly (string Model, string Reference, double Tolerance, RelevanceSettings Settings)[] Models =
    [
        ("mlp_breast_cancer", "mlp_breast_cancer", Sharp, new RelevanceSettings(Low: -4, High: 4)),
        ("mlp_breast_cancer_tanh", "mlp_breast_cancer_tanh", Sharp, new RelevanceSettings(Low: -4, High: 4)),
        ("cnn_digits", "cnn_digits", MergedNormalization, new RelevanceSettings()),
        ("cnn_digits_op17", "cnn_digits", MergedNormalization, new RelevanceSettings()),
        ("cnn_digits_softmax", "cnn_digits_softmax", Sharp, new RelevanceSettings()),
        ("vgg_tiny", "vgg_tiny", Sharp, new RelevanceSettings()),
        ("resnet_tiny", "resnet_tiny", Tolerance, new RelevanceSettings()),
        ("resnet_tiny_op17", "resnet_tiny", Tolerance, new RelevanceSettings()),
        ("conv3d_tiny", "conv3d_tiny", Sharp, new RelevanceSettings(Low: -0.9808277487754822, High: 3.6635921001434326)),
    ];

    public static IEnumerable<object[]> Cases =>
        from model in Models
        from array in References.Arrays(model.Reference + "_relevance").Keys
        // captum's max pooling hands the difference of a window to the input's winner alone; shap's rule is the one we follow.
        where Methods.ContainsKey(array) && !(array == "deeplift_rescale" && model.Reference.StartsWith("cnn", StringComparison.Ordinal))
        select new object[] { model.Model, array };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Every_row(string model, string array)
    {
        var (_, reference, tolerance, settings) = Array.Find(Models, m => m.Model == model);
        Check($"{model} {array}", Explained(model), reference, array, settings, tolerance);
    }

    [TestMethod]
    public void With_the_factor_that_zennit_leaves_in_batch_normalisation_the_rest_of_the_difference_goes()
    {
        var proto = OnnxModel.Load(References.ModelFile("cnn_digits")).Proto.Clone();
        foreach (var name in proto.Graph.Node.Where(n => n.OpType == "BatchNormalization").SelectMany(n => n.Input.Skip(1).Take(2))
            .Distinct().ToList())
        {
            var old = proto.Graph.Initializer.Single(i => i.Name == name);
            var tensor = Tensor.FromProto(old);
            var scaled = Array.ConvertAll(tensor.ToDouble(), v => (float)(v / Math.Sqrt(1 + 1e-5)));
            proto.Graph.Initializer[proto.Graph.Initializer.IndexOf(old)] = Tensor.From(scaled, tensor.Dimensions).ToProto(name);
        }
        var network = Network.From(new OnnxModel(proto));
        Check("cnn_digits as zennit merges it", network, "cnn_digits", "lrp_composite_epsilon_plus", new RelevanceSettings(), 6e-6);
        Finite.Above(
            3e-6, Errors(References.Network("cnn_digits"), "cnn_digits", "lrp_composite_epsilon_plus", new RelevanceSettings()).Largest(),
            "without the factor the difference is larger");
    }

    private void Check(string what, Network network, string reference, string array, RelevanceSettings settings, double tolerance)
    {
        var errors = Errors(network, reference, array, settings);
        TestContext.WriteLine($"{what}: {string.Join(" ", errors.Select(e => e.ToString("E1")))}");
        for (var row = 0; row < errors.Length; row++)
            Finite.AtMost(tolerance, errors[row], $"{what}, row {row}");
    }

    private static double[] Errors(Network network, string reference, string array, RelevanceSettings settings)
    {
        var arrays = References.Arrays(reference + "_relevance");
        var expected = arrays[array];
        var rows = expected.Dimensions[0];
        using var session = new ModelSession(Explanation.Compile(network, Methods[array](settings), Target.Label("label")),
            new RuntimeOptions { Threads = 1 });
        var found = session.Run(new Dictionary<string, Tensor>
        {
            ["input"] = (arrays.TryGetValue("input", out var input) ? input : References.Arrays(reference)["input"]).Head(rows),
            ["label"] = Tensor.From(arrays["target"].As<long>()[..(int)rows], rows, 1),
        });
        return References.RowErrors(expected, found["attribution"]);
    }

    private static Network Explained(string model) => model == "cnn_digits_softmax"
        ? Network.Load(References.ModelFile(model), new NetworkOptions { KeepFinalActivation = true })
        : References.Network(model);

    private static LayerwiseRelevance Uniform(LinearRule rule) => new(RelevanceComposite.Uniform(rule));

    private static LayerwiseRelevance First(LinearRule rule) => new(RelevanceComposite.Uniform(RelevanceRules.Epsilon())
        .With(new RelevanceEntry(LayerKind.Linear, rule) { OnlyFirst = true }));

    private static LayerwiseRelevance Named(string composite, RelevanceSettings settings) =>
        new(RelevanceComposites.ByName[composite](settings));
}
