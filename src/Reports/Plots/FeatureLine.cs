using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A line of a plot: a feature, or at the end all that have no line of their own.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Features">The features that are summed up in it.</param>
internal sealed record FeatureLine(string Name, IReadOnlyList<int> Features)
{
    /// <summary>Whether it stands for all others.</summary>
    public bool IsRest => Features.Count > 1;

    /// <summary>How its name is drawn.</summary>
    public string NameKind => IsRest ? "name rest" : "name";

    /// <summary>The lines of a plot, the most important feature first. A single one left over is shown as itself.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="ranking">The features in the order of their importance.</param>
    /// <param name="maximum">How many have a line of their own.</param>
    public static IReadOnlyList<FeatureLine> Of(ShapValues values, IReadOnlyList<int> ranking, int maximum)
    {
        var (shown, rest) = FeatureText.Split(ranking, maximum);
        var lines = shown.Select(feature => new FeatureLine(FeatureText.Name(values, feature), [feature])).ToList();
        if (rest.Count > 0)
            lines.Add(new FeatureLine(FeatureText.Rest(rest.Count), rest));
        return lines;
    }

    /// <summary>The line's part in the score of a row.</summary>
    public double In(ShapValues values, int row)
    {
        var own = values.ForRow(row);
        var sum = 0.0;
        foreach (var feature in Features)
            sum += own[feature];
        return sum;
    }

    /// <summary>Shows it.</summary>
    /// <returns>How marks name it.</returns>
    public string Use(PlotRows data) => IsRest ? "rest" : data.Use(Features[0]);
}
