using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// How one feature acts: for every row of the data a dot at the feature's value (to the right) and its SHAP value (upward). What spreads
/// upward at the same value comes from other features; the colour is that of the one that decides most of it. Bars at the bottom say how
/// often which value occurs.
/// </summary>
/// <remarks>"SHAP dependence plots", Lundberg, Erion, Lee 2018, arXiv:1802.03888.</remarks>
public sealed class DependencePlot : Plot
{
    private const double Width = PlotSpec.Half;
    private const double AreaHeight = 236;
    private const double Left = 52;
    private const double Right = 20;
    private const double HistogramHeight = 34;
    private const double Footer = 42;
    private const double LongestTitle = 250;

    private readonly ShapValues _values;
    private readonly int _feature;
    private readonly DependenceOptions _options;
    private readonly int? _partner;

    /// <summary>Takes the values and finds the feature that colours.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="feature">The feature's place.</param>
    /// <param name="options">What else is shown.</param>
    public DependencePlot(ShapValues values, int feature, DependenceOptions? options = null)
    {
        (_values, _feature, _options) = (Rounding.WithoutNoise(values), feature, options ?? new());
        foreach (var place in new[] { feature, _options.ColorBy ?? 0 })
            if ((uint)place >= (uint)values.FeatureCount)
                throw new ArgumentOutOfRangeException(nameof(feature), place,
                    $"A feature from 0 to {values.FeatureCount - 1} was expected.");
        _partner = _options.ColorBy ?? Categories.PartnerOf(_values, feature);
    }

    private string Name => FeatureText.Name(_values, _feature);

    internal override void Write(HtmlWriter html)
    {
        var rows = RowSample.Of(_values, _options.MaximumRows);
        var data = html.Plots.For(_values).Showing(rows);
        var shap = _values.ForFeature(_feature);
        var colors = PartnerColors.Of(_values, _partner, Width - Left);
        var area = new PlotArea(Left, colors.Height + 10, Width - Right, colors.Height + 10 + AreaHeight);
        var axis = new FeatureAxis(_values, _feature, area);

        // The lowest dots shall not lie on the bars.
        var scale = LinearScale.Spanning(shap.Append(0), area.Bottom - HistogramHeight - 4, area.Top, 0.05);
        var below = scale.From - (scale.To - scale.From) * (area.Bottom - scale.Start) / (scale.Start - scale.End);
        scale = scale with { From = Math.Max(below, -double.MaxValue), Start = area.Bottom };

        Open(html, new("dependence", "") { Sets = [data.Number], Feature = _feature, By = _partner }, Width,
            area.Bottom + Footer + axis.ExtraHeight,
            $"{FeatureText.ValueName(_values)}s of {Name} against its values"
                + (_partner is { } by ? $", coloured by {FeatureText.Name(_values, by)}" : ""));
        colors.WriteLegend(html, area);
        new PlotAxis(AxisSide.Left, scale, area).Write(html);
        axis.Write(html);
        html.UprightLabel(11, area.Top + AreaHeight / 2, FeatureText.ValueName(_values), "title");
        html.Label((area.Left + area.Right) / 2, area.Bottom + 35 + axis.ExtraHeight, TextWidth.ShortenInside(Name, LongestTitle), "title",
            "middle");

        WriteDots(html, data, rows, shap, colors, axis, scale, area);
        Close(html, RowSample.Remark(_values, rows.Length), axis.Remark);
    }

    private void WriteDots(
        HtmlWriter html, PlotRows data, int[] rows, double[] shap, PartnerColors colors, FeatureAxis axis, LinearScale scale, PlotArea area)
    {
        if (_partner is { } partner)
            data.Use(partner);
        Dot[] dots = [.. rows.Select(row => new Dot(row, axis.At(row), scale.At(shap[row]), colors.ClassOf(row)))];
        html.OpenArea(area).Open("g", ("class", "moving-x"));
        axis.WriteHistogram(html, HistogramHeight);
        html.Close().Open("g", ("class", "moving"))
            .Line(area.Left, scale.At(0), area.Right, scale.At(0), "zero")
            .Open("g", ("stroke-width", rows.Length > 600 ? "3.6" : "4.6"));
        DotLayer.Write(html, dots, data, data.Use(_feature), layers: 4);
        html.Close().Close().Close();
    }

    /// <summary>The colours that the partner's values give to rows, and what says so.</summary>
    private sealed class PartnerColors
    {
        private readonly Func<int, string> _classOf;
        private readonly Action<HtmlWriter, PlotArea> _legend;

        private PartnerColors(Func<int, string> classOf, Action<HtmlWriter, PlotArea> legend, double height) =>
            (_classOf, _legend, Height) = (classOf, legend, height);

        public double Height { get; }

        public string ClassOf(int row) => _classOf(row);

        public void WriteLegend(HtmlWriter html, PlotArea area) => _legend(html, area);

        public static PartnerColors Of(ShapValues values, int? partner, double width)
        {
            if (partner is not { } feature)
                return new PartnerColors(_ => ValueColors.Plain, (_, _) => { }, 0);
            return values.Texts.TryGetValue(feature, out var texts) ? OfClasses(texts, FeatureText.Name(values, feature), width)
                : OfNumbers(values, feature);
        }

        private static PartnerColors OfNumbers(ShapValues values, int feature)
        {
            var column = values.FeatureColumn(feature);
            var range = ValueRange.Of(column);
            var missing = column.Any(float.IsNaN) ? "missing" : null;
            return new PartnerColors(
                row => ValueColors.ClassOf(range.StepOf(column[row])),
                (html, area) => ColorLegend.Write(
                    html, area.Right, 13, FeatureText.Name(values, feature), Numbers.Format(range.Low), Numbers.Format(range.High),
                    missing, area.Width),
                18);
        }

        private static PartnerColors OfClasses(IReadOnlyList<string> texts, string name, double width)
        {
            string[] common = [.. Categories.Common(texts)];
            var legend = new ClassLegend(common.Select((text, place) => ($"{name} {text}", ClassColors.OfCategory(place))), width,
                texts.Distinct().Count() > common.Length ? "others" : null);
            return new PartnerColors(
                row => Array.IndexOf(common, texts[row]) is >= 0 and var place ? ClassColors.OfCategory(place) : ValueColors.None,
                (html, area) => legend.Write(html, area.Left, 0),
                legend.Height);
        }
    }
}
