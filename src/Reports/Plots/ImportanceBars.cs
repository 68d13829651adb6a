using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Which features matter on the whole: the mean absolute SHAP value of each, the largest first, and the sum of all others at
/// the end. With the values of several classes each bar is made of the classes' shares.
/// </summary>
/// <remarks>Lundberg, Erion, Lee 2018, arXiv:1802.03888; Lundberg et al. 2020, Nature Machine Intelligence 2, 56–67.</remarks>
public sealed class ImportanceBars : ReportSection
{
    private const double Width = PlotFigure.Half;
    private const double RowHeight = 23;
    private const double BarHeight = 14;
    private const double Gap = 8;
    private const double LongestName = 190;

    private readonly ShapValues[] _outputs;
    private readonly IReadOnlyList<FeatureLine> _lines;

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
        PlotLimits.Check(maximumFeatures, nameof(maximumFeatures));
        _outputs = [.. outputs];
        if (_outputs.Length == 0 || _outputs.Any(output => output is null))
            throw new ArgumentException("The values of one output at least were expected.", nameof(outputs));
        if (_outputs.FirstOrDefault(output => !output.FeatureNames.SequenceEqual(_outputs[0].FeatureNames)) is { } other)
            throw new ArgumentException($"The outputs '{_outputs[0].OutputName}' and '{other.OutputName}' have different features.",
                nameof(outputs));

        int[] ranking = [.. Enumerable.Range(0, _outputs[0].FeatureCount).OrderByDescending(Total)];
        _lines = FeatureLine.Of(_outputs[0], ranking, maximumFeatures);
    }

    /// <summary>What the bars show.</summary>
    public string? Caption { get; init; }

    internal override bool IsPlot => true;

    private bool IsStacked => _outputs.Length > 1;

    internal override void Write(HtmlWriter html)
    {
        var bars = _lines.Select(line => Bar.Of(line, _outputs)).ToList();
        var legend = new ClassLegend(_outputs.Select(output => output.OutputName), Width);
        var top = IsStacked ? legend.Height + 6 : 0.0;
        var figure = new PlotFigure(
            PlotKind.Marks, Width, top + bars.Count * RowHeight + 4,
            "Mean absolute SHAP values: " + string.Join("; ", bars.Select(bar => $"{bar.Line.Name} {Numbers.Unsigned(bar.Total)}")));
        var names = new RowLabels(bars.Select(bar => bar.Line.Name), LongestName);
        var left = names.Width + Gap;
        var right = Width - bars.Max(bar => TextWidth.OfBold(Numbers.Unsigned(bar.Total))) - Gap;
        var largest = bars.Max(bar => bar.Total);

        figure.Open(html);
        if (IsStacked)
            legend.Write(html, 0, 0);
        for (var i = 0; i < bars.Count; i++)
        {
            var y = top + i * RowHeight;
            html.Open("g", ("class", bars[i].Line.IsRest ? "mark others" : "mark")).Element("title", TitleOf(bars[i]));
            html.Rectangle(0, y, Width, RowHeight, "hit");
            names.Write(html, i, left - Gap, y + RowHeight / 2, bars[i].Line.NameKind);
            var end = WriteBar(html, bars[i], left, largest > 0 ? (right - left) / largest : 0, y + (RowHeight - BarHeight) / 2);
            html.Label(end + Gap, y + RowHeight / 2 + 4.5, Numbers.Unsigned(bars[i].Total), "amount").Close();
        }

        PlotFigure.Close(html, Caption ?? DefaultCaption);
    }

    private string DefaultCaption => IsStacked
        ? "Mean absolute SHAP value of every feature, class by class: how much it moves the scores, whichever way."
        : $"Mean absolute SHAP value of every feature: how much it moves the score of {_outputs[0].OutputName}, whichever way.";

    private double Total(int feature) => _outputs.Sum(output => output.MeanAbsolute[feature]);

    private string TitleOf(Bar bar) => !IsStacked ? $"{bar.Line.Name}\nmean |SHAP| {Numbers.Unsigned(bar.Total)}"
        : $"{bar.Line.Name}\nmean |SHAP| {Numbers.Unsigned(bar.Total)} in all\n" +
          string.Join('\n', bar.Shares.Zip(_outputs, (share, output) => $"{output.OutputName} {Numbers.Unsigned(share)}"));

    private double WriteBar(HtmlWriter html, Bar bar, double left, double unit, double top)
    {
        var at = left;
        foreach (var (output, share) in bar.Shares.Index())
        {
            var length = share * unit;
            if (length > 0)
                html.Rectangle(at, top, length, BarHeight,
                    IsStacked ? $"fill {ClassColors.ClassOf(output)}" : bar.Line.IsRest ? "bar rest" : "bar size");
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
