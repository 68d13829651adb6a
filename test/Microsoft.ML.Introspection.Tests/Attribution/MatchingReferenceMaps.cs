using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// Guided backpropagation, DeconvNet and class activation maps of trained networks, against captum 0.8.0 and plain
/// implementations of the published formulas (<c>test/data/reference/cams_*.npz</c>). The maps are at the layer's own resolution.
/// </summary>
[TestClass]
public sealed class MatchingReferenceMaps
{
    private const double Tolerance = 1e-4;

    // Where a convolution's bare output adds up to almost nothing over space, XGrad-CAM divides by that: the reference's own
    // two precisions differ by up to 1.8e-4 there.
    private const double IllConditioned = 5e-4;

    // The layer of each array; null where it is the one that has to be found.
    private static readonly (string Model, string Reference, (string Suffix, string? Layer)[] Layers)[] Models =
    [
        ("mlp_breast_cancer", "mlp_breast_cancer", []),
        ("cnn_digits", "cnn_digits", [("conv2", "/conv2/Conv"), ("relu2", null)]),
        // Its exporter folded the normalisation into the convolution, so that there is no bare one.
        ("cnn_digits_op17", "cnn_digits", [("relu2", null)]),
        ("cnn_digits_softmax", "cnn_digits_softmax", [("conv2", "/conv2/Conv"), ("relu2", null)]),
        ("vgg_tiny", "vgg_tiny", [("last_conv", "/features/features.10/Conv_output_0"), ("last_relu", null)]),
        ("resnet_tiny", "resnet_tiny", [("layer3.conv2", "/layer3/conv2/Conv"), ("gap_input", null)]),
        ("mobilenet_tiny", "mobilenet_tiny", [("head.conv", "/head/head.0/Conv"), ("gap_input", null)]),
        ("mobilenet_tiny_op17", "mobilenet_tiny", [("gap_input", null)]),
        ("conv3d_tiny", "conv3d_tiny", [("conv4", "/conv4/Conv"), ("relu4", null)]),
    ];

    private static readonly Dictionary<string, AttributionMethod> Methods = new()
    {
        ["guided_backprop"] = new GuidedBackprop(),
        ["deconvnet"] = new DeconvNet(),
        ["gradcam_raw"] = new GradCam { Relu = false },
        ["gradcam"] = new GradCam(),
        ["gradcampp_raw"] = new GradCamPlusPlus { Relu = false },
        ["gradcampp"] = new GradCamPlusPlus(),
        ["layercam"] = new LayerCam(),
        ["hirescam_raw"] = new HiResCam(),
        ["xgradcam_raw"] = new XGradCam { Relu = false },
        ["scorecam_paper_raw"] = new ScoreCam { Relu = false },
        ["scorecam_prob_raw"] = new ScoreCam(ScoreCamWeight.Probability) { Relu = false },
        ["ablationcam_raw"] = new AblationCam { Relu = false },
    };

    public static IEnumerable<object[]> Cases =>
        from model in Models
        from array in References.Arrays("cams_" + model.Reference).Keys
        let at = array.IndexOf('@')
        where at < 0 || model.Layers.Any(l => l.Suffix == array[(at + 1)..])
        select new object[] { model.Model, array };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Every_row(string model, string array)
    {
        var (_, reference, layers) = Array.Find(Models, m => m.Model == model);
        var arrays = References.Arrays(reference);
        var expected = References.Arrays("cams_" + reference)[array];
        var rows = expected.Dimensions[0];
        // The references of this network are those of its probabilities.
        var network = model == "cnn_digits_softmax"
            ? Network.Load(References.ModelFile(model), new NetworkOptions { KeepFinalActivation = true })
            : References.Network(model);
        using var session = new ModelSession(Explanation.Compile(network, Method(array, layers), Target.Label("label")),
            new RuntimeOptions { Threads = 1 });
        var found = session.Run(new Dictionary<string, Tensor>
        {
            ["input"] = arrays["input"].Head(rows),
            ["label"] = Tensor.From(arrays["target"].As<long>()[..(int)rows], rows, 1),
        });
        Check($"{model} {array}", expected, found["attribution"],
            array.StartsWith("xgradcam_raw@", StringComparison.Ordinal) && Method(array, layers) is ActivationMap { Layer: not null }
                ? IllConditioned : Tolerance);
    }

    public static IEnumerable<object[]> MapsOfMasks =>
        References.Arrays("cams_unet_tiny").Keys.Where(k => k != "input").Select(k => new object[] { k });

    [TestMethod]
    [DynamicData(nameof(MapsOfMasks))]
    public void A_network_that_is_convolutional_to_the_end_is_mapped_by_what_its_last_convolution_reads(string array)
    {
        // The reference explains the sum of the logits over the mask that they predict: that of their positive parts.
        var unet = References.Network("unet_tiny");
        var graph = new Graph(unet.Opset);
        var image = graph.Input("input", ElementType.Float, unet.DefaultInput.Shape!);
        var logits = unet.Trace(graph, new Dictionary<string, Value> { ["input"] = image }).Output("mask_logits");
        var masked = Network.From(graph.ToModel([("masked", logits.Relu())]));
        var arrays = References.Arrays("cams_unet_tiny");
        using var session =
            new ModelSession(Explanation.Compile(masked, Method(array, [("d1", null)])), new RuntimeOptions { Threads = 1 });
        Check($"unet_tiny {array}", arrays[array],
            session.Run(new Dictionary<string, Tensor> { ["input"] = arrays["input"] })["attribution"], Tolerance);
    }

    private static AttributionMethod Method(string array, (string Suffix, string? Layer)[] layers) => array.Split('@') switch
    {
        [var name, var suffix] =>
            (ActivationMap)Methods[name] with { Layer = Array.Find(layers, l => l.Suffix == suffix).Layer, Upsample = false },
        _ => Methods[array],
    };

    private void Check(string what, Tensor expected, Tensor found, double tolerance)
    {
        var errors = References.RowErrors(expected, found);
        TestContext.WriteLine($"{what}: {string.Join(" ", errors.Select(e => e.ToString("E1")))}");
        for (var row = 0; row < errors.Length; row++)
            Finite.AtMost(tolerance, errors[row], $"{what}, row {row}");
    }
}
