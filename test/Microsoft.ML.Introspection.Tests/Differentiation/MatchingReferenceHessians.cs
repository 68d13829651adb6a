using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>Second derivatives of a smooth network against PyTorch's.</summary>
[TestClass]
public sealed class MatchingReferenceHessians
{
    private const string Model = "mlp_breast_cancer_tanh";

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("hessian_logit", false)]
    [DataRow("hessian_softmax", true)]
    public void In_single_precision(string array, bool softmax)
    {
        var arrays = References.Arrays(Model);
        var expected = arrays[array];
        Check(array, expected, Hessians(References.Network(Model), softmax, arrays["input"].Head(expected.Dimensions[0])), 1e-5);
    }

    [TestMethod]
    public void In_double_precision()
    {
        var arrays = References.Arrays(Model + "_f64");
        Check("hessian_logit, double", arrays["hessian_logit"], Hessians(References.InDoubles(Model), false, arrays["input"]), 1e-12);
    }

    [TestMethod]
    public void The_gradient_in_double_precision()
    {
        var (network, arrays) = (References.InDoubles(Model), References.Arrays(Model + "_f64"));
        var graph = new Graph(network.Opset);
        var x = graph.Input("input", ElementType.Double, network.DefaultInput.Shape!);
        var logits = network.Trace(graph, new Dictionary<string, Value> { ["input"] = x }).Output("logits");
        var gradient = Gradient.Of(logits.GatherElements(logits.ArgMax(1, keepDimensions: true), 1), x);
        Check("gradient, double", arrays["gradient"], GraphRunner.Run(gradient, ("input", arrays["input"])), 1e-12);
    }

    /// <summary>The Hessians of all outputs, [N, outputs, features, features]: the gradients of the gradient's elements.</summary>
    private static Tensor Hessians(Network network, bool softmax, Tensor input)
    {
        var graph = new Graph(network.Opset);
        var x = graph.Input("input", input.Type, network.DefaultInput.Shape!);
        var scores = network.Trace(graph, new Dictionary<string, Value> { ["input"] = x }).Output("logits");
        if (softmax)
            scores = scores.Softmax(1);
        var hessians = Enumerable.Range(0, (int)scores.Shape[1].Value).Select(output =>
        {
            var gradient = Gradient.Of(scores.Slice([output], [output + 1], [1]), x);
            var rows =
                Enumerable.Range(0, (int)x.Shape[1].Value).Select(i => Gradient.Of(gradient.Slice([i], [i + 1], [1]), x).Unsqueeze(1));
            return Operators.Concat(1, [.. rows]).Unsqueeze(1);
        });
        return GraphRunner.Run(Operators.Concat(1, [.. hessians]), ("input", input));
    }

    private void Check(string what, Tensor expected, Tensor found, double tolerance)
    {
        var errors = References.RowErrors(expected, found);
        TestContext.WriteLine($"{what}: {string.Join(" ", errors.Select(e => e.ToString("E1")))}");
        Finite.Below(tolerance, errors.Largest(), what);
    }
}
