using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>
/// What depends on a split and a node of the quadrature, but not on the rows; made of few numbers when the graph is loaded.
/// </summary>
internal sealed class PathTable
{
    /// <summary>Writes it for some splits.</summary>
    public PathTable(PathQuadrature rule, Graph graph, PathSplit[] splits)
    {
        var nodes = graph.Constant(rule.Column(rule.Nodes));
        var weights = graph.Constant(rule.Column(rule.Weights));
        if (Array.TrueForAll(splits, s => s.Before == 1))
        {
            (Slope, Rate, Weight) = (nodes, null, weights);
            return;
        }
        var before = graph.Seed(rule.Row(splits, s => s.Before));
        var passed = before + nodes * (1 - before);
        (Slope, Rate) = (nodes / passed, before / (passed * passed));
        Weight = weights * Rate;
    }

    /// <summary>τ, [nodes, splits or 1].</summary>
    public Value Slope { get; }

    /// <summary>dτ/dt, [nodes, splits]; null where it is 1.</summary>
    public Value? Rate { get; }

    /// <summary>dτ/dt times the weights of the quadrature, [nodes, splits or 1].</summary>
    public Value Weight { get; }
}

/// <summary>A quadrature on (0, 1), and the type to compute in.</summary>
internal sealed record PathQuadrature(double[] Nodes, double[] Weights, ElementType Type)
{
    /// <summary>A number for each node, [nodes, 1].</summary>
    public Tensor Column(double[] numbers) => Tensor.FromDoubles(Type, numbers, numbers.Length, 1);

    /// <summary>A number for each split, [splits].</summary>
    public Tensor Row(PathSplit[] splits, Converter<PathSplit, double> number) =>
        Tensor.FromDoubles(Type, Array.ConvertAll(splits, number), splits.Length);
}
