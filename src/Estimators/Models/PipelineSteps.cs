using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// The parts of a fitted pipeline: what prepares the features, the model that is asked, and what calibrates its scores behind it.
/// </summary>
internal sealed class PipelineSteps
{
    private PipelineSteps(IReadOnlyList<ITransformer> before, IPredictionTransformer<object>? predictor, IReadOnlyList<ITransformer> after,
        ICalibrator? calibrator) =>
        (Before, Predictor, After, Calibrator) = (before, predictor, after, calibrator);

    /// <summary>What comes before the model; everything where there is none.</summary>
    public IReadOnlyList<ITransformer> Before { get; }

    /// <summary>The last model of the pipeline; null where there is none.</summary>
    public IPredictionTransformer<object>? Predictor { get; }

    /// <summary>What comes behind the model.</summary>
    public IReadOnlyList<ITransformer> After { get; }

    /// <summary>The last calibration behind the model; null where there is none.</summary>
    public ICalibrator? Calibrator { get; }

    /// <summary>Takes a pipeline apart, chains within chains too.</summary>
    public static PipelineSteps Of(ITransformer pipeline)
    {
        var steps = ChainSteps.Of(pipeline).ToList();
        ICalibrator? calibrator = null;
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            if (steps[i] is not IPredictionTransformer<object> found)
                continue;
            // A calibration is a prediction transformer too; its model is the curve.
            if (found.Model is not ICalibrator curve)
                return new PipelineSteps(steps[..i], found, steps[(i + 1)..], calibrator);
            calibrator ??= curve;
        }
        return new PipelineSteps(steps, null, [], null);
    }
}
