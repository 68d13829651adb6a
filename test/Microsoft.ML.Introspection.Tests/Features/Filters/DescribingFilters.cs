using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class DescribingFilters
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_filters");

    [TestMethod]
    [DataRow("conv1")]
    [DataRow("conv2")]
    public void MatchesTheReference(string layer)
    {
        var filters = LayerFilters.Of(References.Network("conv3d_tiny"), $"/{layer}/Conv");
        Same("mean_spatial", filters.AveragedOver(2, 3));
        Same("mean_long", filters.AveragedOver(-1));
        Same("mean_all", filters.AveragedOver(2, 3, 4));
        Same("norm", filters.Norms());
        Same("l1", filters.AbsoluteSums());
        Same("cosine", filters.Cosines());
        Same("spectrum", filters.Spectrum());
        if (layer == "conv1")
            Same("scaled", filters.Scaled());

        void Same(string what, Tensor found)
        {
            var expected = Expected[$"{what}_{layer}__Conv_output_0_f64"];
            Assert.AreEqual(expected.Shape, found.Shape, what);
            Finite.AtMost(1e-9, Near.Error(expected.ToDouble(), found.ToDouble()), what);
        }
    }

    [TestMethod]
    public void SlicesAndMeansGoTogether()
    {
        var filters = LayerFilters.Of(References.Network("conv3d_tiny"), "/conv2/Conv");
        var along = filters.Kernel[^1];
        var slices = Enumerable.Range(0, along).Select(i => filters.SliceAt(-1, i).ToDouble()).ToList();
        double[] mean = [.. Enumerable.Range(0, slices[0].Length).Select(i => slices.Average(s => s[i]))];
        Near.Equal(mean, filters.AveragedOver(-1).ToDouble(), 1e-12);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => filters.SliceAt(2, 3));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => filters.AveragedOver(5));
    }

    [TestMethod]
    public void AnswersAreSumsOverFiltersWhateverTheOperator()
    {
        // Each filter answers with its own weights to an input that is 1 in one place: W[out, in] for all of these.
        var weights = Enumerable.Range(0, 6).Select(i => i * i - 3f).ToArray();
        var turned = Enumerable.Range(0, 6).Select(i => weights[i % 3 * 2 + i / 3]).ToArray();
        foreach (var (type, stored, attributes) in new (string, Tensor, (string, object)[])[]
        {
            ("Gemm", Tensor.From(weights, 3, 2), [("transB", 1L)]),
            ("Gemm", Tensor.From(turned, 2, 3), []),
            ("MatMul", Tensor.From(turned, 2, 3), []),
            ("Conv", Tensor.From(weights, 3, 2, 1), []),
            ("ConvTranspose", Tensor.From(turned, 2, 3, 1), []),
        })
        {
            long[] row = type.StartsWith("Conv", StringComparison.Ordinal) ? [2, 1] : [2];
            var network = Network.From(new ModelBuilder(17).Input("x", [-1, .. row]).Initializer("w", stored)
                .Node(type, ["x", "w"], ["y"], attributes).Output("y").Build());
            Assert.HasCount(1, LayerFilters.LayersOf(network), type);
            var filters = LayerFilters.Of(network, "y");
            Assert.AreEqual((3, 2), (filters.Count, filters.Inputs), type);
            Near.Equal(Array.ConvertAll(weights, w => (double)w), filters.Weights.ToDouble(), 0, type);
        }
    }

    [TestMethod]
    public void GroupsOfTransposedConvolutionsStandApart()
    {
        // Two groups: input channel i serves outputs 2i and 2i + 1.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 2, 1).Initializer("w", Tensor.From([1f, 2, 3, 4], 2, 2, 1))
            .Node("ConvTranspose", ["x", "w"], ["y"], ("group", 2L)).Output("y").Build());
        var filters = LayerFilters.Of(network, "y");
        Assert.AreEqual("[4, 1, 1]", filters.Weights.Shape.ToString());
        Near.Equal([1, 2, 3, 4], filters.Weights.ToDouble(), 0);
    }

    [TestMethod]
    public void WeightsThatAreComputedAreComputed()
    {
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 2).Initializer("codes", Tensor.From([(byte)130, (byte)126], 2, 1))
            .Initializer("scale", Tensor.Scalar(0.5f)).Initializer("zero", Tensor.Scalar((byte)128))
            .Node("DequantizeLinear", ["codes", "scale", "zero"], ["w"]).Node("MatMul", ["x", "w"], ["y"]).Output("y").Build());
        Near.Equal([1, -1], LayerFilters.Of(network, "y").Weights.ToDouble(), 0);
    }

    [TestMethod]
    public void LayersWithoutFiltersAreRefusedWithThoseThatHave()
    {
        var thrown = Assert.ThrowsExactly<ArgumentException>(() => LayerFilters.Of(References.Network("cnn_digits"), "/conv1/Conv_output_0x"));
        Assert.Contains("no layer", thrown.Message);
        var relu = References.Network("vgg_tiny").Layers.First(l => l.Operator == "Relu").Name;
        thrown = Assert.ThrowsExactly<ArgumentException>(() => LayerFilters.Of(References.Network("vgg_tiny"), relu));
        Assert.Contains("/features/features.0/Conv", thrown.Message);
    }

    [TestMethod]
    public void AFilterOfZerosIsAlikeToNone()
    {
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 2).Initializer("w", Tensor.From([0f, 1, 0, 1], 2, 2))
            .Node("MatMul", ["x", "w"], ["y"]).Output("y").Build());
        Near.Equal([0, 0, 0, 1], LayerFilters.Of(network, "y").Cosines().ToDouble(), 1e-15);
        Near.Equal([0, 0, 0, 0], LayerFilters.Of(network, "y").Scaled().ToDouble(), 0);
    }
}
