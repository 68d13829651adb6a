using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// How one row comes by its score: from the base value at the bottom each feature pushes to the right (red) or to the left (blue), the
/// strongest last, until the score is reached at the top. What does not fit is summed up.
/// </summary>
/// <remarks>Lundberg et al. 2018, Nature Biomedical Engineering 2, 749–760; drawn as the shap library's waterfall.</remarks>
public sealed class Waterfall : Plot
{
    private const double Width = PlotSpec.Half;
    private const double LeastRowHeight = 26;
    private const double LongestName = 170;
    private const double BarHeight = 17;
    private const double Header = 24;
    private const double Footer = 24;
    private const double Gap = 8;
    private const double Tip = 5;
    private const double AmountGap = 6;

    private readonly ShapValues _values;
    private readonly int _row;
    private readonly int _maximumFeatures;

    /// <summary>Takes one row.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="row">The row's number.</param>
    /// <param name="maximumFeatures">How many bars, not counting the one for the rest: 1 to 200.</param>
    public Waterfall(ShapValues values, int row, int maximumFeatures = 10)
    {
        (_values, _row, _maximumFeatures) =
            (Rounding.WithoutNoise(values), row, PlotLimits.Check(maximumFeatures, nameof(maximumFeatures)));
        _ = values.ForRow(row);
    }

    internal override void Write(HtmlWriter html)
    {
        var steps = Steps();
        var score = _values.Predictions[_row];
        var names = new RowLabels(steps.Select(step => step.Label.Name), LongestName);
        var rowHeight = names.RowHeight(LeastRowHeight);
        var left = names.Width + Gap + steps.Max(step => TextWidth.Of(step.Label.Value ?? "")) + Gap;
        var area = new PlotArea(left, Header, Width, Header + steps.Count * rowHeight);
        var scale = ScaleFor(steps, area);

        var caption = _values.AddsUp
            ? "From the base value at the bottom up to the score: red raises it, blue lowers it."
            : "Red speaks for the score, blue against it; these values do not add up to it.";
        Open(html,
            new("waterfall", caption)
            {
                Sets = [html.Plots.For(_values).Carrying(_row)], Features = _maximumFeatures, Strong = [_row],
            },
            Width, area.Bottom + Footer, LabelOf(steps, score));
        if (_values.AddsUp)
        {
            WriteEnd(html, scale.At(score), area with { Bottom = area.Top + rowHeight / 2 }, $"score {FeatureText.Score(_values, score)}",
                Header - 9, "amount");
            var start = _values.BaseValueOf(_row);
            WriteEnd(html, scale.At(start), area, $"base value {FeatureText.Score(_values, start)}", area.Bottom + 17, "tick");
        }
        else
            html.Line(scale.At(0), area.Top, scale.At(0), area.Bottom, "zero");
        for (var i = 0; i < steps.Count; i++)
            WriteStep(html, steps, i, names, scale, area with { Top = area.Top + i * rowHeight, Bottom = area.Top + (i + 1) * rowHeight });
        Close(html, caption, GapText.Of(_values, _row));
    }

    /// <summary>The strongest first; each begins where the one below it ends, or all at zero if they do not add up.</summary>
    private List<Step> Steps()
    {
        var (shown, rest) = FeatureText.Split(_values.Strongest(_row), _maximumFeatures);
        var own = _values.ForRow(_row);
        var sum = 0.0;
        foreach (var feature in rest)
            sum += own[feature];

        var steps = new List<Step>();
        var at = _values.AddsUp ? _values.BaseValueOf(_row) : 0;
        if (rest.Count > 0)
            Add(ValueLabel.OfRest(rest.Count), sum, true);
        foreach (var feature in shown.Reverse())
            Add(ValueLabel.Of(_values, _row, feature), own[feature], false);
        steps.Reverse();
        return steps;

        void Add(ValueLabel label, double value, bool isRest)
        {
            steps.Add(new Step(label, value, at, at + value, isRest));
            at += _values.AddsUp ? value : 0;
        }
    }

