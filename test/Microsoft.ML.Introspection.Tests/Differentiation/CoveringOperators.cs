using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Differentiation.Rules;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Differentiation.Cases;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>No rule without a case, and no operator written by a rule without a rule.</summary>
[TestClass]
public sealed class CoveringOperators
{
    public static IEnumerable<object[]> FlatOperators => Flat.Rules.Keys.Select(name => new object[] { name });

    [TestMethod]
    public void Every_rule_is_compared_with_finite_differences_or_is_flat()
    {
        var covered = RuleCases.All.Values.Select(c => c.Operator).Concat(Flat.Rules.Keys)
            // Straight through what is rounded there is a gradient where the function has none; see PassingQuantisedNumbers.
            .Concat(Quantization.Rules.Keys).ToHashSet();
        var missing = BackwardRules.Default.Operators.Where(o => !covered.Contains(o));
        Assert.AreEqual("", string.Join(", ", missing), "operators whose rule has no case in Differentiation/Cases");
    }

    [TestMethod]
    public void Every_operator_of_the_standard_has_a_rule_or_a_reason_to_have_none()
    {
        // The two former names are converted when a model is read.
        var treated = BackwardRules.Default.Operators.Concat(Refused.Reasons.Keys).Concat(["Scatter", "Upsample"]).ToList();
        CollectionAssert.AllItemsAreUnique(treated);
        var standard = OperatorFacts.All.Select(f => f.Name).ToList();
        Assert.AreEqual("", string.Join(", ", standard.Except(treated).Order()), "operators that are not treated");
        Assert.AreEqual("", string.Join(", ", treated.Except(standard).Order()), "operators that do not exist");
    }

    [TestMethod]
    public void A_refusal_says_why()
    {
        foreach (var (name, reason) in Refused.Reasons)
        {
            var graph = new Graph();
            var x = graph.Input("x", ElementType.Float, Shape.Of(2, 3));
            var y = graph.Add(name, "", "a node", [x], Attributes.None, [(null, ElementType.Float, x.Shape)]).Outputs[0];
            var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(y, x));
            StringAssert.Contains(error.Message, $"'{name}' (node 'a node', opset {graph.Opset})");
            StringAssert.Contains(error.Message, reason);
        }
    }

    [TestMethod]
    public void What_a_body_takes_from_outside_does_not_pass_silently()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2));
        var turns = graph.Constant(3L);
        var y =
            graph.Loop(turns, [graph.Input("start", ElementType.Float, Shape.Of(2))],
                (_, state) => new LoopStep([state[0] + x.Sin() * state[0]], []))[0];
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(y, x));
        StringAssert.Contains(error.Message, "inside its body");
    }

    [TestMethod]
    public void What_rules_write_has_rules_itself()
    {
        var known = BackwardRules.Default.Operators.ToHashSet();
        var unknown = new SortedSet<string>();
        foreach (var rule in RuleCases.All.Values)
        {
            var written = rule.Write(ElementType.Float);
            var score = written.Outputs.Select(Total).Aggregate((sum, next) => sum + next);
            foreach (var gradient in Gradient.Of(score, [.. written.Variables.Select(v => v.Value)]))
            {
                var operators = gradient.Graph.Nodes.Select(n => n.OperatorType).Where(o => !known.Contains(o));
                unknown.UnionWith(operators.Select(o => $"{o} (for {rule.Operator})"));
            }
        }
        Assert.AreEqual("", string.Join(", ", unknown), "operators without a backward rule");
    }

    [TestMethod]
    [DynamicData(nameof(FlatOperators))]
    public void Nothing_flows_through_flat_operators(string name)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2, 3));
        var node = graph.Add(name, "", "", [x, x, x], Attributes.None, [(null, ElementType.Float, x.Shape)]);
        for (var input = 0; input < 3; input++)
            Assert.IsNull(BackwardRules.Default.Apply(new Adjoint(node, [x], input)), $"{name}, input {input}");
    }

    [TestMethod]
    [DataRow("Sign")]
    [DataRow("Floor")]
    [DataRow("Ceil")]
    [DataRow("Round")]
    [DataRow("Hardmax")]
    public void Steps_have_a_gradient_of_zeros(string name)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2, 3));
        var gradient = Gradient.Of(Operators.Emit(name, x) * x, x);
        var numbers = Samples.Floats(2, 3);
        var found = GraphRunner.Run([gradient, Operators.Emit(name, x)], ("x", numbers));
        TensorAssert.AreEqual(found[1], found[0], $"d({name}(x)·x)/dx is {name}(x)");
    }

    [TestMethod]
    public void Numbers_cut_to_integers_pass_no_gradient()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(3));
        var whole = x.Cast(ElementType.Int64).Cast(ElementType.Float);
        var gradient = GraphRunner.Run(Gradient.Of(whole + 2 * x, x), ("x", Tensor.Vector(1.5f, -0.5f, 3)));
        TensorAssert.AreEqual(Tensor.Vector(2f, 2, 2), gradient);
    }

    private static Value Total(Value x) =>
        x.Cast(ElementType.Float).ReduceSum([.. Enumerable.Range(0, x.Rank).Select(i => (long)i)], keepDimensions: false);
}
