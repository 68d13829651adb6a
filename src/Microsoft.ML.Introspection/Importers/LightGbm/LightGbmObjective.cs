using System.Globalization;
using Microsoft.ML.Introspection.Importers.Documents;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.LightGbm;

/// <summary>What an objective makes of raw scores.</summary>
internal static class LightGbmObjective
{
    /// <summary>The link of an objective.</summary>
    /// <param name="text">
    /// The name, and parameters such as <c>sigmoid:1</c>; null for an objective of the user's own, whose predictions are its raw scores.
    /// </param>
    /// <exception cref="InvalidModelException">It is unknown, or no link says what it predicts.</exception>
    public static ScoreLink Link(string? text)
    {
        if (text is null)
            return ScoreLink.Identity;
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var sigmoid = Parameter(parts, "sigmoid:");
        if (parts.Contains("sqrt"))
            throw new InvalidModelException("It was trained on the square roots of its labels ('reg_sqrt'), and squares its raw scores "
                + "to predict, which no link says. Train it without, or explain it as a black box.");
        return (parts.Length == 0 ? "" : parts[0]) switch
        {
            "regression" or "regression_l2" or "regression_l1" or "huber" or "fair" or "quantile" or "mape" => ScoreLink.Identity,
            "lambdarank" or "rank_xendcg" or "custom" or "none" => ScoreLink.Identity,
            "poisson" or "gamma" or "tweedie" => ScoreLink.Exponential,
            "binary" or "multiclassova" => ScoreLink.Calibrated(sigmoid, 0),
            "multiclass" => ScoreLink.Softmax,
            "cross_entropy" or "xentropy" => ScoreLink.Logistic,
            "cross_entropy_lambda" or "xentlambda" => throw new InvalidModelException("Its objective is 'cross_entropy_lambda', whose "
                + "predictions ln(1+eˢ) no link says. Train with cross_entropy, or explain it as a black box."),
            _ => throw new InvalidModelException($"Its objective is {Shortened.Text(text)}, and how that makes predictions of raw scores "
                + "is not known."),
        };
    }

    private static double Parameter(string[] parts, string name) =>
        parts.FirstOrDefault(p => p.StartsWith(name, StringComparison.Ordinal)) is not { } given ? 1
        : double.TryParse(given[name.Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            && value > 0 ? value
        : throw new InvalidModelException($"The objective has the parameter {Shortened.Text(given)}; a number above 0 was expected.");
}
