using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Integrated gradients, smoothing and ablation against captum and plain PyTorch (see <c>test/data/README.md</c>).</summary>
[TestClass]
public sealed class MatchingReferencePaths
{
    private static readonly (string Array, Quadrature Quadrature)[] Quadratures =
    [
        ("integrated_gradients", Quadrature.GaussLegendre), ("integrated_gradients_riemann_left", Quadrature.RiemannLeft),
        ("integrated_gradients_riemann_right", Quadrature.RiemannRight), ("integrated_gradients_riemann_middle", Quadrature.RiemannMiddle),
        ("integrated_gradients_riemann_trapezoid", Quadrature.Trapezoid),
    ];

    // On the way from the baseline one step of the fifty can fall upon the kink of a ReLU or a tie of a maximum, and rounding
    // decides on which side: it moves a row by up to this much, between PyTorch's own two precisions too (4e-4 for vgg_tiny and
    // conv3d_tiny, 1e-4 for resnet_tiny). Rows without such a step agree to 1e-6.
    private static readonly Dictionary<(string Model, Quadrature Quadrature), double> OnKinks = new()
    {
        [("vgg_tiny", Quadrature.GaussLegendre)] = 4e-4,
        [("vgg_tiny", Quadrature.RiemannLeft)] = 3e-4,
        [("vgg_tiny", Quadrature.RiemannRight)] = 3e-4,
        [("resnet_tiny", Quadrature.RiemannMiddle)] = 3e-4,
        [("conv3d_tiny", Quadrature.GaussLegendre)] = 3e-4,
    };

    public static IEnumerable<object[]> Paths =>
        from model in (string[])["mlp_breast_cancer", "mlp_breast_cancer_tanh", "cnn_digits", "cnn_digits_softmax", "vgg_tiny",
            "resnet_tiny", "mobilenet_tiny", "conv3d_tiny"]
        from quadrature in Quadratures
        where model != "conv3d_tiny" || quadrature.Quadrature == Quadrature.GaussLegendre
        select new object[] { model, quadrature.Array };

    public static IEnumerable<object[]> Occlusions =>
    [
        ["cnn_digits", 2, 2, "occlusion_0"], ["cnn_digits", 3, 1, "occlusion_1"],
        ["cnn_digits_softmax", 2, 2, "occlusion_0"], ["cnn_digits_softmax", 3, 1, "occlusion_1"],
        ["vgg_tiny", 4, 4, "occlusion_0"], ["vgg_tiny", 8, 4, "occlusion_1"],
        ["resnet_tiny", 4, 4, "occlusion_0"], ["resnet_tiny", 8, 4, "occlusion_1"],
        ["mobilenet_tiny", 4, 4, "occlusion_0"], ["mobilenet_tiny", 8, 4, "occlusion_1"],
    ];

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Integrated_gradients(string model, string array)
    {
        var quadrature = Array.Find(Quadratures, q => q.Array == array).Quadrature;
        var expected = References.Arrays(model + "_paths")[array];
        // captum weighs the ends of its n trapezoids' points by 1/2n and the others by 1/n, so that the weights sum to (n-1)/n;
        // a rule for integrals must give 1 for a constant.
        if (quadrature == Quadrature.Trapezoid)
            expected = Tensor.From(Array.ConvertAll(expected.As<float>().ToArray(), f => f * 50f / 49), expected.Dimensions);
        Check(model, expected, Attribution(model, new IntegratedGradients(50, quadrature), expected.Dimensions[0]),
            OnKinks.GetValueOrDefault((model, quadrature), 1e-4));
    }

    [TestMethod]
    public void Integrated_gradients_of_embeddings()
    {
        var (arrays, expected) =
            (References.Arrays("transformer_text"), References.Arrays("transformer_text_paths")["integrated_gradients"]);
        var found = Explained.Run(References.Network("transformer_text_emb"), new IntegratedGradients(), arrays["input"].ToFloats(),
            arrays["target"]);
        Check("transformer_text_emb", expected, found, 1e-4);
    }

    [TestMethod]
    [DynamicData(nameof(Occlusions))]
    public void Occlusion_to_the_ranking(string model, int window, int stride, string array)
    {
        var expected = References.Arrays(model + "_paths")[array];
        var found = Attribution(model, new Occlusion([window], [stride]), expected.Dimensions[0]);
        Check(model, expected, found, 1e-4);
        AssertRanking(expected, found, ScoresOf(model, expected.Dimensions[0]));
    }

    [TestMethod]
    public void Occlusion_in_three_dimensions()
    {
        var expected = References.Arrays("conv3d_tiny_paths")["occlusion_0"];
        var found = Attribution("conv3d_tiny", new Occlusion([8, 8, 16]), 1);
        Check("conv3d_tiny", expected, found, 1e-4);
        AssertRanking(expected, found, ScoresOf("conv3d_tiny", expected.Dimensions[0]));
    }

