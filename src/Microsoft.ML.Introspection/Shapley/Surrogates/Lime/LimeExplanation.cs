using System.Globalization;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>One reason that LIME names.</summary>
/// <param name="Feature">The number of the feature, word, or segment.</param>
/// <param name="Description">What holds of the explained row there: <c>12.5 &lt; mean radius &lt;= 14.1</c>, a word, a segment.</param>
/// <param name="Weight">By how much that raises the score, in the linear model.</param>
public sealed record LimeReason(int Feature, string Description, double Weight);

/// <summary>A linear model that follows a score near one row, and so explains it.</summary>
/// <param name="Output">The name of the score.</param>
/// <param name="Reasons">The features it has, largest weights first, whatever their sign.</param>
/// <param name="Intercept">Its value where nothing of what the reasons describe holds.</param>
/// <param name="Prediction">
/// Its value at the explained row: intercept and weights (times the standardised values, where features are not binned).
/// </param>
/// <param name="Score">The model's own score there.</param>
/// <param name="RSquared">
/// How well it follows the model near the row, the weighted share of variance; far below 1, the reasons say little.
/// </param>
public sealed record LimeExplanation(string Output, IReadOnlyList<LimeReason> Reasons, double Intercept, double Prediction, double Score,
    double RSquared)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Output} = {Score:0.####} ≈ {Intercept:0.####} "
            + $"{string.Join(' ', Reasons.Select(r => $"{r.Weight:+0.####;-0.####;+0} [{r.Description}]"))} (R² {RSquared:F2})");

    internal static LimeExplanation Of(string output, LocalFit fit, Func<int, string> describe, double score) => new(
        output,
        [.. fit.Columns.Select((column, i) => new LimeReason(column, describe(column), fit.Coefficients[i]))
            .OrderByDescending(r => Math.Abs(r.Weight))],
        fit.Intercept, fit.Prediction, score, fit.RSquared);
}
