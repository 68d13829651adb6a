using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How plots name features, what they are, rows and scores.</summary>
internal static class FeatureText
{
    private const string Unnamed = "score";

    public static string Name(ShapValues values, int feature) =>
        string.IsNullOrWhiteSpace(values.FeatureNames[feature]) ? $"(no name, feature {feature})" : values.FeatureNames[feature];

    /// <summary>What features are called that have no line of their own.</summary>
    public static string Rest(int count) => $"sum of {count} other features";

    /// <summary>What the feature is in a row: the text of a category, a number, or that it is missing.</summary>
    public static string Value(ShapValues values, int row, int feature)
    {
        if (values.TextOf(row, feature) is { } text)
            return string.IsNullOrWhiteSpace(text) ? "(empty)" : text;
        var value = values.FeaturesOf(row)[feature];
        return float.IsNaN(value) ? "missing" : Numbers.Format(value);
    }

    /// <summary>A row's name, or its number.</summary>
    public static string Row(ShapValues values, int row) => values.RowNames?[row] ?? $"row {row}";

    /// <summary>What is explained, of which an output without a name of its own is just the score.</summary>
    public static string ScoreName(ShapValues values) =>
        IsNamed(values) ? $"score of {values.OutputName}" : values.RowOutputs is null ? Unnamed : "score of each row's own class";

    /// <summary>What a value is called: a "SHAP value".</summary>
    public static string ValueName(ShapValues values) => $"{values.Method} value";

    /// <summary>What a value does: only what adds up to a score moves it so far.</summary>
    public static string Meaning(ShapValues values) =>
        $"{ValueName(values)}{(values.AddsUp ? ": how far it moves the" : " for the")} {ScoreName(values)}";

    /// <summary>What the mean of a feature's absolute values is called, in little room.</summary>
    public static string MeanName(ShapValues values) => IsShap(values) ? "mean |SHAP|" : "mean |value|";

    /// <summary>Whether they are Shapley values; those of other methods have its name.</summary>
    public static bool IsShap(ShapValues values) => values.Method == "SHAP";

    /// <summary>What a reader who chooses among several knows them by: the class, or of several methods the method.</summary>
    public static string NameAmong(IReadOnlyList<ShapValues> all, ShapValues values) =>
        AreMethods(all) ? values.Method : values.OutputName;

    /// <summary>Whether several methods explain the same, instead of one method several outputs.</summary>
    public static bool AreMethods(IReadOnlyList<ShapValues> all) => all.Select(values => values.Method).Distinct().Skip(1).Any();

    /// <summary>Whether all rows start at one base value.</summary>
    public static bool HasBase(ShapValues values) => values is { AddsUp: true, BaseValues: null };

    /// <summary>Whether what is explained has a name that tells more than that it is a score.</summary>
    public static bool IsNamed(ShapValues values) =>
        !string.IsNullOrWhiteSpace(values.OutputName) && !string.Equals(values.OutputName, Unnamed, StringComparison.OrdinalIgnoreCase);

    /// <summary>A score, and the prediction that belongs to it where there is one.</summary>
    public static string Score(ShapValues values, double score) => LinkCurve.Of(values.Link) is { } curve
        ? $"{Numbers.Format(score)} ({curve.Format(curve.PredictionAt(score))})"
        : Numbers.Format(score);

    /// <summary>
    /// The features to show, the most important first, and those that are left for a sum. A single one left over is shown as itself.
    /// </summary>
    public static (IReadOnlyList<int> Shown, IReadOnlyList<int> Left) Split(IReadOnlyList<int> ranking, int maximum)
    {
        var shown = ranking.Count <= maximum + 1 ? ranking.Count : maximum;
        return ([.. ranking.Take(shown)], [.. ranking.Skip(shown)]);
    }
}
