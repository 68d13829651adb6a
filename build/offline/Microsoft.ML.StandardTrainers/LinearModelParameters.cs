// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Trainers;

/// <summary>A weighted sum of the features.</summary>
public abstract class LinearModelParameters : ModelParametersBase<float>
{
    private protected LinearModelParameters()
    {
    }

    public IReadOnlyList<float> Weights { get; } = [];

    public float Bias { get; protected set; }
}

/// <summary>A weighted sum that predicts a number.</summary>
public abstract class RegressionModelParameters : LinearModelParameters
{
    private protected RegressionModelParameters()
    {
    }
}

/// <summary>The exponential of a weighted sum.</summary>
public sealed class PoissonRegressionModelParameters : RegressionModelParameters
{
    private PoissonRegressionModelParameters()
    {
    }
}
