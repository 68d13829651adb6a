using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// How many rows come by their scores: each is a line that starts at the base value at the bottom, takes one feature after the other, the
/// most important last, and ends at its score at the top, in the colour of the score. Rows decided alike run together.
/// </summary>
/// <remarks>The "decision plot" of the shap library; values of Lundberg et al. 2020, Nature Machine Intelligence 2, 56–67.</remarks>
public sealed class DecisionPlot : ReportSection
{
    private const double Width = PlotFigure.Wide;
    private const double RowHeight = 24;
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
        ArgumentNullException.ThrowIfNull(values);
        (_values, _options) = (values, options ?? new());
        foreach (var row in _options.Highlight)
            _ = values.ForRow(row);
        if (_options.Highlight.Count > _options.MaximumRows)
            throw new ArgumentException($"{_options.Highlight.Count} rows are to stand out; at most {_options.MaximumRows} are drawn.",
                nameof(options));
    }

    /// <summary>What the lines show.</summary>
    public string? Caption { get; init; }

    internal override bool IsPlot => true;

    internal override void Write(HtmlWriter html)
    {
        var features = FeatureLine.Of(_values, _values.Ranking, _options.MaximumFeatures);
        var rows = RowSample.Of(_values, _options.MaximumRows, _options.Highlight, endsOfFeatures: false);
        var data = html.Plots.For(_values).Showing(rows);
        var names = new RowLabels(features.Select(line => line.Name), LongestName);

        var top = Header + (LinkCurve.Of(_values.Link) is null ? 0 : LinkHeight);
        var area = new PlotArea(names.Width + Gap, top, Width - 24, top + features.Count * RowHeight);
        var lines = rows.Select(row => Line.Of(_values, row, features)).ToList();
        var scale = LinearScale.Spanning(lines.SelectMany(line => line.Scores), area.Left, area.Right);
        var range = ValueRange.Of(_values.Predictions.Select(score => (float)score));

        var figure = new PlotFigure(
            PlotKind.Lines, Width, area.Bottom + Footer,
            $"Decision plot of {rows.Length} rows, from base value {Numbers.Format(_values.BaseValue)} to their scores of "
                + $"{_values.OutputName}")
        {
            Rows = data,
            Zoom = "x",
        };
        figure.Open(html);
        new PlotAxis(AxisSide.Bottom, scale, area).Write(html);
        if (LinkCurve.Of(_values.Link) is { } curve)
        {
            new PlotAxis(AxisSide.Top, scale, area) { Link = _values.Link, HasGrid = false }.Write(html);
            html.Label(area.Left - Gap, area.Top - 7, curve.Name, "tick", "end");
        }

        for (var i = 0; i < features.Count; i++)
        {
            var middle = area.Top + (i + 0.5) * RowHeight;
            names.Write(html, i, area.Left - Gap, middle, features[i].NameKind);
            html.Line(area.Left, area.Top + i * RowHeight, area.Right, area.Top + i * RowHeight, "thread");
        }

        html.OpenArea(area).Open("g", ("class", "moving"), ("data-steps", string.Join(' ', features.Select(line => line.Use(data)))));
        html.Line(scale.At(_values.BaseValue), area.Top, scale.At(_values.BaseValue), area.Bottom, "zero");
        WriteLines(html, lines, data, scale, range, area);
        html.Close().Close();
        html.Label((area.Left + area.Right) / 2, area.Bottom + 37, $"score of {TextWidth.Shorten(_values.OutputName, 300)}", "title",
            "middle");
        ColorLegend.Write(
            html, area.Right, 13, "score", Numbers.Format(range.Low, 3), Numbers.Format(range.High, 3), null, area.Width);
        PlotFigure.Close(html,
            Caption ?? "Each line is a row on its way from the base value at the bottom to its score at the top." + Remark(rows.Length));
    }

    private void WriteLines(HtmlWriter html, List<Line> lines, PlotRows data, LinearScale scale, ValueRange range, PlotArea area)
    {
        // Those that stand out lie on top.
        foreach (var line in lines.OrderBy(line => _options.Highlight.Contains(line.Row)))
        {
            var path = new PathData();
            foreach (var (step, score) in line.Scores.Index())
            {
                var y = area.Bottom - step * RowHeight;
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
            var scores = new List<double> { values.BaseValue };
            foreach (var feature in features.Reverse())
                scores.Add(scores[^1] + feature.In(values, row));
            return new Line(row, [.. scores]);
        }
    }
}
