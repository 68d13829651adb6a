using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What is said where reasons do not add up to the model's own score.</summary>
internal static class GapText
{
    /// <summary>What a row's reasons leave open; nothing where that is rounding.</summary>
    public static string Of(ShapValues values, int row) => Rounding.GapOf(values, row) is { } gap
        ? $"The model's own score is {Numbers.Format(values.Scores![row])}: {Numbers.Signed(gap)} of it is not explained."
        : "";

    /// <summary>What is wrong with some values; null if nothing is.</summary>
    public static string? Of(IReadOnlyList<ShapValues> outputs)
    {
        var gaps = outputs
            .SelectMany(values => Enumerable.Range(0, values.RowCount), (values, row) => (values, row, Gap: Rounding.GapOf(values, row)))
            .Where(item => item.Gap is not null).ToList();
        if (gaps.Count == 0)
            return null;
        var (worst, at, gap) = gaps.MaxBy(item => Math.Abs(item.Gap!.Value));
        var name = outputs.Count > 1 ? $" of {worst.OutputName}" : "";
        var sums = Numbers.Count(outputs.Sum(values => values.RowCount));
        return "These values do not add up to the model's scores, so they must not be read as its reasons. In "
            + $"{Numbers.Count(gaps.Count)} of {sums} sums, base value and SHAP values miss the model's own score by more than rounding; "
            + $"the most in {FeatureText.Row(worst, at)}{name}: they sum to {Numbers.Format(worst.Predictions[at])}, the score is "
            + $"{Numbers.Format(worst.Scores![at])} ({Numbers.Signed(gap!.Value)}). As a rule the scores are in another unit "
            + "(probabilities, where log-odds or margins are explained) or those of another model, or columns were overwritten between "
            + "scoring and explaining.";
    }
}
