// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Trainers.FastTree;

/// <summary>A model made of trees.</summary>
public abstract class TreeEnsembleModelParameters : ModelParametersBase<float>
{
    private protected TreeEnsembleModelParameters()
    {
    }
}

/// <summary>Boosted trees; LightGBM's too.</summary>
public abstract class TreeEnsembleModelParametersBasedOnRegressionTree : TreeEnsembleModelParameters
{
    private protected TreeEnsembleModelParametersBasedOnRegressionTree()
    {
    }

    public RegressionTreeEnsemble TrainedTreeEnsemble { get; }
}

/// <summary>Forests.</summary>
public abstract class TreeEnsembleModelParametersBasedOnQuantileRegressionTree : TreeEnsembleModelParameters
{
    private protected TreeEnsembleModelParametersBasedOnQuantileRegressionTree()
    {
    }

    public QuantileRegressionTreeEnsemble TrainedTreeEnsemble { get; }
}

/// <summary>Boosted trees whose sum is a logarithm.</summary>
public sealed class FastTreeTweedieModelParameters : TreeEnsembleModelParametersBasedOnRegressionTree
{
    private FastTreeTweedieModelParameters()
    {
    }
}

/// <summary>A forest whose trees are averaged.</summary>
public sealed class FastForestRegressionModelParameters : TreeEnsembleModelParametersBasedOnQuantileRegressionTree
{
    private FastForestRegressionModelParameters()
    {
    }
}