    /// <summary>As wide as the amounts beside the bars leave room for.</summary>
    private static LinearScale ScaleFor(List<Step> steps, PlotArea area)
    {
        var (left, right) = (area.Left + AmountGap, area.Right - 4);
        var scale = Spanning();
        for (var again = 0; again < 4; again++)
        {
            // A narrower scale takes amounts along, and may move some out of their bars: a few rounds settle it.
            var beside = steps.Where(step => !step.HoldsAmount(scale)).Select(step => step.AmountEnd(scale)).ToList();
            left = Math.Min(left + Math.Max(0, area.Left - beside.DefaultIfEmpty(area.Left).Min()), area.Right - 20);
            right = Math.Max(right - Math.Max(0, beside.DefaultIfEmpty(area.Right).Max() - area.Right), left + 10);
            scale = Spanning();
        }

        return scale;

        LinearScale Spanning() => LinearScale.Spanning(steps.SelectMany(step => new[] { step.From, step.To }), left, right, 0);
    }

    private void WriteStep(HtmlWriter html, List<Step> steps, int number, RowLabels names, LinearScale scale, PlotArea area)
    {
        var step = steps[number];
        var middle = (area.Top + area.Bottom) / 2;
        var (from, to) = (scale.At(step.From), scale.At(step.To));
        html.Open("g", ("class", "mark")).Element("title",
            $"{step.Label.Full}\n{step.Amount}{(_values.AddsUp ? $", up to {FeatureText.Score(_values, step.To)}" : "")}");
        html.Rectangle(0, area.Top, Width, area.Height, "hit");
        names.Write(html, number, names.Width, middle, step.IsRest ? "name rest" : "name");
        html.Label(area.Left - Gap, middle + 4.5, step.Label.Value ?? "", "value", "end");
        if (number > 0 && _values.AddsUp)
            html.Line(to, middle - area.Height + BarHeight / 2, to, middle - BarHeight / 2, "link");
        if (from != to)
            html.Path(Arrow(from, to, middle), null, ("class", step.Kind));

        // In the bar if it fits, else beside it on the side it points to.
        if (step.HoldsAmount(scale))
            html.Label((from + to) / 2 - Math.Sign(to - from) * Tip / 2, middle + 4.5, step.Amount, "amount within", "middle");
        else if (step.Value < 0)
            html.Label(to - AmountGap, middle + 4.5, step.Amount, "amount", "end");
        else
            html.Label(to + AmountGap, middle + 4.5, step.Amount, "amount");
        html.Close();
    }

    private static void WriteEnd(HtmlWriter html, double x, PlotArea area, string text, double baseline, string kind)
    {
        var half = TextWidth.OfBold(text) / 2;
        html.Line(x, area.Top - 4, x, area.Bottom + 4, "link");
        html.Label(Math.Clamp(x, Math.Min(half, Width / 2), Math.Max(Width - half, Width / 2)), baseline, text, kind, "middle");
    }

    /// <summary>A bar that ends in a tip, so that one sees the direction without the colour.</summary>
    private static string Arrow(double from, double to, double middle)
    {
        var tip = Math.Min(Tip, Math.Abs(to - from)) * Math.Sign(to - from);
        return new PathData().Move(from, middle - BarHeight / 2).Line(to - tip, middle - BarHeight / 2).Line(to, middle)
            .Line(to - tip, middle + BarHeight / 2).Line(from, middle + BarHeight / 2).Close().ToString();
    }

    private string LabelOf(List<Step> steps, double score) =>
        $"{FeatureText.Row(_values, _row)}: "
        + (_values.AddsUp ? $"from base value {Numbers.Format(_values.BaseValueOf(_row))} to " : "")
        + $"score {Numbers.Format(score)}; " + string.Join("; ", steps.Select(step => $"{step.Label.Full} {step.Amount}"));

    private readonly record struct Step(ValueLabel Label, double Value, double From, double To, bool IsRest)
    {
        public string Amount => Numbers.Signed(Value);

        private double AmountWidth => TextWidth.OfBold(Amount);

        public bool HoldsAmount(LinearScale scale) => Math.Abs(scale.At(To) - scale.At(From)) >= AmountWidth + 2 * Tip + 4;

        /// <summary>How far the amount reaches beside the bar.</summary>
        public double AmountEnd(LinearScale scale) => scale.At(To) + (Value < 0 ? -1 : 1) * (AmountGap + AmountWidth);

        public string Kind => IsRest ? Value < 0 ? "against faded" : "favour faded" : Value < 0 ? "against" : "favour";
    }
}
