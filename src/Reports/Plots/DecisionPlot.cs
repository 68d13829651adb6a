using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// How many rows come by their scores: each is a line that starts at the base value at the bottom, takes one feature after the other, the
/// most important last, and ends at its score at the top, in the colour of the score. Rows decided alike run together.
/// </summary>
/// <remarks>The "decision plot" of the shap library; values of Lundberg et al. 2020, Nature Machine Intelligence 2, 56–67.</remarks>
public sealed class DecisionPlot : Plot
{
    private const double Width = PlotSpec.Wide;
    private const double LeastRowHeight = 24;
    private const double Gap = 12;
    private const double LongestName = 230;
    private const double Header = 30;
    private const double LinkHeight = 26;
    private const double Footer = 44;

    private readonly ShapValues _values;
    private readonly DecisionOptions _options;

    /// <summary>Takes the values.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="options">What is shown.</param>
    public DecisionPlot(ShapValues values, DecisionOptions? options = null)
    {
        (_values, _options) = (Rounding.WithoutNoise(PlotLimits.CheckSums(values)), options ?? new());
        foreach (var row in _options.Highlight)
            _ = values.ForRow(row);
        if (_options.Highlight.Count > _options.MaximumRows)
            throw new ArgumentException($"{_options.Highlight.Count} rows are to stand out; at most {_options.MaximumRows} are drawn.",
                nameof(options));
    }

    internal override void Write(HtmlWriter html)
    {
        var features = FeatureLine.Of(_values, _values.Ranking, _options.MaximumFeatures);
        var rows = RowSample.Of(_values, _options.MaximumRows, _options.Highlight, endsOfFeatures: false);
        var data = html.Plots.For(_values).Showing(rows);
        var names = new RowLabels(features.Select(line => line.Name), LongestName);
        var rowHeight = names.RowHeight(LeastRowHeight);

        var top = Header + (LinkCurve.Of(_values.Link) is null ? 0 : LinkHeight);
        var area = new PlotArea(names.Width + Gap, top, Width - 24, top + features.Count * rowHeight);
        var lines = rows.Select(row => Line.Of(_values, row, features)).ToList();
        var scale = LinearScale.Spanning(lines.SelectMany(line => line.Scores), area.Left, area.Right);
        var range = ValueRange.Of(_values.Predictions.Select(score => (float)score));

        const string caption = "Each line is a row on its way from the base value at the bottom to its score at the top.";
        Open(html,
            new("decision", caption)
            {
                Sets = [data.Number], Features = _options.MaximumFeatures, Rows = _options.MaximumRows, Strong = [.. _options.Highlight],
            },
            Width, area.Bottom + Footer,
            $"Decision plot of {rows.Length} rows, from the base value to the "
                + FeatureText.ScoreName(_values));
        new PlotAxis(AxisSide.Bottom, scale, area).Write(html);
        if (LinkCurve.Of(_values.Link) is { } curve)
        {
            new PlotAxis(AxisSide.Top, scale, area) { Link = _values.Link, HasGrid = false }.Write(html);
            html.Label(area.Left - Gap, area.Top - 7, curve.Name, "tick", "end");
        }

        for (var i = 0; i < features.Count; i++)
        {
            var upper = area.Top + i * rowHeight;
            features[i].Use(data);
            names.Write(html, i, area.Left - Gap, upper + rowHeight / 2, features[i].NameKind);
            html.Line(area.Left, upper, area.Right, upper, "thread");
        }

        html.OpenArea(area).Open("g", ("class", "moving"));
        if (_values.BaseValues is null)
            html.Line(scale.At(_values.BaseValue), area.Top, scale.At(_values.BaseValue), area.Bottom, "zero");
        WriteLines(html, lines, data, scale, range, area.Bottom, rowHeight);
        html.Close().Close();
        html.Label((area.Left + area.Right) / 2, area.Bottom + 37,
            TextWidth.ShortenInside(FeatureText.ScoreName(_values), area.Width), "title", "middle");
        ColorLegend.Write(
            html, area.Right, 13, "score", Numbers.Format(range.Low), Numbers.Format(range.High), null, area.Width);
        Close(html, caption, Remark(rows.Length));
    }

    private void WriteLines(HtmlWriter html, List<Line> lines, PlotRows data, LinearScale scale, ValueRange range, double bottom,
        double rowHeight)
    {
        // Those that stand out lie on top.
        foreach (var line in lines.OrderBy(line => _options.Highlight.Contains(line.Row)))
        {
            var path = new PathData();
            foreach (var (step, score) in line.Scores.Index())
            {
                var y = bottom - step * rowHeight;
                _ = step == 0 ? path.Move(scale.At(score), y) : path.Line(scale.At(score), y);
            }

            var color = ValueColors.ClassOf(range.StepOf((float)line.Scores[^1]));
            html.Path(path.ToString(), data.Use([line.Row]),
                ("class", _options.Highlight.Contains(line.Row) ? $"row strong {color}" : $"row {color}"));
        }
    }

    private string Remark(int drawn) => drawn == _values.RowCount ? ""
        : $" {Numbers.Count(drawn)} of {Numbers.Count(_values.RowCount)} rows, evenly spread over the scores, are drawn.";

    /// <summary>The score after each step, from the base value on.</summary>
    private readonly record struct Line(int Row, double[] Scores)
    {
        public static Line Of(ShapValues values, int row, IReadOnlyList<FeatureLine> features)
        {
            var scores = new List<double> { values.BaseValueOf(row) };
            foreach (var feature in features.Reverse())
                scores.Add(scores[^1] + feature.In(values, row));
            return new Line(row, [.. scores]);
        }
    }
}
