using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Networks whose gradients one can see.</summary>
internal static class TinyNetworks
{
    /// <summary>What <see cref="Linear"/> gives class c for feature f: its gradient.</summary>
    public static readonly float[,] Weights = { { 1, -2, 0.25f }, { 0.5f, 1, -4 } };

    /// <summary>Three scores of two features, x·W.</summary>
    public static OnnxModel Linear(ElementType type = ElementType.Float, string input = "x", string output = "scores",
        Dimension? batch = null, Dimension? features = null)
    {
        var graph = new Graph();
        var x = graph.Input(input, type, new Shape(batch ?? Dimension.Symbol("N"), features ?? 2));
        var weights = Tensor.From([.. Weights.Cast<float>()], 2, 3);
        return graph.ToModel(
            [(output,
                x.MatMul(type == ElementType.Float ? graph.Constant(weights)
                    : graph.Constant(Tensor.From(Array.ConvertAll(weights.As<float>().ToArray(), w => (double)w), 2, 3))))]);
    }

    /// <summary>The linear network followed by a softmax.</summary>
    public static OnnxModel Probabilities()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
        return graph.ToModel([("probabilities", x.MatMul(graph.Constant(Tensor.From([.. Weights.Cast<float>()], 2, 3))).Softmax(1))]);
    }

    /// <summary>
    /// Two scores, the first a·b summed, the second its negative, of two inputs with two numbers each; a second output a + b.
    /// </summary>
    public static OnnxModel TwoInputs(string first = "a", string second = "b")
    {
        var graph = new Graph();
        var shape = new Shape(Dimension.Symbol("N"), 2);
        var (a, b) = (graph.Input(first, ElementType.Float, shape), graph.Input(second, ElementType.Float, shape));
        var sum = (a * b).ReduceSum([1]);
        return graph.ToModel([("scores", Operators.Concat(1, sum, -sum)), ("total", a + b)]);
    }

    /// <summary>One score: the sum of an image [N, 2, 1, 3] with its second channel counted twice, with signs.</summary>
    public static OnnxModel Image()
    {
        var graph = new Graph();
        var x = graph.Input("image", ElementType.Float, new Shape(Dimension.Symbol("N"), 2, 1, 3));
        var weighted = x * graph.Constant(Tensor.From([1f, -2f], 1, 2, 1, 1));
        return graph.ToModel([("score", weighted.ReduceSum([1, 2, 3], keepDimensions: false).Unsqueeze(1))]);
    }

    /// <summary>The sum of a row whose length the file leaves open.</summary>
    public static OnnxModel OpenLength(Dimension length)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), length));
        return graph.ToModel([("sum", (x * x).ReduceSum([1]))]);
    }

    /// <summary>Two inputs beside the data, a scalar and a state: score = rate · Σ x·(state + 1), of positive x the logarithm.</summary>
    public static OnnxModel Stateful()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
        var rate = graph.Input("rate", ElementType.Float, Shape.Scalar);
        var state = graph.Input("state", ElementType.Float, Shape.Of(1, 2));
        return graph.ToModel([("score", (x.Log() * (state + 1)).ReduceSum([1]) * rate)]);
    }

    /// <summary>A network with an operator that does not exist.</summary>
    public static OnnxModel UnknownOperator()
    {
        var proto = Linear().Proto.Clone();
        proto.Graph.Node[0].OpType = "Telepathy";
        proto.Graph.Node[0].Name = "reader";
        return new OnnxModel(proto);
    }

    /// <summary>A network whose names try to steer the terminal.</summary>
    public static OnnxModel HostileNames() => Linear(input: "x\u001b[31m[red]", output: "y\u0007");

    public static string Save(this OnnxModel model, Workplace work, string name = "model.onnx")
    {
        model.Save(work[name]);
        return work[name];
    }
}
