using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// A tree laid out to send many rows through: all rows of a block go down a level at a time, without branches, so that the processor works
/// at several of them at once. A leaf is its own child, where rows wait for the others.
/// </summary>
internal sealed class FlatTree
{
    private readonly Tree _tree;
    private readonly Split[] _splits;
    private readonly bool _plain;

    public FlatTree(Tree tree)
    {
        _tree = tree;
        _plain = true;
        _splits = new Split[tree.Nodes.Length];
        for (var i = 0; i < _splits.Length; i++)
        {
            ref readonly var node = ref tree.Nodes[i];
            var compares = node.IsLeaf
                || node.Kind is SplitKind.Less or SplitKind.LessOrEqual && !node.ZeroIsMissing && double.IsFinite(node.Threshold);
            _plain &= compares;
            _splits[i] = node.IsLeaf ? new Split(0, float.NaN, i, i, false)
                : new Split(node.Feature, compares ? Below(node.Kind, node.Threshold) : float.NaN, node.Right, node.Left, node.MissingLeft);
        }
    }

    /// <summary>Adds the leaves that rows reach to their scores.</summary>
    /// <param name="rows">Shape [N, features].</param>
    /// <param name="features">The length of a row.</param>
    /// <param name="at">Room for a node for each row.</param>
    /// <param name="scores">Shape [N, outputs].</param>
    /// <param name="outputs">How many outputs there are.</param>
    public void Add(ReadOnlySpan<float> rows, int features, Span<int> at, Span<double> scores, int outputs)
    {
        at.Clear();
        if (_plain)
            Descend(rows, features, at);
        else
            DescendOneByOne(rows, features, at);
        for (var row = 0; row < at.Length; row++)
            scores[row * outputs + _tree.Output] += _tree.Nodes[at[row]].Value;
    }

    private void Descend(ReadOnlySpan<float> rows, int features, Span<int> at)
    {
        ref var splits = ref MemoryMarshal.GetArrayDataReference(_splits);
        ref var values = ref MemoryMarshal.GetReference(rows);
        ref var places = ref MemoryMarshal.GetReference(at);
        for (var level = 0; level < _tree.Depth; level++)
        {
            for (var row = 0; row < at.Length; row++)
            {
                ref var split = ref Unsafe.Add(ref splits, Unsafe.Add(ref places, row));
                var value = Unsafe.Add(ref values, row * features + split.Feature);
                var left = Bit(value < split.Threshold) | Bit(float.IsNaN(value)) & split.MissingLeft;
                Unsafe.Add(ref places, row) = Unsafe.Add(ref split.Right, left);
            }
        }
    }

    // Sets of categories, zeros that count as missing, and whatever else no comparison of two numbers tells.
    private void DescendOneByOne(ReadOnlySpan<float> rows, int features, Span<int> at)
    {
        for (var row = 0; row < at.Length; row++)
        {
            var node = 0;
            while (!_tree.Nodes[node].IsLeaf)
                node = _tree.GoesLeft(_tree.Nodes[node], rows[row * features + _tree.Nodes[node].Feature]) ? _tree.Nodes[node].Left
                    : _tree.Nodes[node].Right;
            at[row] = node;
        }
    }

    private static int Bit(bool truth) => Unsafe.BitCast<bool, byte>(truth);

    // The least number of single precision that goes to the right: a value of that precision goes to the left if it is below.
    private static float Below(SplitKind kind, double threshold)
    {
        var rounded = (float)threshold;
        if (rounded < threshold)
            return float.BitIncrement(rounded);
        return rounded == threshold && kind == SplitKind.LessOrEqual ? float.BitIncrement(rounded) : rounded;
    }

    // The two children lie side by side, the right one first, so that "left" is a step of 0 or 1.
    [StructLayout(LayoutKind.Sequential)]
    private struct Split(int feature, float threshold, int right, int left, bool missingLeft)
    {
        public int Feature = feature;
        public float Threshold = threshold;
        public int Right = right;
        public int Left = left;
        public int MissingLeft = missingLeft ? 1 : 0;
    }
}
