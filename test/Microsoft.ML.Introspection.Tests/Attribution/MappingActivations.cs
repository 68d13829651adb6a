using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Class activation maps by what must hold of them, in one, two and three dimensions.</summary>
[TestClass]
public sealed class MappingActivations
{
    private static readonly ActivationMap[] Every =
    [
        new Cam(), new GradCam(), new GradCamPlusPlus(), new ScoreCam(), new ScoreCam(ScoreCamWeight.Probability), new LayerCam(),
        new EigenCam(), new EigenCam { Centered = true }, new XGradCam(), new HiResCam(), new AblationCam(),
        new GradCamElementWise(), new EigenGradCam(), new KpcaCam(), new ShapleyCam(), new FinerCam(1), new Fem(1),
    ];

    // Averages a method over equal variants: whatever it writes has to work within a loop.
    private sealed record Repeated(AttributionMethod Method, int Times) : AttributionMethod
    {
        public override Value Attribute(Question question) =>
            question.Average(Variants.Numbered(Times, numbers => numbers),
                number => question.At(question.Beside(number), Method.Attribute));
    }

    public static IEnumerable<object[]> EveryInEveryDimension =>
        from dimensions in new[] { 1, 2, 3 } from method in Every select new object[] { method, dimensions };

    [TestMethod]
    [DynamicData(nameof(EveryInEveryDimension))]
    public void A_map_has_the_extents_of_the_input(ActivationMap method, int dimensions)
    {
        var (network, input) = (Pooling(dimensions), Samples.Floats([3, 2, .. Extents(dimensions)]));
        var map = Run(network, method, input);
        Assert.AreEqual(Shape.Of([3, 1, .. Extents(dimensions)]), map.Shape);
        Assert.IsTrue(map.ToDouble().All(double.IsFinite));
        Finite.Above(0, map.ToDouble().Largest(Math.Abs));
        var scaled = Run(network, method with { Relu = false, Normalize = true }, input).ToDouble();
        foreach (var row in scaled.Chunk(scaled.Length / 3))
            Assert.AreEqual((0, 1), (row.Min(), Math.Round(row.Largest(), 6)));
        var bare = Run(network, method with { Upsample = false }, input);
        Assert.AreEqual(Shape.Of([3, 1, .. Extents(dimensions).Select(e => (e + 1) / 2)]), bare.Shape);
        TensorAssert.AreClose(Interpolated(bare, Extents(dimensions)), map, 1e-5);
    }

