using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>Trees over slots as trees over features of which some are whole blocks of slots.</summary>
internal static class MergedSplits
{
    /// <summary>Writes one tree.</summary>
    public static Tree Read(Splits splits, double scale, OneHotBlocks blocks)
    {
        var nodes = new TreeNode[splits.Count + splits.Leaves.Count];
        var sets = new List<double[]>();
        for (var i = 0; i < splits.Count; i++)
            nodes[i] = splits.IsCategorical(i) ? Categories(splits, i, blocks, sets) : Number(splits, i, blocks, sets);
        for (var i = 0; i < splits.Leaves.Count; i++)
            nodes[splits.Count + i] = TreeNode.Leaf(splits.Leaves[i] * scale);
        return new Tree(nodes, sets);
    }

    private static TreeNode Categories(Splits splits, int split, OneHotBlocks blocks, List<double[]> sets)
    {
        var slots = splits.Slots(split);
        foreach (var slot in slots)
            Check(slot, blocks, split);
        var features = slots.Select(blocks.FeatureOf).Distinct().ToArray();
        if (features.Length > 1 || features is [var only] && !blocks.IsBlock(only))
            throw new InvalidModelException(
                $"Node {split} of the tree asks the slots {string.Join(", ", slots.Take(20))} at once, which do not lie in one block.");
        var feature = features is [var one] ? one : 0;
        sets.Add([.. slots.Select(s => (double)(s - blocks.FirstSlot(feature)))]);
        return Members(splits, split, feature, sets.Count - 1);
    }

    private static TreeNode Number(Splits splits, int split, OneHotBlocks blocks, List<double[]> sets)
    {
        var slot = splits.Feature(split);
        Check(slot, blocks, split);
        var feature = blocks.FeatureOf(slot);
        var threshold = splits.Threshold(split);
        if (!blocks.IsBlock(feature))
            return TreeNode.Comparison(feature, SplitKind.LessOrEqual, threshold, splits.Place(splits.Left(split)),
                splits.Place(splits.Right(split)), splits.MissingIsBelow(split));
        // The slot is 0 or 1. Where both go the same way, no category is asked for.
        if (!(threshold >= 0))
        {
            sets.Add([]);
            return TreeNode.Membership(feature, SplitKind.Category, sets.Count - 1, splits.Place(splits.Left(split)),
                splits.Place(splits.Right(split)));
        }
        sets.Add(threshold < 1 ? [slot - blocks.FirstSlot(feature)] : []);
        return Members(splits, split, feature, sets.Count - 1);
    }

    private static TreeNode Members(Splits splits, int split, int feature, int set) =>
        TreeNode.Membership(feature, SplitKind.Category, set, splits.Place(splits.Right(split)), splits.Place(splits.Left(split)));

    private static void Check(int slot, OneHotBlocks blocks, int split)
    {
        if (slot < 0 || slot >= blocks.SlotCount)
            throw new InvalidModelException(
                $"Node {split} of the tree asks slot {slot}; a row has {blocks.SlotCount} slots, 0 to {blocks.SlotCount - 1}.");
    }
}
