using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Relevance;

/// <summary>Rules and composites of one's own.</summary>
[TestClass]
public sealed class WritingRules
{
    private static readonly float[] W = [1, -2, 3, 0.5f];

    private readonly Graph _graph = new();

    [TestMethod]
    public void A_rule_is_a_line()
    {
        var rule = new LinearRule("only strong weights", new LinearShare([new LinearPart(Weights: w => w * w * w)]));
        var found = Of(RelevanceComposite.Uniform(rule));
        // x·w³ shared in proportion: 1, −8, 27, 0.125 of 20.125.
        TensorAssert.AreClose(Tensor.From(Array.ConvertAll([1f, -8, 27, 0.125f], v => v / 20.125f * 2.5f), 1, 4), found, 1e-4);
    }

    [TestMethod]
    public void A_composite_takes_own_lines_before_those_of_another()
    {
        var mine = RelevanceComposite.EpsilonPlus().With(new RelevanceEntry(LayerKind.Dense, RelevanceRules.Flat) { OnlyFirst = true });
        TensorAssert.AreClose(Tensor.From([0.625f, 0.625f, 0.625f, 0.625f], 1, 4), Of(mine), 1e-5);
        var named = RelevanceComposite.EpsilonPlus().With(new RelevanceEntry(LayerKind.Linear, RelevanceRules.Flat) { Layer = "another" });
        TensorAssert.AreClose(Of(RelevanceComposite.EpsilonPlus()), Of(named), 0);
    }

    [TestMethod]
    public void Any_operator_can_get_a_rule()
    {
        var half = RelevanceRule.By("half", a => a.Dy * 0.5);
        var x = _graph.Input("x", ElementType.Float, Shape.Of(1, 4));
        var relevance =
            RelevancePropagation.Of(x.Tanh(), x, RelevanceComposite.EpsilonPlus().With(new RelevanceEntry(LayerKind.Activation, half)));
        var found = GraphRunner.Run([relevance, x.Tanh() * 0.5], ("x", Samples.Floats(1, 4)));
        TensorAssert.AreClose(found[1], found[0], 1e-6);
    }

    [TestMethod]
    public void Rules_refuse_what_makes_no_sense()
    {
        Assert.ThrowsExactly<ArgumentException>(() => RelevanceRules.AlphaBeta(2, 2));
        Assert.ThrowsExactly<ArgumentException>(() => RelevanceRules.AlphaBeta(0.5, -0.5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RelevanceRules.Epsilon(-1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RelevanceRules.Gamma(double.NaN));
        Assert.ThrowsExactly<ArgumentException>(() => RelevanceRules.Box(1, 1));
        Assert.ThrowsExactly<ArgumentException>(() => new LinearRule("empty"));
        var x = _graph.Input("x", ElementType.Float, Shape.Of(1, 4));
        var composite = new RelevanceComposite("odd", new RelevanceEntry(LayerKind.Activation, RelevanceRules.ZPlus));
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => RelevancePropagation.Of(x.Relu(), x, composite));
        StringAssert.Contains(error.Message, "'z-plus' is for layers with trained weights");
    }

    [TestMethod]
    public void By_name_every_composite_and_its_options()
    {
        foreach (var composite in RelevanceComposites.ByName.Keys)
        {
            var method =
                (LayerwiseRelevance)MethodCatalog.Create("lrp",
                    new Dictionary<string, string> { ["composite"] = composite, ["low"] = "-4", ["high"] = "4" });
            Assert.IsTrue(Of(method.Composite!).ToDouble().All(double.IsFinite), composite);
        }
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => MethodCatalog.Create("lrp", new Dictionary<string, string> { ["epsilon"] = "much" }));
        StringAssert.Contains(error.Message, "'epsilon' takes a number; 'much' was given");
    }

    private Tensor Of(RelevanceComposite composite)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(1, 4));
        var score = x.MatMul(graph.Constant(Tensor.From(W, 4, 1)));
        return GraphRunner.Run(RelevancePropagation.Of(score, x, composite), ("x", Tensor.From([1f, 1, 1, 1], 1, 4)));
    }
}
