using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading.Learners;

namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>
/// A graph around the one operator that holds its trees: rows must reach it as they come, and its scores must leave in a way that a
/// sum of trees and a link can say.
/// </summary>
internal sealed class TreeGraph
{
    private static readonly HashSet<string> Operators = ["TreeEnsembleRegressor", "TreeEnsembleClassifier", "TreeEnsemble"];

    private readonly GraphProto _graph;
    private readonly NodeProto _trees;

    private TreeGraph(GraphProto graph, NodeProto trees) => (_graph, _trees) = (graph, trees);

    /// <summary>The operator.</summary>
    public NodeProto Operator => _trees;

    /// <summary>The graph of a model, or null where it has no trees.</summary>
    /// <exception cref="InvalidModelException">It has several operators with trees.</exception>
    public static TreeGraph? Find(OnnxModel model)
    {
        var trees = model.Proto.Graph.Node.Where(n => n.Domain == LearnerOperators.Domain && Operators.Contains(n.OpType)).Take(2).ToList();
        return trees.Count < 2 ? trees.Count == 0 ? null : new TreeGraph(model.Proto.Graph, trees[0])
            : throw new InvalidModelException($"It has several operators with trees, among them {Named(trees[0])} and {Named(trees[1])}; "
                + "what they say together is no sum of trees. Explain it as a black box.");
    }

    /// <summary>
    /// Whether values are rounded to single precision on their way to the trees, and how many features the input has; null where it does
    /// not say.
    /// </summary>
    /// <exception cref="InvalidModelException">Something else happens to them on the way.</exception>
    public (bool ComparesSingles, int? Features) Input()
    {
        var producers = _graph.Node.SelectMany(n => n.Output.Select(o => (Output: o, Node: n))).Where(p => p.Output.Length > 0)
            .ToDictionary(p => p.Output, p => p.Node);
        var singles = false;
        var name = _trees.Input.FirstOrDefault() ?? "";
        // Every node makes its outputs from what stands before it, so that the way ends.
        while (producers.TryGetValue(name, out var node))
        {
            var isCast = Is(node, "Cast");
            var type = isCast ? (ElementType)Attributes.FromProtos(node.Attribute).Int("to") : ElementType.Undefined;
            if (node.Input.Count == 0 || !Is(node, "Identity") && type is not (ElementType.Float or ElementType.Double))
                throw new InvalidModelException($"Rows pass {Named(node)} before they reach the trees, so that the trees do not see the "
                    + "features of the input. Explain the whole model as a black box, or cut the node off.");
            singles |= type == ElementType.Float;
            name = node.Input[0];
        }
        var input = _graph.Input.FirstOrDefault(i => i.Name == name)
            ?? throw new InvalidModelException($"The rows of {Named(_trees)} are no input of the graph, but the constant '{name}'.");
        var info = TensorInfo.FromProto(input);
        if (info.Type is not (ElementType.Float or ElementType.Double or ElementType.Float16 or ElementType.Int32 or ElementType.Int64))
            throw new InvalidModelException($"The input '{name}' holds elements of type {info.Type}; numbers were expected.");
        var features = info.Shape is { Rank: > 0 } shape && shape[-1].IsKnown ? shape[-1].Value : (long?)null;
        return features is null or (> 0 and <= ModelFile.MaximumFeatures)
            ? (singles || info.Type != ElementType.Double, (int?)features)
            : throw new InvalidModelException(
                $"The input '{name}' has {features:N0} features; 1 to {ModelFile.MaximumFeatures:N0} were expected.");
    }

    /// <summary>How scores leave.</summary>
    /// <inheritdoc cref="ScoreWay.Find"/>
    public ScoreWay Output(OnnxForest forest) => ScoreWay.Find(_graph, _trees, forest);

    /// <summary>Whether a node is of an operator of the standard's own domain.</summary>
    internal static bool Is(NodeProto node, string operatorType) => node.Domain is "" or "ai.onnx" && node.OpType == operatorType;

    /// <summary>What errors call a node.</summary>
    internal static string Named(NodeProto node) =>
        $"the node '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault())}' ({node.OpType})";
}
