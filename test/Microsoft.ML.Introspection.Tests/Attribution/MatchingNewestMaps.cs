using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// Class activation maps of trained networks, transformers among them, against pytorch-grad-cam 1.5.7
/// (<c>test/data/reference/newcams_*</c>): bare maps at the layer's own size, before anything is cut off, scaled or enlarged.
/// </summary>
[TestClass]
public sealed class MatchingNewestMaps
{
    private const double Tolerance = 1e-5;

    private static readonly (string Model, string Layer)[] Models =
    [
        ("vgg_tiny", "/features/features.11/Relu_output_0"), ("resnet_tiny", "/layer3/relu2/Relu_output_0"),
        ("mobilenet_tiny", "/head/head.2/Mul_output_0"), ("vit", "block1.ln1"),
    ];

    private static readonly Dictionary<string, ActivationMap> Methods = new()
    {
        ["gradcam"] = new GradCam(),
        ["xgradcam"] = new XGradCam(),
        ["elementwise"] = new GradCamElementWise(),
        ["shapleycam"] = new ShapleyCam(),
        ["eigengradcam"] = new EigenGradCam(),
        ["segeigencam"] = new EigenGradCam { Absolute = true },
        ["kpcacam"] = new KpcaCam(),
        ["fem_k2"] = new Fem(),
        ["fem_mean_weight_k2"] = new Fem(2, FemForm.Mean),
        ["finercam_3"] = new FinerCam(),
        ["finercam_2"] = new FinerCam(2),
        ["finercam_1"] = new FinerCam(1),
    };

    public static IEnumerable<object[]> Cases =>
        from model in Models
        from array in References.Arrays("newcams_" + model.Model).Keys
        where array.EndsWith("@0", StringComparison.Ordinal) && Methods.ContainsKey(array[..^2])
        select new object[] { model.Model, array };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Every_row(string model, string array)
    {
        var expected = References.Arrays("newcams_" + model)[array];
        var method = Methods[array[..^2]] with { Layer = Array.Find(Models, m => m.Model == model).Layer, Relu = false, Upsample = false };
        var found = Run(model, method, expected.Dimensions[0]);
        Check($"{model} {array}", expected, found,
            (model, array) switch
            {
                // The features of a layer normalisation add up to almost nothing over the channels.
                ("vit", "xgradcam@0") => 1e-4,
                ("vit", _) => 1e-4,
                _ => Tolerance,
            });
    }

    [TestMethod]
    [DataRow("vgg_tiny")]
    [DataRow("resnet_tiny")]
    [DataRow("mobilenet_tiny")]
    public void Biases_times_their_gradients(string model)
    {
        var arrays = References.Arrays("newcams_" + model);
        var found = Run(model, new FullGrad(FullGradScale.Channel), 2);
        var expected = arrays["fullgrad_lib_sum"];
        Check($"{model} full grad", expected, found, 1e-4);
    }

    [TestMethod]
    public void A_layer_of_tokens_is_found_and_enlarged_to_the_image()
    {
        var found = Run("vit", new GradCam { Layer = "block1.ln1" }, 3);
        CollectionAssert.AreEqual((long[])[3, 1, 16, 16], found.Dimensions.ToArray());
        Finite.Above(0, found.ToDouble().Largest());
    }

    [TestMethod]
    public void Without_a_layer_the_tokens_that_the_last_block_reads_are_taken()
    {
        foreach (var method in (ActivationMap[])[new GradCam(), new EigenGradCam(), new Fem()])
            CollectionAssert.AreEqual(Run("vit", method with { Layer = "block1.ln1" }, 3).ToDouble(), Run("vit", method, 3).ToDouble(),
                $"{method}");
        // The same network as the operator of attention and as PyTorch exports it: other names, the same tokens.
        var expected = Run("vit", new GradCam(), 3).ToDouble();
        foreach (var model in (string[])["attention/vit_23", "attention/vit_torch"])
            Near.Relative(expected, Explained.Run(References.Network(model), new GradCam(),
                References.Arrays("newcams_vit")["input"].Head(3),
                References.Arrays("newcams_vit")["target"].Head(3)).ToDouble(), 1e-4, model, "default layer");
    }

    [TestMethod]
    public void Comparisons_are_checked()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FinerCam(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FinerCam(1, double.NaN));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Fem(double.NaN));
    }

    private static Tensor Run(string model, AttributionMethod method, long rows)
    {
        var arrays = References.Arrays(model == "vit" ? "newcams_vit" : model);
        return Explained.Run(References.Network(model == "vit" ? "attention/vit" : model), method, arrays["input"].Head(rows),
            arrays["target"].Head(rows));
    }

    private void Check(string what, Tensor expected, Tensor found, double tolerance)
    {
        CollectionAssert.AreEqual((long[])[expected.Dimensions[0], 1, .. expected.Dimensions[1..]], found.Dimensions.ToArray(), what);
        var (a, b) = (expected.ToDouble(), found.ToDouble());
        var largest = Math.Max(a.Largest(Math.Abs), 1e-30);
        var error = a.Zip(b, (x, y) => Math.Abs(x - y)).Largest() / largest;
        TestContext.WriteLine($"{what}: {error:E1}");
        Finite.AtMost(tolerance, error, what);
    }
}
