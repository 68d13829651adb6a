using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Reading.Learners;

namespace Microsoft.ML.Introspection.Models;

/// <summary>Trees as a step of a network.</summary>
public static class TreeScores
{
    // The version that knows where missing values go.
    private const long Version = 3;

    /// <summary>
    /// The raw scores of rows: one operator, <c>TreeEnsembleRegressor</c> of ai.onnx.ml. Trees are steps and have no gradient: what stands
    /// before them can be explained by asking for scores only.
    /// </summary>
    /// <param name="trees">The trees.</param>
    /// <param name="rows">Shape [N, features], single precision; NaN for missing values.</param>
    /// <returns>Shape [N, outputs], single precision.</returns>
    /// <exception cref="NotSupportedException">
    /// A tree asks for membership in a set or takes zero for missing, or the trees compare in double precision, which the operator does
    /// not do.
    /// </exception>
    public static Value Scores(this TreeEnsemble trees, Value rows)
    {
        ArgumentNullException.ThrowIfNull(trees);
        ArgumentNullException.ThrowIfNull(rows);
        var nodes = trees.Trees.SelectMany((tree, t) =>
            tree.Nodes.ToArray().Select((node, place) => (Tree: (long)t, Place: (long)place, Node: node, Output: (long)tree.Output)))
            .ToArray();
        var leaves = nodes.Where(n => n.Node.IsLeaf).ToArray();
        if (!trees.ComparesSingles || !Array.TrueForAll(nodes, n => n.Node.IsLeaf || IsComparison(n.Node)))
            throw new NotSupportedException("Trees that ask for sets of categories, take zero for missing, or compare in double precision "
                + "cannot be written as TreeEnsembleRegressor.");
        var graph = rows.Graph;
        graph.Domains[LearnerOperators.Domain] = Version;
        return graph.Add("TreeEnsembleRegressor", LearnerOperators.Domain, "", [rows], Attributes.Of(
            ("n_targets", trees.OutputCount),
            ("base_values", trees.BaseScores.Select(s => (float)s).ToArray()),
            ("nodes_treeids", Array.ConvertAll(nodes, n => n.Tree)),
            ("nodes_nodeids", Array.ConvertAll(nodes, n => n.Place)),
            ("nodes_modes", Array.ConvertAll(nodes,
                n => n.Node.IsLeaf ? "LEAF" : n.Node.Kind == SplitKind.Less ? "BRANCH_LT" : "BRANCH_LEQ")),
            ("nodes_featureids", Array.ConvertAll(nodes, n => n.Node.IsLeaf ? 0L : n.Node.Feature)),
            ("nodes_values", Array.ConvertAll(nodes, n => n.Node.IsLeaf ? 0 : Threshold(n.Node))),
            ("nodes_truenodeids", Array.ConvertAll(nodes, n => n.Node.IsLeaf ? 0L : n.Node.Left)),
            ("nodes_falsenodeids", Array.ConvertAll(nodes, n => n.Node.IsLeaf ? 0L : n.Node.Right)),
            ("nodes_missing_value_tracks_true", Array.ConvertAll(nodes, n => n.Node.MissingLeft ? 1L : 0L)),
            ("target_treeids", Array.ConvertAll(leaves, n => n.Tree)),
            ("target_nodeids", Array.ConvertAll(leaves, n => n.Place)),
            ("target_ids", Array.ConvertAll(leaves, n => n.Output)),
            ("target_weights", Array.ConvertAll(leaves, n => (float)n.Node.Value))),
            [(null, ElementType.Float, new Shape(rows.Shape[0], trees.OutputCount))]).Outputs[0];
    }

    private static bool IsComparison(TreeNode node) => node.Kind is SplitKind.Less or SplitKind.LessOrEqual && !node.ZeroIsMissing;

    // The threshold in single precision that parts numbers of single precision as the one in double precision does.
    private static float Threshold(TreeNode node)
    {
        var single = (float)node.Threshold;
        return node.Kind == SplitKind.LessOrEqual ? single > node.Threshold ? float.BitDecrement(single) : single
            : single < node.Threshold ? float.BitIncrement(single) : single;
    }
}
