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

    /// <summary>The rows that reach the trees.</summary>
    /// <inheritdoc cref="TreeRows.Find"/>
    public TreeRows Input() => TreeRows.Find(_graph, _trees);

    /// <summary>How scores leave.</summary>
    /// <inheritdoc cref="ScoreWay.Find"/>
    public ScoreWay Output(OnnxForest forest) => ScoreWay.Find(_graph, _trees, forest);

    /// <summary>Whether a node is of an operator of the standard's own domain.</summary>
    internal static bool Is(NodeProto node, string operatorType) => node.Domain is "" or "ai.onnx" && node.OpType == operatorType;

    /// <summary>What errors call a node.</summary>
    internal static string Named(NodeProto node) =>
        $"the node '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault())}' ({node.OpType})";
}
