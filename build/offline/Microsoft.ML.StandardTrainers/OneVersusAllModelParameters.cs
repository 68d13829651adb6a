// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>A model for every class that tells it from the others.</summary>
public sealed class OneVersusAllModelParameters : ModelParametersBase<VBuffer<float>>
{
    private OneVersusAllModelParameters()
    {
    }
}
