// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Trainers.FastTree;

/// <summary>A sum of step functions, one for each feature.</summary>
public abstract class GamModelParametersBase : ModelParametersBase<float>
{
    public readonly double Bias;

    public readonly int NumberOfShapeFunctions;

    private protected GamModelParametersBase()
    {
    }

    public IReadOnlyList<double> GetBinUpperBounds(int featureIndex) => [];

    public IReadOnlyList<double> GetBinEffects(int featureIndex) => [];
}
