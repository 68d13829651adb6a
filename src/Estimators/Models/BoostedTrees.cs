using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers.FastTree;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// Trees of FastTree, FastForest and LightGBM as trees of ours. What counts is what ML.NET computes when it scores: a value goes left
/// if it is not above the threshold, a missing one where the value that stands for it goes, and the leaves are added up without the
/// trees' weights and the ensemble's bias, which ML.NET keeps but does not use.
/// </summary>
internal static class BoostedTrees
{
    /// <summary>Reads all trees.</summary>
    /// <param name="trees">The trees.</param>
    /// <param name="scale">What leaves are multiplied by.</param>
    /// <param name="blocks">Blocks of slots that are one feature; null for none.</param>
    /// <param name="maximumNodes">How many nodes splits on sets of categories may come to.</param>
    /// <exception cref="InvalidModelException">
    /// A tree is damaged, or splits on categories so much that it cannot be written as plain splits.
    /// </exception>
    public static List<Tree> Read(IReadOnlyList<RegressionTreeBase> trees, double scale, OneHotBlocks? blocks, int maximumNodes)
    {
        var read = new List<Tree>(trees.Count);
        var budget = new NodeBudget(maximumNodes);
        for (var i = 0; i < trees.Count; i++)
        {
            // The root's left child being the root itself is how ML.NET says that a tree has no split, and then its output is 0.
            if (trees[i].NumberOfNodes == 0 || trees[i].LeftChild[0] == 0)
                continue;
            try
            {
                read.Add(Read(trees[i], scale, blocks, budget));
            }
            catch (InvalidModelException e)
            {
                throw new InvalidModelException($"Tree {i} of the model: {e.Message}", e);
            }
        }
        return read;
    }

    private static Tree Read(RegressionTreeBase tree, double scale, OneHotBlocks? blocks, NodeBudget budget)
    {
        var splits = new Splits(tree);
        return blocks is not null ? MergedSplits.Read(splits, scale, blocks)
            : tree.CategoricalSplitFlags.Contains(true) ? UnfoldedSplits.Read(splits, scale, budget)
            : new Tree(Plain(splits, scale));
    }

    private static TreeNode[] Plain(Splits splits, double scale)
    {
        var nodes = new TreeNode[splits.Count + splits.Leaves.Count];
        for (var i = 0; i < splits.Count; i++)
            nodes[i] = TreeNode.Comparison(splits.Feature(i), SplitKind.LessOrEqual, splits.Threshold(i),
                splits.Place(splits.Left(i)), splits.Place(splits.Right(i)), splits.MissingIsBelow(i));
        for (var i = 0; i < splits.Leaves.Count; i++)
            nodes[splits.Count + i] = TreeNode.Leaf(splits.Leaves[i] * scale);
        return nodes;
    }
}

/// <summary>How many nodes an ensemble may come to have.</summary>
internal sealed class NodeBudget(int most)
{
    private int _used;

    public void Take()
    {
        if (++_used > most)
            throw new InvalidModelException(
                $"Its splits on sets of categories, one slot for each, make more than {most:N0} nodes of all trees when every slot is "
                    + "asked by itself. " +
                "Explain each block of slots as one feature (OneHotBlocks), or explain the raw columns as a black box.");
    }
}
