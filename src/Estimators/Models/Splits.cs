using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers.FastTree;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>The splits of an ML.NET tree. A child below zero is a leaf, whose number is the complement.</summary>
internal sealed class Splits(RegressionTreeBase tree)
{
    // The lists of the tree are looked up once: every access through the interface costs a call.
    private readonly int[] _left = [.. tree.LeftChild];
    private readonly int[] _right = [.. tree.RightChild];
    private readonly int[] _features = [.. tree.NumericalSplitFeatureIndexes];
    private readonly float[] _thresholds = [.. tree.NumericalSplitThresholds];
    private readonly bool[] _categorical = [.. tree.CategoricalSplitFlags];
    private readonly float[]? _missing = UnpublishedMembers.ValuesForMissing(tree);

    public int Count => _left.Length;

    public IReadOnlyList<double> Leaves { get; } = [.. tree.LeafValues];

    public int Left(int split) => _left[split];

    public int Right(int split) => _right[split];

    public bool IsCategorical(int split) => _categorical[split];

    public int Feature(int split) => _features[split] >= 0 ? _features[split]
        : throw new InvalidModelException($"Node {split} of the tree asks feature {_features[split]}; features are counted from 0.");

    public float Threshold(int split) => _thresholds[split];

    /// <summary>Whether a missing value is sent where values up to the threshold go.</summary>
    public bool MissingIsBelow(int split) => _missing is not null && _missing[split] <= _thresholds[split];

    /// <summary>The slots of a categorical split: the row goes right if any of them is above zero.</summary>
    public IReadOnlyList<int> Slots(int split) => tree.GetCategoricalSplitFeaturesAt(split);

    /// <summary>Whether a missing value counts as above zero at a categorical split.</summary>
    public bool MissingIsAboveZero(int split) => _missing is not null && _missing[split] > 0;

    /// <summary>The place of a child where all splits come first and all leaves behind them.</summary>
    public int Place(int child) => child >= 0 ? child : Count + ~child;

    /// <summary>Refuses what is no tree, for whoever walks it before there is one of ours that has been checked.</summary>
    /// <exception cref="InvalidModelException">A child is out of range, or a split is reached twice.</exception>
    public void CheckIsTree()
    {
        var reached = new bool[Count];
        reached[0] = true;
        foreach (var child in _left.Concat(_right))
        {
            if (child >= Count || ~child >= Leaves.Count)
                throw new InvalidModelException(
                    $"A split has the child {child}; there are {Count} splits and {Leaves.Count} leaves (leaf 0 is child -1).");
            if (child >= 0 && reached[child])
                throw new InvalidModelException(
                    $"Node {child} of the tree is reached twice; a tree has one way to every node (this may be a cycle).");
            if (child >= 0)
                reached[child] = true;
        }
    }
}
