using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;
using static Microsoft.ML.Introspection.Tests.Attribution.KeepingPathAxioms;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Occlusion, feature ablation and RISE by what they should give where that is known.</summary>
[TestClass]
public sealed class TakingPartsAway
{
    [TestMethod]
    public void A_linear_function_loses_the_share_of_what_is_covered()
    {
        float[] weights = [2, -1, 0.5f, 3, 1];
        var network = Function(5, x => x.MatMul(x.Graph.Constant(Tensor.From(weights, 5, 1))));
        var input = Tensor.From((float[])[1, 2, 3, 4, 5], 1, 5);
        TensorAssert.AreClose(Tensor.From((float[])[2, -2, 1.5f, 12, 5], 1, 5), Explained.Run(network, new Occlusion([1]), input), 1e-6);
        // Windows of 2 at 0, 2 and, cut at the border, 4.
        TensorAssert.AreClose(Tensor.From((float[])[0, 0, 13.5f, 13.5f, 5], 1, 5), Explained.Run(network, new Occlusion([2]), input), 1e-6);
        // Windows of 3 at 0, 1, 2: the mean over those that cover an element.
        TensorAssert.AreClose(Tensor.From((float[])[1.5f, 6.5f, 10.5f, 15, 18.5f], 1, 5),
            Explained.Run(network, new Occlusion([3], [1]), input), 1e-6);
        // Features 0, 2 and 4 are one group, set to 1.
        var groups = new FeatureAblation { Groups = Tensor.Vector<long>(7, 3, 7, 3, 7), Baseline = Baseline.Constant(1) };
        TensorAssert.AreClose(Tensor.From((float[])[5, 8, 5, 8, 5], 1, 5), Explained.Run(network, groups, input), 1e-6);
    }

    [TestMethod]
    public void Windows_may_leave_out_channels_and_repeated_extents()
    {
        var (network, input) = (References.Network("vgg_tiny"), References.Arrays("vgg_tiny")["input"].Head(1));
        var full = Explained.Run(network, new Occlusion([3, 8, 8], [3, 4, 4]), input);
        TensorAssert.AreEqual(full, Explained.Run(network, new Occlusion([8, 8], [4, 4]), input));
        TensorAssert.AreEqual(full, Explained.Run(network, new Occlusion([8], [4]), input));
        var channels = Explained.Run(network, new Occlusion([1, 32, 32]), input).ToDouble();
        Assert.HasCount(3, channels.Distinct().ToList());
    }

    [TestMethod]
    public void Windows_and_groups_that_do_not_fit_are_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new Occlusion([]));
        Assert.ThrowsExactly<ArgumentException>(() => new Occlusion([0, 2]));
        var digits = References.Network("cnn_digits");
        var rank = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(digits, new Occlusion([1, 1, 2, 2])));
        StringAssert.Contains(rank.Message, "of 4 extents does not fit a row [1, 8, 8] of 'input'; give 3");
        var stride = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(digits, new Occlusion([2], [3])));
        StringAssert.Contains(stride.Message, "never be covered");
        var groups = Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(digits, new FeatureAblation { Groups = Samples.Integers(0, 3, 8, 7) }));
        StringAssert.Contains(groups.Message, "[8, 7]; a row of 'input' has [1, 8, 8]");
        Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(digits, new FeatureAblation { Groups = Samples.Floats(1, 8, 8) }));
        Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(References.Network("mlp_breast_cancer"), new Rise()));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Rise(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Rise(Visible: 0));
    }

    [TestMethod]
    public void Random_masks_show_each_place_equally_often_and_softly()
    {
        var masks = Masks(new Rise(2000, 4, 0.3), 2000, 1, 12, 9);
        Assert.AreEqual(new Shape(2000, 1, 1, 12, 9), masks.Shape);
        var elements = masks.ToDouble();
        Assert.IsTrue(elements.All(v => v is >= 0 and <= 1.000001));
        Assert.IsTrue(elements.Any(v => v is > 0.2 and < 0.8), "edges are soft");
        var means = Enumerable.Range(0, 108).Select(e => Enumerable.Range(0, 2000).Average(m => elements[m * 108 + e])).ToList();
        // A cell's deviation is 0.46; interpolation only lowers it.
        Assert.IsTrue(means.TrueForAll(m => Math.Abs(m - 0.3) < 4 * 0.46 / Math.Sqrt(2000)), $"{means.Min()} to {means.Largest()}");
        Assert.IsTrue(Masks(new Rise(1, 7, 1), 1, 1, 12, 9).ToDouble().All(v => Math.Abs(v - 1) < 1e-6), "all visible is the input itself");
        Assert.AreEqual(new Shape(3, 1, 1, 4, 6, 5), Masks(new Rise(3, 3), 3, 2, 4, 6, 5).Shape);
    }

    [TestMethod]
    public void Scores_are_weighted_by_what_the_masks_show()
    {
        var (network, input) = (References.Network("cnn_digits"), References.Arrays("cnn_digits")["input"].Head(1));
        var method = new Rise(50, 3, 0.4, 2);
        var masks = Masks(method, 50, 1, 8, 8).ToDouble();
        float[] masked = [.. masks.Select((m, i) => (float)(m * input.ToDouble()[i % 64]))];
        var scores =
            Explained.Outputs(network, new Saliency(), Tensor.From(masked, 50, 1, 8, 8),
                Tensor.Filled(ElementType.Int64, 3, 50, 1))["score"].ToDouble();
        float[] expected =
            [.. Enumerable.Range(0, 64).Select(e => (float)(Enumerable.Range(0, 50).Sum(m => scores[m] * masks[m * 64 + e]) / (50 * 0.4)))];
        TensorAssert.AreClose(Tensor.From(expected, 1, 1, 8, 8), Explained.Run(network, method, input, 3), 1e-4);
    }

    [TestMethod]
    public void A_product_multiplies_element_by_element()
    {
        var (network, input) = (References.Network("vgg_tiny"), References.Arrays("vgg_tiny")["input"].Head(1));
        var (map, gradient) =
            (Explained.Run(network, new Rise(10, 4), input).ToDouble(), Explained.Run(network, new Saliency(), input).ToDouble());
        float[] expected = [.. gradient.Select((g, i) => (float)(g * map[i % 1024]))];
        TensorAssert.AreClose(Tensor.From(expected, 1, 3, 32, 32), Explained.Run(network, new Rise(10, 4) * new Saliency(), input), 1e-5);
    }

    private static Tensor Masks(Rise method, int count, params long[] row)
    {
        var graph = new Graph();
        var numbers = graph.Input("numbers", ElementType.Int64, Shape.Of(count));
        return GraphRunner.Run(method.MasksOf(numbers, ElementType.Float, row[1..]),
            ("numbers", Tensor.From(Enumerable.Range(0, count).Select(i => (long)i).ToArray(), count)));
    }
}
