// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Calibrators;

/// <summary>Makes a probability of a score.</summary>
public interface ICalibrator
{
    float PredictProbability(float score);
}

/// <summary>A logistic curve over the score.</summary>
public sealed class PlattCalibrator : ICalibrator, ICanSaveModel
{
    internal PlattCalibrator(double slope, double offset) => (Slope, Offset) = (slope, offset);

    public double Slope { get; }

    public double Offset { get; }

    public float PredictProbability(float score) => (float)(1 / (1 + Math.Exp(Slope * score + Offset)));

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("The stand-in has no trained models.");
}

/// <summary>A model whose scores are made probabilities.</summary>
public abstract class CalibratedModelParametersBase
{
    private protected CalibratedModelParametersBase(object subModel, ICalibrator calibrator) => (SubModel, Calibrator) = (subModel, calibrator);

    public object SubModel { get; }

    public ICalibrator Calibrator { get; }
}
