// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>A weighted sum of the features for every class.</summary>
public abstract class LinearMulticlassModelParametersBase : ModelParametersBase<VBuffer<float>>
{
    private protected LinearMulticlassModelParametersBase()
    {
    }

    public void GetWeights(ref VBuffer<float>[] weights, out int numClasses) => numClasses = 0;

    public IEnumerable<float> GetBiases() => [];
}

/// <summary>Weighted sums whose softmax is the prediction.</summary>
public sealed class MaximumEntropyModelParameters : LinearMulticlassModelParametersBase
{
    private MaximumEntropyModelParameters()
    {
    }
}