    [TestMethod]
    [DataRow("mlp_breast_cancer")]
    [DataRow("mlp_breast_cancer_tanh")]
    [DataRow("cnn_digits")]
    [DataRow("cnn_digits_softmax")]
    [DataRow("vgg_tiny")]
    [DataRow("resnet_tiny")]
    [DataRow("mobilenet_tiny")]
    [DataRow("conv3d_tiny")]
    public void Feature_ablation(string model)
    {
        var arrays = References.Arrays(model + "_paths");
        var expected = arrays["feature_ablation"];
        var found =
            Attribution(model, new FeatureAblation { Groups = arrays.GetValueOrDefault("feature_ablation_mask") }, expected.Dimensions[0]);
        Check(model, expected, found, 1e-4);
        AssertRanking(expected, found, ScoresOf(model, expected.Dimensions[0]));
    }

    [TestMethod]
    [DataRow("mlp_breast_cancer")]
    [DataRow("mlp_breast_cancer_tanh")]
    [DataRow("cnn_digits")]
    [DataRow("resnet_tiny")]
    public void Smoothing_under_the_same_noise(string model)
    {
        var (arrays, references) = (References.Arrays(model), References.Arrays(model + "_paths"));
        var noise = references["smoothgrad_noise"];
        // The references draw other noise for every row.
        for (var row = 0; row < noise.Dimensions[1]; row++)
        {
            var size = (int)(noise.Count / noise.Dimensions[0] / noise.Dimensions[1]);
            float[] own =
                [.. Enumerable.Range(0, 16)
                    .SelectMany(k => noise.As<float>().ToArray().AsSpan(((k * (int)noise.Dimensions[1]) + row) * size, size).ToArray())];
            foreach (var (form, array) in ((SmoothForm, string)[])[(SmoothForm.Mean, "smoothgrad"),
                (SmoothForm.Square, "smoothgrad_squared"), (SmoothForm.Variance, "vargrad")])
            {
                var method = new Smooth(new Saliency(), 16, Form: form) { Given = Tensor.From(own, [16, .. noise.Dimensions[2..]]) };
                var found = Explained.Run(Explained.Network(model), method, arrays["input"].Row(row), arrays["target"].Row(row));
                Check($"{model} {array}", references[array].Row(row), found, 1e-4);
            }
        }
    }

    private static Tensor Attribution(string model, AttributionMethod method, long rows) =>
        Explained.Run(Explained.Network(model), method, References.Arrays(model)["input"].Head(rows),
            References.Arrays(model)["target"].Head(rows));

    private static Tensor ScoresOf(string model, long rows) => Explained.Outputs(
        Explained.Network(model), new Saliency(), References.Arrays(model)["input"].Head(rows),
        Tensor.From(References.Arrays(model)["target"].Head(rows).ToInt64(), rows, 1))["score"];

    // Equal numbers stay equal, and larger ones stay larger, but for differences that are rounding errors of the score itself:
    // PyTorch's own order is an accident there.
    private static void AssertRanking(Tensor expected, Tensor found, Tensor scores)
    {
        var rows = (int)expected.Dimensions[0];
        var size = (int)(expected.Count / rows);
        var (all, own, score) = (expected.ToDouble(), found.ToDouble(), scores.ToDouble());
        for (var row = 0; row < rows; row++)
        {
            var (a, b) = (all.AsSpan(row * size, size).ToArray(), own.AsSpan(row * size, size).ToArray());
            var rounding = 4 * Math.ScaleB(Math.Max(1, Math.Abs(score[row])), -23);
            int[] order = [.. Enumerable.Range(0, size).OrderBy(i => a[i])];
            for (var i = 1; i < size; i++)
            {
                var (low, high) = (order[i - 1], order[i]);
                var kept =
                    a[high] == a[low] ? b[high] == b[low] : b[high] > b[low] || a[high] - a[low] < rounding && b[low] - b[high] < rounding;
                Assert.IsTrue(kept, $"row {row}: {a[low]:R} and {a[high]:R} became {b[low]:R} and {b[high]:R}");
            }
        }
    }

    private void Check(string what, Tensor expected, Tensor found, double tolerance)
    {
        var errors = References.RowErrors(expected, found);
        TestContext.WriteLine($"{what}: {string.Join(" ", errors.Select(e => e.ToString("E1")))}");
        for (var row = 0; row < errors.Length; row++)
            Finite.AtMost(tolerance, errors[row], $"{what}, row {row}");
    }
}
