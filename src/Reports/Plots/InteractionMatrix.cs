using System.Globalization;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Which features act together: for every pair the mean absolute interaction value, both halves together, and on the diagonal each
/// feature's main effect. The most important features come first; the two kinds have scales of their own, since main effects are
/// larger as a rule.
/// </summary>
/// <remarks>SHAP interaction values: Lundberg, Erion, Lee 2018, arXiv:1802.03888.</remarks>
public sealed class InteractionMatrix : Plot
{
    private const double Width = PlotSpec.Wide;
    private const double LargestCell = 40;
    private const double SmallestCell = 16;
    private const double LongestName = 200;
    private const double Gap = 10;
    private const double TickShare = 0.92;
    private const double CellTextShare = 0.84;

    private readonly ShapValues _values;
    private readonly int[] _features;
    private readonly PairMeans _pairs;

    /// <summary>Averages the interactions.</summary>
    /// <param name="values">The SHAP values; they must have interactions.</param>
    /// <param name="maximumFeatures">How many features are shown: 2 to 40.</param>
    /// <exception cref="ArgumentException">There are no interaction values.</exception>
    public InteractionMatrix(ShapValues values, int maximumFeatures = 15)
    {
        ArgumentNullException.ThrowIfNull(values);
        values = Rounding.WithoutNoise(values);
        if (values.InteractionRowCount == 0)
            throw new ArgumentException("There are no interaction values; compute them, and give them as Interactions of the SHAP values.",
                nameof(values));
        if (maximumFeatures is < 2 or > 40)
            throw new ArgumentOutOfRangeException(nameof(maximumFeatures), maximumFeatures,
                "A number of features between 2 and 40 was expected.");
        (_values, _features) = (values, [.. values.Ranking.Take(maximumFeatures)]);
        _pairs = PairMeans.Of(values, _features);
    }

    internal override void Write(HtmlWriter html)
    {
        var count = _features.Length;
        string[] names = [.. _features.Select(feature => FeatureText.Name(_values, feature))];
        var labels = new RowLabels(names, LongestName);
        var left = labels.Width + Gap;
        var cell = Math.Clamp((Width - left - labels.Width - Gap) / count, SmallestCell, LargestCell);
        var (pair, main) = (Largest(false), Largest(true));

        // The same for all cells: two digits of the strongest pair, or of the main effects if no pair acts together.
        var unit = pair > 0 ? pair : main;
        var decimals = unit > 0 ? Math.Clamp(1 - (int)Math.Floor(Math.Log10(unit)), 0, 6) : 0;

        var data = html.Plots.For(_values);
        foreach (var feature in _features)
            data.Use(feature);
        data.Pairs = _pairs;
        Open(html, new("matrix", DefaultCaption) { Sets = [data.Number] }, Width, count * cell + 2, LabelOf(names));
        for (var i = 0; i < count; i++)
        {
            var middle = (i + 0.5) * cell;
            labels.Write(html, i, left - Gap, middle);
            for (var j = 0; j <= i; j++)
                WriteCell(html, names, i, j, left, cell, i == j ? main : pair, decimals);

            // The column's name stands where the matrix has no cells.
            if (i < count - 1)
                html.Label(left + (i + 1) * cell + 6, middle + 4.5,
                    TextWidth.ShortenInside(names[i], (Width - left - (i + 1) * cell - 6) / TickShare), "tick");
        }

        WriteLegend(html, pair, "pairs", TextTones.Magnitudes, 6);
        WriteLegend(html, main, "main effects", MainTones, 26);
        Close(html, DefaultCaption, $"Means over {Numbers.Count(_values.InteractionRowCount)} rows.");
    }

    /// <summary>Neither blue nor red nor the violet of pairs.</summary>
    private static TextTones MainTones { get; } = new(
        new ColorMap("main effects on light", Rgb.Parse("FFFFFF"), Rgb.Parse("CFD5DD"), Rgb.Parse("9AA6B5")),
        new ColorMap("main effects on dark", Rgb.Parse("1B2029"), Rgb.Parse("3A4452"), Rgb.Parse("637083")),
        Signed: false);

    private const string DefaultCaption =
        "Mean absolute interaction values: violet for pairs, both halves together; grey on the diagonal for main effects.";

    private void WriteCell(HtmlWriter html, string[] names, int i, int j, double left, double cell, double largest, int decimals)
    {
        var value = _pairs.Means[i, j];
        var tones = i == j ? MainTones : TextTones.Magnitudes;
        html.Open("g", ("class", "mark")).Element("title",
            i == j ? $"{names[i]}\nmain effect {Numbers.Format(value)}" : $"{names[i]}\n× {names[j]}\n{Numbers.Format(value)}");
        html.Void(
            "rect",
            ("x", Numbers.Coordinate(left + j * cell + 0.5)), ("y", Numbers.Coordinate(i * cell + 0.5)),
            ("width", Numbers.Coordinate(cell - 1)), ("height", Numbers.Coordinate(cell - 1)), ("rx", "2"),
            ("class", "cell"), ("style", tones.StyleAt(largest > 0 ? value / largest : 0)));
        var text = value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
        if (Math.Round(value, decimals) > 0 && TextWidth.Of(text) * CellTextShare <= cell - 4)
            html.Label(left + (j + 0.5) * cell, (i + 0.5) * cell + 3.7, text, "celltext", "middle");
        html.Close();
    }

    private static void WriteLegend(HtmlWriter html, double largest, string name, TextTones tones, double top)
    {
        const double width = 96;
        const int steps = 12;
        const double left = Width - 48 - width;
        html.Label(left + width + 6, top + 8, Numbers.Format(largest), "tick");
        for (var i = 0; i < steps; i++)
        {
            html.Void(
                "rect",
                ("x", Numbers.Coordinate(left + width * i / steps)), ("y", Numbers.Coordinate(top)),
                ("width", Numbers.Coordinate(width / steps)), ("height", "9"), ("class", "step"),
                ("style", tones.StyleAt((i + 0.5) / steps)));
        }

        html.Label(left - 6, top + 8, $"{name}  0", "tick", "end");
    }

    private double Largest(bool onDiagonal)
    {
        var largest = 0.0;
        for (var i = 0; i < _features.Length; i++)
            for (var j = 0; j <= i; j++)
                if (i == j == onDiagonal)
                    largest = Math.Max(largest, _pairs.Means[i, j]);
        return largest;
    }

    private string LabelOf(string[] names)
    {
        var pairs =
            from i in Enumerable.Range(0, names.Length)
            from j in Enumerable.Range(0, i)
            orderby _pairs.Means[i, j] descending
            select $"{names[i]} × {names[j]} {Numbers.Format(_pairs.Means[i, j])}";
        return "Mean absolute interactions, the strongest pairs first: " + string.Join("; ", pairs.Take(10));
    }
}
