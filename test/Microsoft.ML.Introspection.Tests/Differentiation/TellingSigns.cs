using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>What is said of a value's sign holds of every element.</summary>
[TestClass]
public sealed class TellingSigns
{
    [TestMethod]
    [DataRow(0.0, 6.0, true)]
    [DataRow(0.0, null, true)]
    [DataRow(-1.0, 1.0, false)]
    [DataRow(null, 1.0, false)]
    [DataRow(0.0, -1.0, false)]
    [DataRow(2.0, -3.0, false)]
    public void A_clip_is_never_negative_only_if_both_bounds_are_not(double? low, double? high, bool isTold)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(1, 8));
        var clipped = x.Clip(low, high);
        Assert.AreEqual(isTold, Signs.IsNeverNegative(clipped));
        Assert.AreEqual(isTold && low > 0, Signs.IsPositive(clipped));
        // max(x, low) and then min(·, high), as the standard has it.
        var found = GraphRunner.Run(clipped, ("x", Samples.Seeded(1, 1, 8))).ToDouble();
        Assert.AreEqual(isTold, found.All(v => v >= 0));
        // Of what is not negative a clip with an upper bound below 0 is negative all the same.
        Assert.AreEqual(high is null or >= 0, Signs.IsNeverNegative(x.Relu().Clip(low, high)));
    }

    [TestMethod]
    public void Relevance_behind_a_clip_to_negative_numbers_is_that_of_the_formula()
    {
        // z⁺ of an input that is −1 everywhere: only negative weights speak for the output.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 3).Initializer("low", Tensor.Scalar(-4f))
            .Initializer("high", Tensor.Scalar(-1f)).Initializer("w", Tensor.From([2f, -1, -3], 3, 1)).Node("Relu", ["x"], ["r"])
            .Node("Clip", ["r", "low", "high"], ["c"]).Node("MatMul", ["c", "w"], ["y"]).Output("y").Build());
        var options = new ExplanationOptions { Layer = "c" };
        var method = new LayerwiseRelevance(RelevanceComposite.Uniform(RelevanceRules.ZPlus));
        var found = GraphRunner.Run(Explanation.Compile(network, method, Target.Class(0), options), ("x", Samples.Positives(1, 3)));
        Near.Equal([0, 0.5, 1.5], found["attribution"].ToDouble(), 1e-5);
    }

    [TestMethod]
    public void Squares_are_never_negative_and_other_powers_may_be()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(1, 8));
        foreach (var (value, isTold) in ((Value, bool)[])[(x * x, true), (x.Pow(x.Like(2)), true), (x.Pow(x.Like(-4)), true),
            (x.Pow(x.Like(3)), false), (x.Pow(x.Like(0.5)), false), (x * x.Relu(), false), (x.Pow(x), false)])
        {
            Assert.AreEqual(isTold, Signs.IsNeverNegative(value), $"{value.Producer}");
            if (isTold)
                Assert.IsTrue(GraphRunner.Run(value, ("x", Samples.Seeded(1, 1, 8))).ToDouble().All(v => v >= 0));
        }
    }

    [TestMethod]
    public void What_is_told_to_be_positive_is()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(1, 8));
        (Value Value, bool IsTold)[] cases =
        [
            (x, false), (x.Relu(), false), (x * x, false), (x.Relu() + 1e-5, true), (x + 1e-5, false), ((x * x).Abs() + 1, true),
            ((x.Relu() + 1e-5).Sqrt(), true), (x.Relu().Sqrt(), false), (x.Maximum(x.Like(0.1)), true), (x.Maximum(x.Like(0)), false),
            ((x.Relu() + 1).Reshape(8, 1), true), (graph.Constant(Tensor.Vector(1f, 2)), true),
            (graph.Constant(Tensor.Vector(1f, 0)), false),
        ];
        var found = GraphRunner.Run([.. cases.Where(c => c.Value.Constant is null).Select(c => c.Value)], ("x", Samples.Seeded(2, 1, 8)));
        foreach (var (value, isTold) in cases)
            Assert.AreEqual(isTold, Signs.IsPositive(value), $"{value}");
        foreach (var (told, elements) in cases.Where(c => c.Value.Constant is null).Zip(found))
            Assert.IsTrue(!told.IsTold || elements.ToDouble().All(v => v > 0), $"{told.Value}");
    }
}
