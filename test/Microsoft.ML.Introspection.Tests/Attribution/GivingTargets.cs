using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>What is explained comes from an input of the graph: one graph for all units, channels, classes.</summary>
[TestClass]
public sealed class GivingTargets
{
    private static readonly Network Digits = References.Network("cnn_digits");
    private static readonly string Layer = Digits.Layers.First(l => l.Operator == "Relu").Name;
    private static readonly Tensor Input = References.Arrays("cnn_digits")["input"].Head(3);

    [TestMethod]
    public void One_graph_serves_every_channel()
    {
        foreach (var method in (AttributionMethod[])[new InputXGradient(), new IntegratedGradients(4), new Occlusion([4])])
        {
            var graph = Explanation.Compile(Digits, method, Target.ChannelInput(Layer, "channel"));
            Assert.AreEqual("channel: Int64[batch, 1]", graph.Inputs[^1].ToString());
            for (var channel = 0; channel < 4; channel++)
                AreTheSame(graph, "channel", Column(channel), method, Target.Channel(Layer, channel));
        }
    }

    [TestMethod]
    public void One_graph_serves_every_unit_in_every_position()
    {
        var extents = Digits.Layer(Layer).Shape!.Skip(1).Select(d => (int)d.Value).ToArray();
        var graph = Explanation.Compile(Digits, new IntegratedGradients(4), Target.UnitInput(Layer, "unit"));
        foreach (var (c, y, x) in new[] { (0, 0, 0), (1, 2, 3), (extents[0] - 1, extents[1] - 1, extents[2] - 1) })
            AreTheSame(graph, "unit", Column((c * extents[1] + y) * extents[2] + x), new IntegratedGradients(4),
                Target.Unit(Layer, c, y, x));
    }

    [TestMethod]
    public void Each_row_has_its_own_unit()
    {
        var graph = Explanation.Compile(Digits, new InputXGradient(), Target.ChannelInput(Layer, "channel"));
        var found = GraphRunner.Run(graph, ("input", Input), ("channel", Tensor.From([0L, 3, 1], 3, 1)))["attribution"];
        foreach (var (row, channel) in new[] { (0, 0), (1, 3), (2, 1) })
        {
            var one =
                GraphRunner.Run(Explanation.Compile(Digits, new InputXGradient(), Target.Channel(Layer, channel)),
                    ("input", Input))["attribution"];
            TensorAssert.AreClose(one.Row(row), found.Row(row), 1e-6);
        }
    }

    [TestMethod]
    public void Weights_of_classes_tell_one_or_the_difference_of_two()
    {
        var graph =
            Explanation.Compile(Digits, new IntegratedGradients(4), Target.Weights("weights"), new ExplanationOptions { GapName = "gap" });
        Assert.AreEqual("weights: Float[batch, 10]", graph.Inputs[^1].ToString());
        AreTheSame(graph, "weights", Weights((3, 1)), new IntegratedGradients(4), Target.Class(3));
        AreTheSame(graph, "weights", Weights((3, 1), (5, -1)), new IntegratedGradients(4), Target.Difference(3, 5));
    }

    [TestMethod]
    public void Weights_of_units_sum_them()
    {
        var size = Digits.Layer(Layer).Shape!.Skip(1).Aggregate(1L, (p, d) => p * d.Value);
        var graph = Explanation.Compile(Digits, new InputXGradient(), Target.LayerWeights(Layer, "weights"));
        AreTheSame(graph, "weights", Tensor.Filled(ElementType.Float, 1, 3, size), new InputXGradient(), Target.Layer(Layer));
    }

    [TestMethod]
    public void Numbers_beyond_the_layer_fail_at_the_run()
    {
        var graph = Explanation.Compile(Digits, new Saliency(), Target.ChannelInput(Layer, "channel"));
        foreach (var channel in new long[] { -1, 10_000 })
            Assert.Throws<Exception>(() => GraphRunner.Run(graph, ("input", Input), ("channel", Column(channel))));
        var other = Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(Digits, new PerClass(new Saliency()), Target.ChannelInput("nothing", "channel")));
        StringAssert.Contains(other.Message, "no layer 'nothing'");
    }

    private static void AreTheSame(OnnxModel graph, string input, Tensor given, AttributionMethod method, Target target)
    {
        var expected = GraphRunner.Run(Explanation.Compile(Digits, method, target), ("input", Input));
        var found = GraphRunner.Run(graph, ("input", Input), (input, given));
        TensorAssert.AreClose(expected["attribution"], found["attribution"], 1e-5, target.ToString()!);
        TensorAssert.AreClose(expected["score"], found["score"], 1e-5, target.ToString()!);
        Assert.IsTrue(found["score"].ToDouble().All(double.IsFinite));
    }

    private static Tensor Column(long number) => Tensor.Filled(ElementType.Int64, number, 3, 1);

    private static Tensor Weights(params (int Class, float Weight)[] weights)
    {
        var all = new float[30];
        foreach (var (index, weight) in weights)
            for (var row = 0; row < 3; row++)
                all[row * 10 + index] = weight;
        return Tensor.From(all, 3, 10);
    }
}
