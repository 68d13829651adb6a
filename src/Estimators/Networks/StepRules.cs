using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>How the steps of ML.NET are written in operators: a line a step.</summary>
internal static class StepRules
{
    /// <summary>The plan of a column.</summary>
    /// <param name="site">The column and its step.</param>
    public static StepPlan Plan(StepSite site) => site.Step.Transformer switch
    {
        ColumnCopyingTransformer => StepPlan.Copy(site.Source.Name),
        ColumnConcatenatingTransformer concatenation => ColumnRules.Concatenation(site, concatenation),
        TypeConvertingTransformer => ColumnRules.Conversion(site),
        ValueToKeyMappingTransformer => KeyRules.KeysOfValues(site),
        KeyToVectorMappingTransformer => KeyRules.OneHot(site),
        NormalizingTransformer normalization => NormalizationRules.Normalization(site, normalization),
        LpNormNormalizingTransformer norm => NormalizationRules.Norm(site, norm),
        MissingValueReplacingTransformer replacement => MissingRules.Replacement(site, replacement),
        MissingValueIndicatorTransformer => MissingRules.Indicator(site),
        PrincipalComponentAnalysisTransformer components => ColumnRules.Projection(site, components),
        OnnxTransformer onnx => OnnxRule.Outputs(site, onnx),
        IPredictionTransformer<ICalibrator> calibration => PredictorRules.Calibration(site, calibration),
        IPredictionTransformer<object> predictor => PredictorRules.Prediction(site, predictor),
        { } other when other.GetType().Name == "SlotsDroppingTransformer" => ColumnRules.KeptSlots(site, other),
        _ => StepPlan.Not("it cannot be written in operators"),
    };
}
