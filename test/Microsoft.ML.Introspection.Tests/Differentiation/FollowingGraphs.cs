using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>How gradients find their way through a graph, and what is said where there is none.</summary>
[TestClass]
public sealed class FollowingGraphs
{
    private static readonly Tensor Numbers = Tensor.Vector(0.5f, -1, 2);

    private readonly Graph _graph = new();
    private readonly Value _x;

    public FollowingGraphs() => _x = _graph.Input("x", ElementType.Float, Shape.Of(3));

    [TestMethod]
    public void A_value_by_itself_has_the_gradient_1() => Check([1, 1, 1], Gradient.Of(_x, _x));

    [TestMethod]
    public void What_does_not_depend_has_the_gradient_0()
    {
        var other = _graph.Input("other", ElementType.Float, Shape.Of(2));
        var gradient = GraphRunner.Run(Gradient.Of(_x * _x, other), ("x", Numbers), ("other", Tensor.Vector(1f, 1)));
        TensorAssert.AreEqual(Tensor.Vector(0f, 0), gradient);
    }

    [TestMethod]
    public void Ways_that_meet_add_up() => Check([1 + 1, -2 + 1, 4 + 1], Gradient.Of(_x * _x + _x, _x));

    // As before a residual block: one way reads every second element through a window, the other as it stands.
    [TestMethod]
    [DataRow(6, 8)]
    [DataRow(7, 5)]
    public void Strided_convolutions_that_meet_add_up(int height, int width)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("batch"), 16, height, width));
        var wide = x.Conv(graph.Constant(Samples.Seeded(1, 8, 16, 3, 3)), [2, 2], [1, 1], [1, 1, 1, 1]);
        var single = x.Conv(graph.Constant(Samples.Seeded(2, 8, 16, 1, 1)), [2, 2], [1, 1], [0, 0, 0, 0]);
        var together = Gradient.Of((wide * wide) + (single * single), x);
        var apart = Gradient.Of(wide * wide, x) + Gradient.Of(single * single, x);
        var found = GraphRunner.Run([together, apart], ("x", Samples.Floats(2, 16, height, width)));
        TensorAssert.AreClose(found[1], found[0], 1e-4);
        Finite.Above(0.1, found[0].ToDouble().Largest(Math.Abs));
    }

    [TestMethod]
    public void One_value_may_be_both_operands() => Check([-1, -1, -1], Gradient.Of((_x - _x) + (_x / _x) - _x, _x));

    [TestMethod]
    public void Several_values_are_answered_at_once_and_in_order()
    {
        var y = _x * 3;
        var z = y * y;
        var gradients = Gradient.Of(z, [z, y, _x]);
        Check([1, 1, 1], gradients[0]);
        Check([3, -6, 12], gradients[1]);
        Check([9, -18, 36], gradients[2]);
    }

    [TestMethod]
    public void A_value_in_the_middle_does_not_hide_what_lies_before_it()
    {
        var y = _x * _x;
        Check([1, 1, 1], Gradient.Of(y + _x, y));
        Check([2, -1, 5], Gradient.Of(y + _x, _x));
    }

    [TestMethod]
    public void A_seed_weighs_the_elements() =>
        Check([5, -20, 120], Gradient.Of(_x * _x, [_x], _graph.Constant(Tensor.Vector(5f, 10, 30)))[0]);

    [TestMethod]
    public void A_derivative_can_be_differentiated_again_and_again()
    {
        var fourth = _x * _x * _x * _x;
        var derivative = fourth;
        for (var i = 0; i < 3; i++)
            derivative = Gradient.Of(derivative, _x);
        Check([12, -24, 48], derivative);
        Check([24, 24, 24], Gradient.Of(derivative, _x));
        Check([0, 0, 0], Gradient.Of(Gradient.Of(derivative, _x), _x));
    }

    [TestMethod]
    public void Integers_have_no_gradient()
    {
        var tokens = _graph.Input("tokens", ElementType.Int64, Shape.Of(3));
        var error = Assert.ThrowsExactly<ArgumentException>(() => Gradient.Of(_x, tokens));
        StringAssert.Contains(error.Message, "'tokens' holds elements of type Int64");
        StringAssert.Contains(error.Message, "embedding");
        Assert.ThrowsExactly<ArgumentException>(() => Gradient.Of(tokens, _x));
    }

    [TestMethod]
    public void An_embedding_has_one()
    {
        var tokens = _graph.Input("tokens", ElementType.Int64, Shape.Of(2));
        var embedded = _x.Gather(tokens);
        var gradients = GraphRunner.Run(
            Gradient.Of(embedded * embedded, [embedded, _x]), ("x", Numbers), ("tokens", Tensor.Vector(2L, 2)));
        TensorAssert.AreEqual(Tensor.Vector(4f, 4), gradients[0]);
        TensorAssert.AreEqual(Tensor.Vector(0f, 0, 8), gradients[1]);
    }

    [TestMethod]
    public void An_operator_without_a_rule_is_named_with_its_node_and_what_to_do()
    {
        var node = _graph.Add("Det", "", "the determinant", [_x], Attributes.None, [("d", ElementType.Float, Shape.Of(3))]);
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(node.Outputs[0], _x));
        StringAssert.Contains(error.Message, "'Det' (node 'the determinant', opset 21)");
        StringAssert.Contains(error.Message, "BackwardRules.Default.With((\"Det\", …))");
    }

    [TestMethod]
    public void A_custom_operator_is_no_standard_one_of_the_same_name()
    {
        var node = _graph.Add("Relu", "my.domain", "", [_x], Attributes.None, [("y", ElementType.Float, Shape.Of(3))]);
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(node.Outputs[0], _x));
        StringAssert.Contains(error.Message, "'my.domain:Relu' (node 'y', opset 21)");
    }

    [TestMethod]
    public void An_operator_without_a_rule_beside_the_way_does_not_matter()
    {
        var node = _graph.Add("Det", "", "", [_x], Attributes.None, [("d", ElementType.Float, Shape.Of(3))]);
        var y = _graph.Input("y", ElementType.Float, Shape.Of(3));
        Assert.IsNotNull(Gradient.Of(node.Outputs[0] * y, y));
    }

    [TestMethod]
    public void A_loop_in_the_way_is_named()
    {
        var results = _graph.Loop(_graph.Constant(3L), [_x], (_, state) => new LoopStep([state[0] * 2], []));
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(results[0], _x));
        StringAssert.Contains(error.Message, "'Loop'");
    }

    [TestMethod]
    public void A_gradient_within_a_loop_is_taken_turn_by_turn()
    {
        var results = _graph.Loop(_graph.Constant(3L), [_x.FullLike(0)], (turn, state) =>
        {
            var scaled = _x * turn.Cast(ElementType.Float);
            return new LoopStep([state[0] + Gradient.Of(scaled * scaled, scaled)], []);
        });
        // Σ 2·turn·x over the turns 0, 1, 2.
        Check([3, -6, 12], results[0]);
    }

    [TestMethod]
    public void Rules_can_be_replaced_and_added_without_touching_the_default()
    {
        var rules = BackwardRules.Default.With(("Relu", a => a.Dy * 7), ("Det", a => a.Dy));
        Check([7, 7, 7], Gradient.Of(_x.Relu(), _x, rules));
        Check([1, 0, 1], Gradient.Of(_x.Relu(), _x));
        Assert.Contains("Det", rules.Operators);
        Assert.DoesNotContain("Det", BackwardRules.Default.Operators);
    }

    [TestMethod]
    public void A_second_output_without_a_rule_is_refused()
    {
        var top = _graph.Emit("MaxPool", [_x.Reshape(1, 1, 3)], Attributes.Of(("kernel_shape", (long[])[1])), 2);
        Assert.IsNotNull(Gradient.Of(top[0] * top[1].Cast(ElementType.Float), _x), "positions are integers, and take no gradient");
        var both = _graph.Add("LeakyRelu", "", "odd", [_x], Attributes.None,
            [("a", ElementType.Float, _x.Shape), ("b", ElementType.Float, _x.Shape)]);
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(both.Outputs[1], _x));
        StringAssert.Contains(error.Message, "an output other than its first");
    }

    [TestMethod]
    public void Batch_normalisation_that_still_trains_is_refused()
    {
        var x = _graph.Input("rows", ElementType.Float, Shape.Of(2, 3));
        var y = Operators.Emit("BatchNormalization", Attributes.Of(("training_mode", 1)), x, _x, _x, _x, _x);
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(y, x));
        StringAssert.Contains(error.Message, "Export the network for inference");
    }

    private static void Check(float[] expected, Value found) =>
        TensorAssert.AreClose(Tensor.Vector<float>(expected), GraphRunner.Run(found, ("x", Numbers)), 1e-6);
}
