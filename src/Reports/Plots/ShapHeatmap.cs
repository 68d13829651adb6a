using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// All SHAP values at once: a column for every row of the data, a line for every feature, red where it raises the score and blue
/// where it lowers it. Above stand the scores, at the right how much each feature matters.
/// </summary>
/// <remarks>
/// The "heatmap plot" of the shap library, its rows ordered by "supervised clustering" (Lundberg et al. 2018, arXiv:1802.03888).
/// </remarks>
public sealed class ShapHeatmap : Plot
{
    private const double Width = PlotSpec.Wide;
    private const double LeastRowHeight = 20;
    private const double CurveHeight = 70;
    private const double Header = 30;
    private const double Gap = 12;
    private const double LongestName = 230;
    private const double BarWidth = 64;
    private const double Footer = 26;

    private readonly ShapValues _values;
    private readonly RowPlotOptions _options;

    /// <summary>Takes the values.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="options">What is shown.</param>
    public ShapHeatmap(ShapValues values, RowPlotOptions? options = null)
    {
        (_values, _options) = (Rounding.WithoutNoise(values), options ?? new());
    }

    internal override void Write(HtmlWriter html)
    {
        var features = FeatureLine.Of(_values, _values.Ranking, _options.MaximumFeatures);
        var data = html.Plots.For(_values);
        var names = new RowLabels(features.Select(line => line.Name), LongestName);
        var rowHeight = names.RowHeight(LeastRowHeight);

        var left = Math.Max(names.Width, 52) + Gap;
        var curve = new PlotArea(left, Header, Width - BarWidth - Gap, Header + CurveHeight);
        var map = new PlotArea(left, curve.Bottom + 8, curve.Right, curve.Bottom + 8 + features.Count * rowHeight);
        var columns = new RowColumns(_values, _options, map);
        var cells = features.Select(line => columns.Rows.Select(row => line.In(_values, row)).ToArray()).ToArray();
        var reach = ReachOf(cells);
        var scale = LinearScale.Spanning(columns.Rows.Select(row => _values.Predictions[row]).Append(_values.BaseValue), curve.Bottom,
            curve.Top, 0.06);

        foreach (var feature in features)
            feature.Use(data);
        if (_options.Order == RowOrder.Similarity)
            data.Similar = columns.Rows;
        const string caption = "Red raises the score, blue lowers it; the line above is the score of each row.";
        Open(html, columns.Spec("heatmap", caption, data), Width, map.Bottom + Footer,
            $"{FeatureText.ValueName(_values)}s of {columns.Rows.Length} rows and {features.Count} features as colours");
        WriteLegend(html, map.Right, reach, FeatureText.ValueName(_values));
        new PlotAxis(AxisSide.Left, scale, curve) { Spacing = 20 }.Write(html);
        if (FeatureText.HasBase(_values))
            html.Line(curve.Left, scale.At(_values.BaseValue), curve.Right, scale.At(_values.BaseValue), "zero");
        html.Path(columns.ScoreLine(_values, scale), null, ("class", "curve"));
        columns.Open(html, map, data);
        WriteCells(html, cells, reach, map);
        html.Close().Close();
        WriteBars(html, features, cells, names, map, rowHeight);
        html.Label(left, Header - 17, "score", "tick");
        html.Label((map.Left + map.Right) / 2, map.Bottom + 18, columns.Title, "title", "middle");
        Close(html, caption, columns.Remark);
    }

    /// <summary>The magnitude that gets the strongest colour: few are beyond it.</summary>
    private static double ReachOf(double[][] cells)
    {
        double[] sorted = [.. cells.SelectMany(line => line).Select(Math.Abs).Order()];
        var reach = sorted[(int)(0.99 * (sorted.Length - 1))];
        return reach > 0 ? reach : Math.Max(sorted[^1], double.Epsilon);
    }

    private static void WriteCells(HtmlWriter html, double[][] cells, double reach, PlotArea area)
    {
        foreach (var (tones, kind) in new[] { (CellTones.Light, "by-day"), (CellTones.Dark, "by-night") })
        {
            var image = Raster.Create(cells[0].Length, cells.Length, (x, y) => tones.At((cells[y][x] / reach + 1) / 2));
            html.Picture(PngWriter.Encode(image), area, kind);
        }
    }

    private static void WriteLegend(HtmlWriter html, double right, double reach, string name)
    {
        const double width = 120;
        var text = Numbers.Signed(reach);
        var at = right - TextWidth.Of(text);
        html.Label(right, 13, text, "tick", "end");
        html.Picture(PngWriter.Encode(Raster.Create(64, 1, (x, _) => CellTones.Light.At(x / 63.0))),
            new PlotArea(at - width, 5, at - 7, 13), "by-day");
        html.Picture(PngWriter.Encode(Raster.Create(64, 1, (x, _) => CellTones.Dark.At(x / 63.0))), new PlotArea(at - width, 5, at - 7, 13),
            "by-night");
        html.Label(at - width - 7, 13, $"{name}  {Numbers.Signed(-reach)}", "tick", "end");
    }

    private static void WriteBars(HtmlWriter html, IReadOnlyList<FeatureLine> features, double[][] cells, RowLabels names, PlotArea area,
        double rowHeight)
    {
        double[] means = [.. cells.Select(line => line.Average(Math.Abs))];
        var largest = Math.Max(means.Max(), double.Epsilon);
        for (var i = 0; i < features.Count; i++)
        {
            var middle = area.Top + (i + 0.5) * rowHeight;
            names.Write(html, i, area.Left - Gap, middle, features[i].NameKind);
            html.Rectangle(area.Right + Gap, middle - 5, BarWidth * means[i] / largest, 10, features[i].IsRest ? "bar rest" : "bar size");
        }
    }
}
