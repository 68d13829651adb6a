// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Trainers.FastTree;

/// <summary>Trees and their weights.</summary>
public abstract class TreeEnsemble<T>
    where T : RegressionTreeBase
{
    private protected TreeEnsemble()
    {
    }

    public double Bias { get; }

    public IReadOnlyList<double> TreeWeights { get; } = [];

    public IReadOnlyList<T> Trees { get; } = [];
}

/// <summary>Trees that predict one number.</summary>
public sealed class RegressionTreeEnsemble : TreeEnsemble<RegressionTree>
{
    private RegressionTreeEnsemble()
    {
    }
}

/// <summary>Trees that keep labels at their leaves.</summary>
public sealed class QuantileRegressionTreeEnsemble : TreeEnsemble<QuantileRegressionTree>
{
    private QuantileRegressionTreeEnsemble()
    {
    }
}
