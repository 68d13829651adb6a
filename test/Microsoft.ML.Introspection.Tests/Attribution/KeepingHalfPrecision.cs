using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Networks in half precision are explained on the processor, and agree with the same network in single precision.</summary>
[TestClass]
public sealed class KeepingHalfPrecision
{
    private static readonly AttributionMethod[] Methods =
    [
        new Saliency(), new InputXGradient(), new IntegratedGradients(6), new GradCam(), new GuidedBackprop(), new LayerwiseRelevance(),
        new DeepLift(), new Occlusion([3]), new Smooth(new Saliency(), 4), new KernelShap(Samples: 200), new GradCamPlusPlus(),
        new Rise(20, 2), new Strongest(new Saliency(), 3, 2),
    ];

    public static IEnumerable<object[]> Cases =>
        from pooling in (string[])["MaxPool", "overlapping MaxPool", "GlobalMaxPool", "TopK", "Gather", "none"]
        from method in Enumerable.Range(0, Methods.Length)
        where method < 4 || pooling == "overlapping MaxPool" select new object[] { pooling, method };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Half_and_single_precision_agree(string pooling, int method)
    {
        var image = Tensor.FromDoubles(ElementType.Float16, Samples.Positives(2, 2, 6, 6).ToDouble(), 2, 2, 6, 6);
        var (half, single) = (Run(ElementType.Float16).ToDouble(), Run(ElementType.Float).ToDouble());
        // A digit of the type of what is largest, for sums of some hundred products.
        Near.Equal(single, half, 12e-3 * Math.Max(single.Largest(Math.Abs), 0.1), $"{Methods[method]}");

        Tensor Run(ElementType type)
        {
            using var session = new ModelSession(Explanation.Compile(Made(type, pooling), Methods[method]));
            var given = Tensor.FromDoubles(type, image.ToDouble(), image.Dimensions);
            return session.Run(new Dictionary<string, Tensor> { ["x"] = given })["attribution"];
        }
    }

    // Of brain floats ONNX Runtime's processor has few operators; a network of these is explained, too.
    [TestMethod]
    [DataRow("normalised")]
    [DataRow("converted")]
    [DataRow("weights")]
    public void Brain_floats_are_explained_where_they_run(string form)
    {
        var (half, single) = (Run(ElementType.BFloat16).ToDouble(), Run(ElementType.Float).ToDouble());
        Near.Equal(single, half, 0.03 * single.Largest(Math.Abs), form);

        Tensor Run(ElementType type)
        {
            Tensor Trained(int seed, params long[] extents) => Tensor.FromDoubles(type, Samples.Seeded(seed, extents).ToDouble(), extents);
            var model = new ModelBuilder(17).Input("x", form == "converted" ? ElementType.Float : type, -1, 6)
                .Initializer("g", Trained(1, 6)).Initializer("b", Trained(2, 6)).Initializer("w", Samples.Seeded(3, 6, 3)).Output("y");
            _ = form switch
            {
                "normalised" => model.Node("LayerNormalization", ["x", "g", "b"], ["n"])
                    .Node("Cast", ["n"], ["f"], ("to", (long)ElementType.Float)).Node("MatMul", ["f", "w"], ["y"]),
                "converted" => model.Node("Cast", ["x"], ["n"], ("to", (long)type))
                    .Node("Cast", ["n"], ["f"], ("to", (long)ElementType.Float)).Node("Tanh", ["f"], ["t"])
                    .Node("MatMul", ["t", "w"], ["y"]),
                _ => model.Initializer("v", Trained(3, 6, 3))
                    .Node("Cast", ["v"], ["u"], ("to", (long)ElementType.Float))
                    .Node("Cast", ["x"], ["f"], ("to", (long)ElementType.Float)).Node("MatMul", ["f", "u"], ["y"]),
            };
            var method = form == "normalised" ? (AttributionMethod)new InputXGradient() : new IntegratedGradients(4);
            using var session = new ModelSession(Explanation.Compile(Network.From(model.Build()), method));
            return session.Run(new Dictionary<string, Tensor> { ["x"] = Samples.Seeded(4, 3, 6) })["attribution"];
        }
    }

