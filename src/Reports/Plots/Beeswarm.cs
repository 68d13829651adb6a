using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// How features act on the whole: a line for each, the most important at the top, on it a dot for every row of the data where its SHAP
/// value lies, in the colour of the feature's value. Red at the right means: large values raise the score.
/// </summary>
/// <remarks>The "summary plot" of Lundberg, Erion, Lee 2018, arXiv:1802.03888.</remarks>
public sealed class Beeswarm : Plot
{
    private const double Width = PlotSpec.Wide;
    private const double LeastRowHeight = 28;
    private const double Reach = 11.5;
    private const double Gap = 12;
    private const double LongestName = 230;
    private const double Header = 30;
    private const double Footer = 44;

    private readonly ShapValues _values;
    private readonly BeeswarmOptions _options;

    /// <summary>Takes the values.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="options">How much is shown.</param>
    public Beeswarm(ShapValues values, BeeswarmOptions? options = null)
    {
        (_values, _options) = (Rounding.WithoutNoise(values), options ?? new());
    }

    internal override void Write(HtmlWriter html)
    {
        var rows = RowSample.Of(_values, _options.MaximumRows);
        var data = html.Plots.For(_values).Showing(rows);

        var lines = FeatureLine.Of(_values, _values.Ranking, _options.MaximumFeatures).Select(line => Line.Of(_values, line)).ToList();
        string[] means = [.. lines.Select(line => Numbers.Format(line.Feature.Features.Sum(feature => _values.MeanAbsolute[feature])))];
        var names = new RowLabels(lines.Select(line => line.Feature.Name), LongestName);
        var rowHeight = names.RowHeight(LeastRowHeight);
        var area = new PlotArea(
            names.Width + Gap, Header, Width - means.Max(TextWidth.Of) - Gap, Header + lines.Count * rowHeight);
        var scale = LinearScale.Spanning(lines.SelectMany(line => line.Values).Append(0), area.Left, area.Right);

        const string caption = "Each dot is a row of the data; where many come together, they pile up.";
        Open(html, new("beeswarm", caption) { Sets = [data.Number], Features = _options.MaximumFeatures }, Width, area.Bottom + Footer,
            LabelOf(lines, means));
        new PlotAxis(AxisSide.Bottom, scale, area).Write(html);
        for (var i = 0; i < lines.Count; i++)
        {
            var middle = area.Top + (i + 0.5) * rowHeight;
            html.Line(area.Left, middle, area.Right, middle, "thread");
            names.Write(html, i, area.Left - Gap, middle, lines[i].Feature.NameKind);
            html.Label(Width, middle + 4.5, means[i], "value", "end");
        }

        var meanTitle = FeatureText.MeanName(_values);
        html.Label(Width, Header - 13, meanTitle, "tick", "end");
        html.OpenArea(area).Open("g", ("class", "moving")).Line(scale.At(0), area.Top, scale.At(0), area.Bottom, "zero");
        for (var i = 0; i < lines.Count; i++)
            WriteDots(html, lines[i], data, rows, scale, area.Top + (i + 0.5) * rowHeight);
        html.Close().Close();
        var title = TextWidth.ShortenInside(FeatureText.Meaning(_values), area.Width);
        html.Label((area.Left + area.Right) / 2, area.Bottom + 37, title, "title", "middle");
        ColorLegend.Write(html, Width - TextWidth.Of(meanTitle) - 2 * Gap, Header - 13, "value of the feature", "low", "high",
            NoneOf(lines), area.Width);
        Close(html, caption, RowSample.Remark(_values, rows.Length));
    }

    private static void WriteDots(HtmlWriter html, Line line, PlotRows data, int[] rows, LinearScale scale, double middle)
    {
        var diameter = rows.Length switch { <= 150 => 5.2, <= 400 => 4.4, <= 1000 => 3.8, _ => 3.2 };
        double[] places = [.. rows.Select(row => scale.At(line.Values[row]))];
        var offsets = Swarm.Offsets(places, diameter, Reach);
        Dot[] dots = [.. rows.Select((row, i) => new Dot(row, places[i], middle + offsets[i], ValueColors.ClassOf(line.Colors[row])))];
        html.Open("g", ("stroke-width", Numbers.Coordinate(diameter)));
        DotLayer.Write(html, dots, data, line.Feature.Use(data));
        html.Close();
    }

    private string LabelOf(List<Line> lines, string[] means) =>
        $"{FeatureText.ValueName(_values)}s by feature, {FeatureText.ScoreName(_values)}; mean absolute values: "
            + string.Join("; ", lines.Zip(means, (line, mean) => $"{line.Feature.Name} {mean}"));

    private static string? NoneOf(List<Line> lines)
    {
        var hasMissing = lines.Exists(line => line.HasMissing);
        var hasOthers = lines.Exists(line => line.HasNoOrder && !line.Feature.IsRest);
        return hasMissing && hasOthers ? "missing, or no order" : hasMissing ? "missing" : hasOthers ? "no order" : null;
    }

    /// <summary>A line of the plot: SHAP values and colours of all rows.</summary>
    private sealed record Line(FeatureLine Feature, double[] Values, int[] Colors, bool HasNoOrder)
    {
        public bool HasMissing => !HasNoOrder && Colors.Contains(-1);

        public static Line Of(ShapValues values, FeatureLine line)
        {
            var hasNoOrder = line.IsRest || values.Texts.ContainsKey(line.Features[0]);
            var column = values.FeatureColumn(line.Features[0]);
            var range = ValueRange.Of(column);
            return new Line(
                line, [.. Enumerable.Range(0, values.RowCount).Select(row => line.In(values, row))],
                [.. column.Select(value => hasNoOrder ? -1 : range.StepOf(value))], hasNoOrder);
        }
    }
}