    [TestMethod]
    [DynamicData(nameof(EveryInEveryDimension))]
    public void A_map_can_be_averaged_within_a_loop(ActivationMap method, int dimensions)
    {
        if (dimensions != 2)
            return;
        // Rows so large that one variant is computed at a time.
        var (network, input) = (Pooling(2, 90), Samples.Floats(2, 2, 90, 88));
        TensorAssert.AreClose(Run(network, method, input), Run(network, new Repeated(method, 3), input), 1e-4, method.ToString()!);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void The_mean_of_a_class_activation_map_is_the_score_less_its_bias(int dimensions)
    {
        var (network, input) = (Pooling(dimensions), Samples.Floats([2, 2, .. Extents(dimensions)]));
        var found = GraphRunner.Run(Explanation.Compile(network, new Cam { Upsample = false }, Target.Class(1)), ("x", input));
        var map = found["attribution"].ToDouble();
        for (var row = 0; row < 2; row++)
            Near.Equal(found["score"].ToDouble()[row] - Bias[1], map.Skip(row * map.Length / 2).Take(map.Length / 2).Average(), 1e-5);
    }

    [TestMethod]
    [DataRow("cnn_digits")]
    [DataRow("resnet_tiny")]
    [DataRow("mobilenet_tiny")]
    public void Behind_global_pooling_CAM_and_Grad_CAM_are_one_up_to_the_number_of_positions(string model)
    {
        var (network, input) = (References.Network(model), References.Arrays(model)["input"].Head(2));
        var cam = Run(network, new Cam { Upsample = false }, input);
        var gradCam = Run(network, new GradCam { Upsample = false, Relu = false }, input);
        var positions = cam.Dimensions[2] * cam.Dimensions[3];
        TensorAssert.AreClose(cam, Tensor.From(Array.ConvertAll(gradCam.As<float>().ToArray(), g => g * positions), cam.Dimensions), 1e-4);
    }

    [TestMethod]
    public void CAM_says_why_an_architecture_has_none()
    {
        var twoDense = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(References.Network("vgg_tiny"), new Cam()));
        StringAssert.Contains(twoDense.Message,
            "global average pooling was expected before the dense layer, and operator 'Relu' (node '/classifier/classifier.1/Relu'");
        var convolutional = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(References.Network("unet_tiny"), new Cam()));
        StringAssert.Contains(convolutional.Message, "a dense layer with trained weights was expected at the end");
        var named = Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(References.Network("cnn_digits"), new Cam { Layer = "/conv2/Conv" }));
        StringAssert.Contains(named.Message, "'/relu2/Relu_output_0'");
    }

    [TestMethod]
    public void Layers_that_are_no_maps_are_refused()
    {
        var dense =
            Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(References.Network("mlp_breast_cancer"), new GradCam()));
        StringAssert.Contains(dense.Message, "No convolution");
        var flat = Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(References.Network("cnn_digits"), new GradCam { Layer = "/Flatten" }));
        StringAssert.Contains(flat.Message, "[batch, channels, …] are needed");
        Assert.ThrowsExactly<ArgumentException>(() => new GradCam { Layer = "" });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new EigenCam { Iterations = 0 });
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Eigen_CAM_projects_on_the_direction_of_most_energy(bool centered)
    {
        var (network, input) = (References.Network("vgg_tiny"), References.Arrays("vgg_tiny")["input"].Head(3));
        var map = Run(network, new EigenCam { Centered = centered, Upsample = false }, input).ToDouble();
        var graph = new Graph(network.Opset);
        var x = graph.Input("input", ElementType.Float, network.DefaultInput.Shape!);
        var features = GraphRunner.Run(
            network.Trace(graph, new Dictionary<string, Value> { ["input"] = x }).Layer("/features/features.11/Relu"), ("input", input));
        var (channels, positions) = ((int)features.Dimensions[1], (int)(features.Dimensions[2] * features.Dimensions[3]));
        for (var row = 0; row < 3; row++)
        {
            double[][] a =
                [.. Enumerable.Range(0, channels)
                    .Select(k => features.ToDouble().Skip((row * channels + k) * positions).Take(positions).ToArray())];
            var sum = Enumerable.Range(0, positions).Select(p => a.Sum(channel => channel[p])).ToArray();
            if (centered)
                a = [.. a.Select(channel => channel.Select(v => v - channel.Average()).ToArray())];
            var found = map.Skip(row * positions).Take(positions).ToArray();
            // A map m = Σ vₖAₖ on a singular vector v is an eigenvector of Σ AₖAₖᵀ; of all, that of the greatest value σ² = |m|².
            var again = new double[positions];
            foreach (var channel in a)
            {
                var along = channel.Zip(found, (c, m) => c * m).Sum();
                for (var p = 0; p < positions; p++)
                    again[p] += along * channel[p];
            }
            var energy = found.Sum(m => m * m);
            for (var p = 0; p < positions; p++)
                Near.Equal(energy * found[p], again[p], 1e-3 * energy * found.Largest(Math.Abs));
            var total = a.Sum(channel => channel.Sum(v => v * v));
            Finite.Above(total / Math.Min(channels, positions), energy);
            Finite.AtLeast(LargestDiagonal(a), energy * (1 + 1e-6));
            Finite.Above(0, found.Zip(sum, (m, s) => m * s).Sum());
        }
    }

    [TestMethod]
    public void Guided_Grad_CAM_is_the_product_of_both()
    {
        var (network, input) = (References.Network("vgg_tiny"), References.Arrays("vgg_tiny")["input"].Head(2));
        var (guided, map) =
            (Run(network, new GuidedBackprop(), input).As<float>().ToArray(), Run(network, new GradCam(), input).As<float>().ToArray());
        float[] product = [.. guided.Select((g, i) => g * map[i / (3 * 1024) * 1024 + i % 1024])];
        TensorAssert.AreClose(Tensor.From(product, input.Dimensions), Run(network, new GuidedGradCam(), input), 1e-6);
    }

    [TestMethod]
    public void Images_with_their_channels_last_get_maps_that_fit_them()
    {
        var first = Pooling(2);
        var graph = new Graph(first.Opset);
        var image = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("batch"), 9, 7, 2));
        var scores = first.Trace(graph, new Dictionary<string, Value> { ["x"] = (image * 2 - 1).Transpose(0, 3, 1, 2) }).Output("y");
        var last = Network.From(graph.ToModel([("y", scores)]));
        var input = Samples.Floats(2, 9, 7, 2);
        var moved = Tensor.From(ChannelsFirst(input.As<float>().ToArray()).Select(v => 2 * v - 1).ToArray(), 2, 2, 9, 7);
        foreach (var method in Every.Where(m => m is not ScoreCam))
        {
            var map = Run(last, method, input);
            Assert.AreEqual(Shape.Of(2, 9, 7, 1), map.Shape);
            TensorAssert.AreClose(Run(first, method, moved), Tensor.From(map.As<float>(), 2, 1, 9, 7), 1e-4, method.ToString()!);
        }
        Assert.AreEqual(Shape.Of(2, 9, 7, 1), Run(last, new ScoreCam(), input).Shape);
        Assert.AreEqual(input.Shape, Run(last, new GuidedGradCam(), input).Shape);

        // Rows of 63 positions with 2 channels each.
        static IEnumerable<float> ChannelsFirst(float[] image) => Enumerable.Range(0, image.Length).Select(i =>
            image[i / 126 * 126 + i % 63 * 2 + i % 126 / 63]);
    }

    [TestMethod]
    public void Every_method_can_be_made_by_its_name()
    {
        foreach (var name in new[] { "guided-backprop", "deconvnet", "cam", "grad-cam", "grad-cam-plus-plus", "score-cam", "layer-cam",
            "eigen-cam", "xgrad-cam", "hires-cam", "ablation-cam", "guided-grad-cam" })
            Assert.IsNotNull(MethodCatalog.Create(name));
        Assert.AreEqual(new GradCam { Layer = "a", Relu = false, Normalize = true, Upsample = false }, MethodCatalog.Create(
            "grad-cam",
            new Dictionary<string, string> { ["layer"] = "a", ["relu"] = "false", ["normalize"] = "true", ["upsample"] = "false" }));
        Assert.AreEqual(new ScoreCam(ScoreCamWeight.Probability),
            MethodCatalog.Create("score-cam", new Dictionary<string, string> { ["weight"] = "probability" }));
        Assert.AreEqual(new EigenCam(), MethodCatalog.Create("eigen-cam"));
        Assert.AreEqual(new HiResCam(), MethodCatalog.Create("hires-cam"));
    }

    private static readonly float[] Bias = [0.1f, -0.2f, 0.3f];

    // Convolution with stride 2, ReLU, global average pooling, dense: 2 channels in, 4 features, 3 classes.
    private static Network Pooling(int dimensions, long extent = 9)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float,
            new Shape([Dimension.Symbol("batch"), 2, .. Extents(dimensions, extent).Select(e => (Dimension)e)]));
        long[] ones = [.. Enumerable.Repeat(1L, dimensions)], twos = [.. Enumerable.Repeat(2L, dimensions)],
            threes = [.. Enumerable.Repeat(3L, dimensions)];
        var features = x.Conv(graph.Constant(Samples.Seeded(3, [4, 2, .. threes])), twos, ones, [.. ones, .. ones]).Relu();
        var pooled = Operators.Emit("GlobalAveragePool", features).Reshape(-1, 4);
        return Network.From(
            graph.ToModel([("y", pooled.MatMul(graph.Constant(Samples.Seeded(5, 4, 3))) + graph.Constant(Tensor.Vector<float>(Bias)))]));
    }

    private static long[] Extents(int dimensions, long extent = 9) => [.. Enumerable.Range(0, dimensions).Select(d => extent - 2 * d)];

    // Linear interpolation between the centres of pixels, one axis after the other.
    private static Tensor Interpolated(Tensor map, long[] extents)
    {
        var (numbers, shape) = (map.ToDouble(), map.Dimensions.ToArray());
        for (var axis = 2; axis < shape.Length; axis++)
        {
            var (from, to) = (shape[axis], extents[axis - 2]);
            var inner = shape[(axis + 1)..].Aggregate(1L, (p, d) => p * d);
            var next = new double[numbers.Length / from * to];
            for (var i = 0; i < next.Length; i++)
            {
                var at = Math.Clamp((i / inner % to + 0.5) * from / to - 0.5, 0, from - 1);
                double Old(double position) => numbers[i / inner / to * from * inner + (long)position * inner + i % inner];
                next[i] = Old(Math.Floor(at)) * (1 - at + Math.Floor(at)) + Old(Math.Ceiling(at)) * (at - Math.Floor(at));
            }
            (numbers, shape[axis]) = (next, to);
        }
        return Tensor.From(Array.ConvertAll(numbers, n => (float)n), shape);
    }

    private static double LargestDiagonal(double[][] a) => a.Largest(channel => channel.Sum(v => v * v));

    private static Tensor Run(Network network, AttributionMethod method, Tensor input) =>
        GraphRunner.Run(Explanation.Compile(network, method, Target.Class(1)), (network.DefaultInput.Name, input))["attribution"];
}
