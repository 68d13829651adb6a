using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// How often which score occurs, with the base value from which all of them start. Where it is known what is true of the rows, and that
/// is one of a few classes, each bar is made of the classes' rows: one sees how well the score tells them apart.
/// </summary>
public sealed class ScoreHistogram : ReportSection
{
    private const double Width = PlotFigure.Half;
    private const double AreaHeight = 260;
    private const double Left = 52;
    private const double Right = 20;
    private const double Footer = 42;
    private const double LinkHeight = 24;
    private const double BinWidth = 11;
    private const int MostClasses = 8;

    private readonly ShapValues _values;

    /// <summary>Takes the values.</summary>
    /// <param name="values">The SHAP values.</param>
    public ScoreHistogram(ShapValues values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _values = values;
    }

    /// <summary>What the bars show.</summary>
    public string? Caption { get; init; }

    internal override bool IsPlot => true;

    internal override void Write(HtmlWriter html)
    {
        string[] classes = [.. (_values.Labels ?? []).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length > MostClasses)
            classes = [];
        var legend = new ClassLegend(classes, Width - Left);
        var link = LinkCurve.Of(_values.Link);
        var top = (classes.Length > 0 ? legend.Height + 8 : 8) + (link is null ? 0 : LinkHeight);
        var area = new PlotArea(Left, top, Width - Right, top + AreaHeight);
        var scale = LinearScale.Spanning(_values.Predictions.Append(_values.BaseValue), area.Left, area.Right);
        var bins = Bins(scale, classes);
        var counts = new LinearScale(0, 1.04 * bins.Max(bin => bin.Counts.Sum()), area.Bottom, area.Top);

        new PlotFigure(
            PlotKind.Marks, Width, area.Bottom + Footer,
            $"Scores of {_values.RowCount} rows, from {Numbers.Format(_values.Predictions.Min())} to "
                + $"{Numbers.Format(_values.Predictions.Max())}").Open(html);
        if (classes.Length > 0)
            legend.Write(html, area.Left, 0);
        new PlotAxis(AxisSide.Bottom, scale, area) { HasGrid = false }.Write(html);
        new PlotAxis(AxisSide.Left, counts, area).Write(html);
        if (link is { } curve)
        {
            new PlotAxis(AxisSide.Top, scale, area) { Link = _values.Link, HasGrid = false }.Write(html);
            html.Label(area.Left - 22, area.Top - 7, curve.Short, "tick", "end");
        }

        foreach (var bin in bins)
            WriteBin(html, bin, classes, scale, counts);
        var start = scale.At(_values.BaseValue);
        html.Line(start, area.Top, start, area.Bottom, "zero");
        html.UprightLabel(11, area.Top + AreaHeight / 2, "rows", "title");
        html.Label((area.Left + area.Right) / 2, area.Bottom + 35, $"score of {TextWidth.Shorten(_values.OutputName, area.Width - 60)}",
            "title", "middle");
        PlotFigure.Close(html, Caption ?? "How often which score occurs; the line is the base value, from which all start.");
    }

    private List<Bin> Bins(LinearScale scale, string[] classes)
    {
        var count = (int)((scale.End - scale.Start) / BinWidth);
        var bins = new int[count][];
        for (var row = 0; row < _values.RowCount; row++)
        {
            var place = Math.Min((int)((scale.At(_values.Predictions[row]) - scale.Start) / (scale.End - scale.Start) * count), count - 1);
            bins[place] ??= new int[Math.Max(classes.Length, 1)];
            bins[place][classes.Length > 0 ? Array.IndexOf(classes, _values.Labels![row]) : 0]++;
        }

        return [
            .. bins.Index().Where(bin => bin.Item is not null)
                .Select(bin => new Bin(BoundOf(bin.Index), BoundOf(bin.Index + 1), bin.Item))];

        double BoundOf(int place) => scale.From + (scale.To / count - scale.From / count) * place;
    }

    private void WriteBin(HtmlWriter html, Bin bin, string[] classes, LinearScale scale, LinearScale counts)
    {
        var (left, right) = (scale.At(bin.From) + 0.5, scale.At(bin.To) - 0.5);
        var title =
            $"score {FeatureText.Score(_values, bin.From)} to {FeatureText.Score(_values, bin.To)}\n{Numbers.Count(bin.Counts.Sum())} rows";
        html.Open("g", ("class", "mark")).Element("title",
            title + string.Concat(classes.Zip(bin.Counts, (name, count) => $"\n{name} {Numbers.Count(count)}")));
        html.Rectangle(left, counts.End, right - left, counts.Start - counts.End, "hit");
        var below = 0;
        foreach (var (number, count) in bin.Counts.Index())
        {
            var (bottom, top) = (counts.At(below), counts.At(below + count));
            if (count > 0)
                html.Rectangle(left, top, right - left, bottom - top,
                    classes.Length > 0 ? $"fill {ClassColors.ClassOf(number)}" : "bar rest");
            below += count;
        }

        html.Close();
    }

    /// <summary>Scores from one number to another, and how many rows of each class have them.</summary>
    private readonly record struct Bin(double From, double To, int[] Counts);
}
