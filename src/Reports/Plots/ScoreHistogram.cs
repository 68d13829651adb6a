using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// How often which score occurs, with the base value from which all of them start. Where it is known what is true of the rows, and that
/// is one of a few classes, each bar is made of the classes' rows: one sees how well the score tells them apart.
/// </summary>
public sealed class ScoreHistogram : Plot
{
    private const double Width = PlotSpec.Half;
    private const double AreaHeight = 260;
    private const double Left = 52;
    private const double Right = 20;
    private const double Footer = 42;
    private const double LinkHeight = 24;

    private readonly ShapValues _values;

    /// <summary>Takes the values.</summary>
    /// <param name="values">The SHAP values.</param>
    public ScoreHistogram(ShapValues values)
    {
        _values = Rounding.WithoutNoise(values);
    }

    internal override void Write(HtmlWriter html)
    {
        var data = html.Plots.For(_values);
        var found = ScoreCounts.Of(_values);
        data.Scores = found;
        var classes = found.Classes;
        string[] colors = [.. classes.Select(html.Plots.Colors.Of)];
        var legend = new ClassLegend(classes.Zip(colors), Width - Left);
        var link = LinkCurve.Of(_values.Link);
        var top = (classes.Count > 0 ? legend.Height + 8 : 8) + (link is null ? 0 : LinkHeight);
        var area = new PlotArea(Left, top, Width - Right, top + AreaHeight);
        var scale = new LinearScale(found.From, found.To, area.Left, area.Right);
        var counts = new LinearScale(0, 1.04 * found.Most, area.Bottom, area.Top);

        var caption = FeatureText.HasBase(_values)
            ? "How often which score occurs; the line is the base value, from which all start." : "How often which score occurs.";
        Open(html, new("histogram", caption) { Sets = [data.Number] }, Width, area.Bottom + Footer,
            $"Scores of {Numbers.Count(_values.RowCount)} rows, from {Numbers.Format(_values.Predictions.Min())} to "
                + $"{Numbers.Format(_values.Predictions.Max())}");
        if (classes.Count > 0)
            legend.Write(html, area.Left, 0);
        new PlotAxis(AxisSide.Bottom, scale, area) { HasGrid = false }.Write(html);
        new PlotAxis(AxisSide.Left, counts, area).Write(html);
        if (link is { } curve)
        {
            new PlotAxis(AxisSide.Top, scale, area) { Link = _values.Link, HasGrid = false }.Write(html);
            html.Label(area.Left - 22, area.Top - 7, curve.Short, "tick", "end");
        }

        for (var bin = 0; bin < ScoreCounts.Bins; bin++)
            if (found.Counts[bin].Sum() > 0)
                WriteBin(html, found, bin, colors, scale, counts);
        var start = scale.At(_values.BaseValue);
        if (FeatureText.HasBase(_values))
            html.Line(start, area.Top, start, area.Bottom, "zero");
        html.UprightLabel(11, area.Top + AreaHeight / 2, "rows", "title");
        html.Label((area.Left + area.Right) / 2, area.Bottom + 35, TextWidth.ShortenInside(FeatureText.ScoreName(_values), area.Width),
            "title", "middle");
        Close(html, caption);
    }

    private void WriteBin(HtmlWriter html, ScoreCounts found, int bin, string[] colors, LinearScale scale, LinearScale counts)
    {
        var (from, to) = (found.BoundOf(bin), found.BoundOf(bin + 1));
        var (left, right) = (scale.At(from) + 0.5, scale.At(to) - 0.5);
        var rows = found.Counts[bin];
        var title =
            $"score {FeatureText.Score(_values, from)} to {FeatureText.Score(_values, to)}\n{Numbers.Count(rows.Sum())} rows";
        html.Open("g", ("class", "mark")).Element("title",
            title + string.Concat(found.Classes.Zip(rows, (name, count) => $"\n{name} {Numbers.Count(count)}")));
        html.Rectangle(left, counts.End, right - left, counts.Start - counts.End, "hit");
        var below = 0;
        foreach (var (number, count) in rows.Index())
        {
            var (bottom, top) = (counts.At(below), counts.At(below + count));
            if (count > 0)
                html.Rectangle(left, top, right - left, bottom - top, colors.Length > 0 ? $"fill {colors[number]}" : "bar rest");
            below += count;
        }

        html.Close();
    }
}