    [TestMethod]
    [DataRow("argmax")]
    [DataRow("1")]
    [DataRow("1-0")]
    public void A_dense_layer_gives_its_weights_whatever_the_target(string target)
    {
        const ElementType Half = ElementType.Float16;
        var network = Network.From(new ModelBuilder(17).Input("x", Half, -1, 3).Output("y", Half)
            .Initializer("w", Tensor.FromDoubles(Half, [1, 3, -2, 0.5, 0.25, 4], 3, 2)).Node("MatMul", ["x", "w"], ["y"]).Build());
        using var session = new ModelSession(Explanation.Compile(network, new Saliency(), Target.Parse(target)));
        var found = session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.FromDoubles(Half, [1, 1, 1], 1, 3) })["attribution"];
        Near.Equal(target == "1-0" ? [2, 2.5, 3.75] : [3, 0.5, 4], found.ToDouble(), 1e-6);
    }

    // Two dense layers of random weights, and the gradient of the best class that PyTorch finds of the same numbers in single precision.
    [TestMethod]
    public void Two_dense_layers_have_the_gradient_of_another_library()
    {
        var model = new ModelBuilder(17).Input("x", ElementType.Float16, -1, 4).Output("y", ElementType.Float16)
            .Initializer("v", Halves("d7SBNCE9hTRzOue8xaXzL+Y6bi9vOgm4ujWjNgC9njEgtZ6/qzvKtdK6CbZsMAg+T7GPN389RThGPKC3Kzpsqw==", 4, 8))
            .Initializer("w", Halves("TDwEvD26Ez1Gsr619yyEuVQ9/7zSsI01r65ruvK6zjY=", 8, 2))
            .Node("MatMul", ["x", "v"], ["a"]).Node("Relu", ["a"], ["b"]).Node("MatMul", ["b", "w"], ["y"]);
        double[] rows = [-1.0302734, 0.6464844, -1.5244141, -0.5551758, 0.0363159, -1.2519531, 0.6518555, -0.0185394, -1.0361328, -1.5185547,
            -1.5654297, 0.0510254, -1.1572266, -1.3652344, -0.2312012, 2.2773438, 0.2775879, 0.7626953, 0.2127686, 0.7832031];
        double[] gradient = [-0.7948546, -1.021544, -1.1601584, -0.7339146, -0.0835652, -0.0609848, -1.3515275, 0.0112246, -1.2516674,
            1.1946931, -1.3431239, -1.88694, 0.6272076, 0.3199742, 0.1189266, 0.7462233, 0.2172587, 0.9633441, -1.519757, 0.6988725];
        using var session = new ModelSession(Explanation.Compile(Network.From(model.Build()), new Saliency()));
        var found = session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.FromDoubles(ElementType.Float16, rows, 5, 4) });
        Near.Equal([2.3345187, -0.8078932, 1.488971, 0.5092498, 1.019049], found["score"].ToDouble(), 3e-3);
        Near.Equal(gradient, found["attribution"].ToDouble(), 2e-3);

        static Tensor Halves(string base64, params long[] extents) =>
            Tensor.FromBytes(ElementType.Float16, extents, Convert.FromBase64String(base64));
    }

    [TestMethod]
    public void Brain_floats_are_rounded_to_the_nearest()
    {
        double[] numbers = [1, 1.00390625, 1.005859375, -0.3333333, 3e38, 1e-40, double.NaN, double.PositiveInfinity];
        double[] expected = [1, 1, 1.0078125, -0.333984375, 3.004055e38, 1e-40];
        var brain = Tensor.FromDoubles(ElementType.BFloat16, numbers, numbers.Length).ToDouble();
        for (var i = 0; i < expected.Length; i++)
            Near.Equal(expected[i], brain[i], Math.Max(Math.Abs(expected[i]) * 1e-4, 1e-41));
        Assert.IsTrue(double.IsNaN(brain[6]) && double.IsPositiveInfinity(brain[7]));
        Near.Equal(1 / 3.0, Tensor.Filled(ElementType.BFloat16, 1 / 3.0).ToDouble()[0], 1e-3);
    }

    // A convolution, a choice of some elements, a dense layer.
    private static Network Made(ElementType type, string pooling)
    {
        Tensor Trained(int seed, params long[] extents) => Tensor.FromDoubles(
            type, Tensor.FromDoubles(ElementType.BFloat16, Samples.Seeded(seed, extents).ToDouble(), extents).ToDouble(), extents);
        var size = pooling switch { "MaxPool" => 12, "overlapping MaxPool" => 27, "GlobalMaxPool" => 3, "none" => 48, _ => 6 };
        var model = new ModelBuilder(17).Input("x", type, -1, 2, 6, 6).Output("y", type).Initializer("k", Trained(1, 3, 2, 3, 3))
            .Initializer("v", Trained(2, size, 3)).Initializer("flat", Tensor.Vector(0L, -1)).Initializer("six", Tensor.Vector(6L))
            .Initializer("places", Tensor.Vector(0L, 5, 5, 17, 40, 2)).Node("Conv", ["x", "k"], ["c"]).Node("Relu", ["c"], ["r"]);
        _ = pooling switch
        {
            "MaxPool" => model.Node("MaxPool", ["r"], ["p"], ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2])),
            "overlapping MaxPool" => model.Node("MaxPool", ["r"], ["p"], ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[1, 1])),
            "GlobalMaxPool" => model.Node("GlobalMaxPool", ["r"], ["p"]),
            "TopK" => model.Node("Reshape", ["r", "flat"], ["f"]).Node("TopK", ["f", "six"], ["p", "at"], ("axis", 1L)),
            "Gather" => model.Node("Reshape", ["r", "flat"], ["f"]).Node("Gather", ["f", "places"], ["p"], ("axis", 1L)),
            _ => model.Node("Identity", ["r"], ["p"]),
        };
        return Network.From(model.Node("Reshape", ["p", "flat"], ["g"]).Node("MatMul", ["g", "v"], ["y"]).Build());
    }
}
