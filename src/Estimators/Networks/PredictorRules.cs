using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>Trained models: the columns Score, Probability and PredictedLabel.</summary>
internal static class PredictorRules
{
    /// <summary>A column of a model.</summary>
    public static StepPlan Prediction(StepSite site, IPredictionTransformer<object> predictor)
    {
        var why = $"a model of type {predictor.Model.GetType().Name.Split('`')[0]} cannot be written in operators; it can only be asked "
            + "for scores";
        if (predictor is FieldAwareFactorizationMachinePredictionTransformer machine)
            return Factorisation.Prediction(site, machine);
        if (predictor is not ISingleFeaturePredictionTransformer<object> { FeatureColumnName: { } features }
            || site.Column(features).Size is not { } size || site.Step.Held(() => Head.Of(predictor.Model, size)) is not { } head)
            return StepPlan.Not(why);
        return Told(site, head, predictor, write => StepPlan.Of(features, x => write(x.Cast(ElementType.Float)))) ?? StepPlan.Not(why);
    }

    /// <summary>Probabilities made of scores by a step of their own.</summary>
    public static StepPlan Calibration(StepSite site, IPredictionTransformer<ICalibrator> calibration) =>
        calibration is ISingleFeaturePredictionTransformer<ICalibrator> { FeatureColumnName: { } scores }
            && Curves.Of(calibration.Model) is { } curve
            ? StepPlan.Of(scores, curve)
            : StepPlan.Not($"the calibration {calibration.Model.GetType().Name} cannot be written in operators");

    /// <summary>The plan of a column by what it tells.</summary>
    /// <param name="site">The column.</param>
    /// <param name="head">The model.</param>
    /// <param name="predictor">The step.</param>
    /// <param name="plan">Makes the plan of what is to be made of the features.</param>
    /// <returns>Null for columns that tell something else.</returns>
    public static StepPlan? Told(StepSite site, Head head, ITransformer predictor, Func<Func<Value, Value>, StepPlan> plan)
    {
        switch (Kind(site.Made))
        {
            case "Score":
                return plan(head.Score);
            case "Probability" when head.Probability is { } probability:
                return plan(x => probability(head.Score(x)));
            case "PredictedLabel" when site.Item is BooleanDataViewType:
                var (column, threshold) = UnpublishedSteps.ThresholdOf(predictor);
                if (column == "Score")
                    return plan(x => head.Score(x).Greater(threshold));
                return head.Probability is { } curve ? plan(x => curve(head.Score(x)).Greater(threshold)) : null;
            case "PredictedLabel" when site.Item is KeyDataViewType:
                return plan(x => (head.SmallestIsBest ? -head.Score(x) : head.Score(x)).ArgMax(1, keepDimensions: true) + 1);
            default:
                return null;
        }
    }

    // ML.NET says of the columns of models what they tell.
    private static string Kind(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull("ScoreValueKind")?.Type is not TextDataViewType)
            return "";
        ReadOnlyMemory<char> kind = default;
        column.Annotations.GetValue("ScoreValueKind", ref kind);
        return kind.ToString();
    }
}
