using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Models;

/// <summary>Batch, channels, space and classes are found where the network has them.</summary>
[TestClass]
public sealed class TellingAxes
{
    [TestMethod]
    [DataRow("Softmax")]
    [DataRow("LogSoftmax")]
    public void Classes_lie_on_the_axis_of_the_final_softmax(string squash)
    {
        // Five positions, four classes: a row's score for a class is the sum of its logits over the positions.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 5, 3).Output("y").Initializer("w", Samples.Seeded(1, 3, 4))
            .Node("MatMul", ["x", "w"], ["logits"]).Node(squash, ["logits"], ["y"], ("axis", -1L)).Build());
        Assert.AreEqual(2, Axes.Classes(network, "y"));
        var x = Samples.Seeded(2, 2, 5, 3);
        var options = new ExplanationOptions { ScoreName = "score" };
        var found = GraphRunner.Run(Explanation.Compile(network, new Saliency(), Target.Class(3), options), ("x", x));
        var (weights, rows) = (Samples.Seeded(1, 3, 4).ToDouble(), x.ToDouble());
        var (scores, attribution) = (found["score"].ToDouble(), found["attribution"].ToDouble());
        for (var row = 0; row < 2; row++)
            Near.Equal(Enumerable.Range(0, 15).Sum(i => rows[row * 15 + i] * weights[i % 3 * 4 + 3]), scores[row], 1e-4);
        for (var i = 0; i < 30; i++)
            Near.Equal(weights[i % 3 * 4 + 3], attribution[i], 1e-5);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Explanation.Compile(network, new Saliency(), Target.Class(4)));
    }

    [TestMethod]
    public void Maps_of_classes_without_a_softmax_have_them_behind_the_batch()
    {
        var network = References.Network("unet_tiny");
        Assert.AreEqual(1, Axes.Classes(network, "mask_logits"));
    }

    [TestMethod]
    public void Channels_last_are_reduced_where_they_stand()
    {
        var image = Samples.Seeded(3, 2, 4, 5, 3);
        var graph = new Graph();
        var value = graph.Input("x", ElementType.Float, image.Shape);
        var first = Run(false, GraphRunner.Run(value.Transpose(0, 3, 1, 2), ("x", image)));
        var last = Run(true, image);
        Assert.AreEqual(Shape.Of(2, 4, 5, 1), last.Shape);
        Assert.AreEqual(Shape.Of(2, 1, 4, 5), first.Shape);
        TensorAssert.AreClose(Tensor.From(first.As<float>().ToArray(), last.Dimensions), last, 1e-6);

        static Tensor Run(bool channelsLast, Tensor image)
        {
            var builder = new ModelBuilder(17).Initializer("half", Tensor.Vector(0.5f)).Initializer("w", Samples.Seeded(4, 2, 3, 3, 3))
                .Initializer("v", Samples.Seeded(5, 12, 2)).Output("y");
            _ = channelsLast
                ? builder.Input("x", -1, 4, 5, 3).Node("Clip", ["x"], ["c"]).Node("Mul", ["c", "half"], ["h"])
                    .Node("Transpose", ["h"], ["t"], ("perm", (long[])[0, 3, 1, 2]))
                : builder.Input("x", -1, 3, 4, 5).Node("Mul", ["x", "half"], ["t"]);
            var network = Network.From(builder.Node("Conv", ["t", "w"], ["k"]).Node("Relu", ["k"], ["r"]).Node("Flatten", ["r"], ["f"])
                .Node("MatMul", ["f", "v"], ["y"]).Build());
            var method = new Saliency(SaliencyForm.ChannelMaximum);
            return GraphRunner.Run(Explanation.Compile(network, method, Target.Class(1)), ("x", image))["attribution"];
        }
    }

    [TestMethod]
    [DataRow("deep-taylor")]
    [DataRow("epsilon-gamma-box")]
    public void A_sequence_may_stand_before_the_batch_of_the_first_layer(string composite)
    {
        var rows = Samples.Positives(3, 3, 4);
        TensorAssert.AreClose(Run([0, 1, 2]), Run([1, 0, 2]), 1e-5);

        Tensor Run(long[] permutation)
        {
            var network = Network.From(new ModelBuilder(17).Input("x", -1, 3, 4).Output("y")
                .Initializer("w", Samples.Seeded(6, 4, 5)).Initializer("v", Samples.Seeded(7, 5, 2))
                .Node("Transpose", ["x"], ["t"], ("perm", permutation)).Node("MatMul", ["t", "w"], ["a"]).Node("Relu", ["a"], ["r"])
                .Node("Transpose", ["r"], ["b"], ("perm", permutation))
                .Node("ReduceMean", ["b"], ["m"], ("axes", (long[])[1]), ("keepdims", 0L)).Node("MatMul", ["m", "v"], ["y"]).Build());
            var method = new LayerwiseRelevance(RelevanceComposites.ByName[composite](new RelevanceSettings()));
            return GraphRunner.Run(Explanation.Compile(network, method, Target.Class(0)), ("x", rows))["attribution"];
        }
    }

    [TestMethod]
    public void Rows_folded_with_the_batch_meet_baselines_of_as_many()
    {
        var network = Folded();
        Assert.IsTrue(Axes.FoldsBatch(network));
        Assert.IsFalse(Axes.FoldsBatch(References.Network("cnn_digits")));
        var rows = Samples.Seeded(8, 5, 4);
        var options = new ExplanationOptions { GapName = "gap" };
        var found = GraphRunner.Run(Explanation.Compile(network, new DeepLift(), Target.Class(1), options), ("x", rows));
        foreach (var gap in found["gap"].ToDouble())
            Near.Equal(0, gap, 1e-4);
        var alone = GraphRunner.Run(Explanation.Compile(network, new DeepLift(), Target.Class(1)), ("x", rows.Row(3)))["attribution"];
        TensorAssert.AreClose(alone, found["attribution"].Row(3), 1e-6);
    }

    [TestMethod]
    public void One_row_of_a_shape()
    {
        var batch = Dimension.Symbol(InputShapes.Batch);
        CollectionAssert.AreEqual((long[])[1, 3, 4], Axes.OneRow(new Shape(batch, 3, 4)));
        CollectionAssert.AreEqual((long[])[3, 1, 4], Axes.OneRow(new Shape(3, batch * 8, 4)));
        CollectionAssert.AreEqual((long[])[1, 3, 4], Axes.OneRow(Shape.Of(2, 3, 4)));
        CollectionAssert.AreEqual((long[])[1, 3], Axes.OneRow(new Shape(Dimension.Unknown, 3)));
        Assert.ThrowsExactly<InvalidOperationException>(() => Axes.OneRow(new Shape(2, Dimension.Unknown)));
    }

    private static Network Folded() => Network.From(new ModelBuilder(17).Input("x", -1, 4).Output("y")
        .Initializer("w", Samples.Seeded(11, 4, 4)).Initializer("v", Samples.Seeded(12, 4, 2))
        .Initializer("halves", Tensor.Vector(-1L, 2)).Initializer("whole", Tensor.Vector(-1L, 4))
        .Node("MatMul", ["x", "w"], ["a"]).Node("Reshape", ["a", "halves"], ["b"]).Node("Relu", ["b"], ["c"])
        .Node("Reshape", ["c", "whole"], ["d"]).Node("MatMul", ["d", "v"], ["y"]).Build());
}
