using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Which features matter on the whole: the mean absolute SHAP value of each, the largest first, and the sum of all others at
/// the end. With the values of several classes each bar is made of the classes' shares.
/// </summary>
/// <remarks>Lundberg, Erion, Lee 2018, arXiv:1802.03888; Lundberg et al. 2020, Nature Machine Intelligence 2, 56–67.</remarks>
public sealed class ImportanceBars : Plot
{
    private const double Width = PlotSpec.Half;
    private const double LeastRowHeight = 23;
    private const double BarHeight = 14;
    private const double Gap = 8;
    private const double LongestName = 210;

    private readonly ShapValues[] _outputs;
    private readonly IReadOnlyList<FeatureLine> _lines;
    private readonly int _maximumFeatures;

    /// <summary>The ranking of one output.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="maximumFeatures">How many bars, not counting the one for the rest: 1 to 200.</param>
    public ImportanceBars(ShapValues values, int maximumFeatures = 20)
        : this([values], maximumFeatures)
    {
    }

    /// <summary>The ranking of several outputs together.</summary>
    /// <param name="outputs">The SHAP values of each output, all with the same features.</param>
    /// <param name="maximumFeatures">How many bars, not counting the one for the rest: 1 to 200.</param>
    public ImportanceBars(IReadOnlyList<ShapValues> outputs, int maximumFeatures = 20)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _maximumFeatures = PlotLimits.Check(maximumFeatures, nameof(maximumFeatures));
        if (outputs.Count == 0 || outputs.Any(output => output is null))
            throw new ArgumentException("The values of one output at least were expected.", nameof(outputs));
        _outputs = [.. outputs.Select(Rounding.WithoutNoise)];
        if (_outputs.FirstOrDefault(output => !output.FeatureNames.SequenceEqual(_outputs[0].FeatureNames)) is { } other)
            throw new ArgumentException($"The outputs '{_outputs[0].OutputName}' and '{other.OutputName}' have different features.",
                nameof(outputs));

        int[] ranking = [.. Enumerable.Range(0, _outputs[0].FeatureCount).OrderByDescending(Total)];
        _lines = FeatureLine.Of(_outputs[0], ranking, maximumFeatures);
    }

    private bool IsStacked => _outputs.Length > 1;

    internal override void Write(HtmlWriter html)
    {
        var bars = _lines.Select(line => Bar.Of(line, _outputs)).ToList();
        string[] colors = [.. _outputs.Select(output => html.Plots.Colors.Of(output.OutputName))];
        var legend = new ClassLegend(_outputs.Select((output, place) => (output.OutputName, colors[place])), Width);
        var top = IsStacked ? legend.Height + 6 : 0.0;
        var names = new RowLabels(bars.Select(bar => bar.Line.Name), LongestName);
        var rowHeight = names.RowHeight(LeastRowHeight);
        var left = names.Width + Gap;
        var right = Width - bars.Max(bar => TextWidth.OfBold(Numbers.Format(bar.Total))) - Gap;
        var largest = bars.Max(bar => bar.Total);

        int[] sets = [.. _outputs.Select(output => html.Plots.For(output).Number)];
        foreach (var line in _lines.Where(line => !line.IsRest))
            foreach (var output in _outputs)
                html.Plots.For(output).Use(line.Features[0]);
        Open(html, new("bars", DefaultCaption) { Sets = sets, Features = _maximumFeatures }, Width, top + bars.Count * rowHeight + 4,
            $"Mean absolute {ValueName}s: " + string.Join("; ", bars.Select(bar => $"{bar.Line.Name} {Numbers.Format(bar.Total)}")));
        if (IsStacked)
            legend.Write(html, 0, 0);
        for (var i = 0; i < bars.Count; i++)
        {
            var y = top + i * rowHeight;
            html.Open("g", ("class", bars[i].Line.IsRest ? "mark others" : "mark")).Element("title", TitleOf(bars[i]));
            html.Rectangle(0, y, Width, rowHeight, "hit");
            names.Write(html, i, left - Gap, y + rowHeight / 2, bars[i].Line.NameKind);
            var end = WriteBar(html, bars[i], colors, left, largest > 0 ? (right - left) / largest : 0, y + (rowHeight - BarHeight) / 2);
            html.Label(end + Gap, y + rowHeight / 2 + 4.5, Numbers.Format(bars[i].Total), "amount").Close();
        }

        Close(html, DefaultCaption);
    }

    private string ValueName => FeatureText.ValueName(_outputs[0]);

    private string DefaultCaption => IsStacked
        ? $"Mean absolute {ValueName} of every feature, class by class: how much it moves the scores, whichever way."
        : $"Mean absolute {ValueName} of every feature{(_outputs[0].AddsUp ? ": how much it moves the score" : "")}, whichever way.";

    private double Total(int feature) => _outputs.Sum(output => output.MeanAbsolute[feature]);

    private string TitleOf(Bar bar) => !IsStacked ? $"{bar.Line.Name}\n{FeatureText.MeanName(_outputs[0])} {Numbers.Format(bar.Total)}"
        : $"{bar.Line.Name}\n{FeatureText.MeanName(_outputs[0])} {Numbers.Format(bar.Total)} in all\n" +
          string.Join('\n', bar.Shares.Zip(_outputs, (share, output) => $"{output.OutputName} {Numbers.Format(share)}"));

    private double WriteBar(HtmlWriter html, Bar bar, string[] colors, double left, double unit, double top)
    {
        var at = left;
        foreach (var (output, share) in bar.Shares.Index())
        {
            var length = share * unit;
            if (length > 0)
                html.Rectangle(at, top, length, BarHeight,
                    IsStacked ? $"fill {colors[output]}" : bar.Line.IsRest ? "bar rest" : "bar size");
            at += length;
        }

        return at;
    }

    /// <summary>A bar, and what each output has of it.</summary>
    private sealed record Bar(FeatureLine Line, double[] Shares)
    {
        public double Total => Shares.Sum();

        public static Bar Of(FeatureLine line, ShapValues[] outputs) =>
            new(line, [.. outputs.Select(output => line.Features.Sum(feature => output.MeanAbsolute[feature]))]);
    }
}
