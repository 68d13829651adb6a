using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// Trees that ask several slots at once (is any of these above zero?), written as trees that ask one after the other. What lies to the
/// right is repeated for every slot that may be the one; what the way there has told about slots is not asked again. The result is the
/// same function of any row, be it one-hot or not.
/// </summary>
internal static class UnfoldedSplits
{
    /// <summary>Writes one tree.</summary>
    public static Tree Read(Splits splits, double scale, NodeBudget budget)
    {
        splits.CheckIsTree();
        var nodes = new List<TreeNode>();
        var open = new Stack<Branch>();
        // What one split takes for above zero, another may not, if values stand for missing ones; then nothing is concluded.
        var concludes = !Enumerable.Range(0, splits.Count).Any(i => splits.IsCategorical(i) && splits.MissingIsAboveZero(i));
        open.Push(new Branch(0, 0, Side.Root, null));
        while (open.TryPop(out var branch))
        {
            var at = branch.Child;
            var known = branch.Known;
            while (at >= 0 && splits.IsCategorical(at))
            {
                var slots = splits.Slots(at);
                if (slots.Count == 0 || concludes && slots.All(s => Known.Of(known, s) == false))
                    at = splits.Left(at);
                else if (concludes && slots.Any(s => Known.Of(known, s) == true))
                    at = splits.Right(at);
                else
                    break;
            }
            if (at < 0)
                Attach(branch, Add(TreeNode.Leaf(splits.Leaves[~at] * scale)));
            else if (splits.IsCategorical(at))
                Attach(branch, Chain(at, known));
            else
                Attach(branch, Compare(at, known));
        }
        return new Tree(nodes.ToArray());

        int Add(TreeNode node)
        {
            budget.Take();
            nodes.Add(node);
            return nodes.Count - 1;
        }

        void Attach(Branch branch, int place)
        {
            if (branch.Side == Side.Root)
                return;
            var parent = nodes[branch.Parent];
            nodes[branch.Parent] = branch.Side == Side.Left ? parent.At(place, parent.Right) : parent.At(parent.Left, place);
        }

        int Compare(int split, Known? known)
        {
            var place =
                Add(TreeNode.Comparison(splits.Feature(split), SplitKind.LessOrEqual, splits.Threshold(split), -1, -1,
                    splits.MissingIsBelow(split)));
            open.Push(new Branch(splits.Right(split), place, Side.Right, known));
            open.Push(new Branch(splits.Left(split), place, Side.Left, known));
            return place;
        }

        int Chain(int split, Known? known)
        {
            var first = -1;
            var last = -1;
            foreach (var slot in splits.Slots(split))
            {
                if (concludes && Known.Of(known, slot) == false)
                    continue;
                var place = Add(TreeNode.Comparison(slot, SplitKind.LessOrEqual, 0, -1, -1, !splits.MissingIsAboveZero(split)));
                if (last >= 0)
                    nodes[last] = nodes[last].At(place, nodes[last].Right);
                else
                    first = place;
                open.Push(new Branch(splits.Right(split), place, Side.Right, new Known(slot, true, known)));
                known = new Known(slot, false, known);
                last = place;
            }
            open.Push(new Branch(splits.Left(split), last, Side.Left, known));
            return first;
        }
    }

    private enum Side
    {
        Root,
        Left,
        Right,
    }

    private readonly record struct Branch(int Child, int Parent, Side Side, Known? Known);

    /// <summary>Whether a slot is above zero, and what else the way from the root has told.</summary>
    private sealed record Known(int Slot, bool AboveZero, Known? Before)
    {
        public static bool? Of(Known? known, int slot)
        {
            for (; known is not null; known = known.Before)
                if (known.Slot == slot)
                    return known.AboveZero;
            return null;
        }
    }
}
