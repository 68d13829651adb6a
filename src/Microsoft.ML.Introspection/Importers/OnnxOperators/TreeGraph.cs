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

    /// <summary>A graph around one of its operators with trees.</summary>
    public static TreeGraph Of(GraphProto graph, NodeProto trees) => new(graph, trees);

    /// <summary>The operators of a graph that hold trees.</summary>
    public static IReadOnlyList<NodeProto> In(GraphProto graph) =>
        [.. graph.Node.Where(n => n.Domain == LearnerOperators.Domain && Operators.Contains(n.OpType))];

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
