namespace Microsoft.ML.Introspection.Reports;

/// <summary>The share of one feature in a prediction.</summary>
/// <param name="Feature">The name of the feature.</param>
/// <param name="Attribution">How much it speaks for (positive) or against (negative) what is explained.</param>
/// <param name="Value">The feature's value in the explained row, as text.</param>
public readonly record struct FeatureAttribution(string Feature, double Attribution, string? Value = null);
