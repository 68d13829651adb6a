// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Trainers.FastTree;

/// <summary>A decision tree. Children below zero are leaves: the complement is the leaf's number.</summary>
public abstract class RegressionTreeBase
{
    private protected RegressionTreeBase()
    {
    }

    public IReadOnlyList<int> LeftChild { get; } = [];

    public IReadOnlyList<int> RightChild { get; } = [];

    public IReadOnlyList<int> NumericalSplitFeatureIndexes { get; } = [];

    public IReadOnlyList<float> NumericalSplitThresholds { get; } = [];

    public IReadOnlyList<bool> CategoricalSplitFlags { get; } = [];

    public IReadOnlyList<double> LeafValues { get; } = [];

    public IReadOnlyList<double> SplitGains { get; } = [];

    public int NumberOfLeaves => LeafValues.Count;

    public int NumberOfNodes => LeftChild.Count;

    public IReadOnlyList<int> GetCategoricalSplitFeaturesAt(int nodeIndex) => [];

    public IReadOnlyList<int> GetCategoricalCategoricalSplitFeatureRangeAt(int nodeIndex) => [];
}

/// <summary>A decision tree that predicts one number.</summary>
public sealed class RegressionTree : RegressionTreeBase
{
    private RegressionTree()
    {
    }
}

/// <summary>A decision tree that keeps labels at its leaves.</summary>
public sealed class QuantileRegressionTree : RegressionTreeBase
{
    private QuantileRegressionTree()
    {
    }
}
