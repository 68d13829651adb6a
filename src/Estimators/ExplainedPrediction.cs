namespace Microsoft.ML.Introspection.Estimators;

/// <summary>What a raw column adds to what is explained of a row.</summary>
/// <param name="Column">The column.</param>
/// <param name="Value">Its SHAP value: above 0 it raises the score, below it lowers it.</param>
public sealed record Reason(string Column, float Value);

/// <summary>A prediction and its reasons.</summary>
/// <param name="PredictedLabel">
/// What is predicted, as a text: of classes the label; null where the model predicts a number, which is in <paramref name="Scores"/>.
/// </param>
/// <param name="Scores">What stands in the column Score: one number, or one for each class.</param>
/// <param name="Probability">The probability of the positive class of two, where the model tells one; else null.</param>
/// <param name="Classes">What the scores are called, where there are several; else empty.</param>
/// <param name="Explained">Whose score is explained: of several classes the predicted one; else "Score".</param>
/// <param name="BaseValue">What is expected before any column is known.</param>
/// <param name="Total">The base value and all reasons together: the raw score that is explained, before any softmax or calibration.</param>
/// <param name="Reasons">A reason for each raw column, the strongest first, for or against.</param>
public sealed record ExplainedPrediction(
    string? PredictedLabel, IReadOnlyList<float> Scores, float? Probability, IReadOnlyList<string> Classes, string Explained,
    float BaseValue, float Total, IReadOnlyList<Reason> Reasons);
