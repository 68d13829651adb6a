using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// What pulls at the score of one row: features that raise it push from the left (red), those that lower it from the right (blue); where
/// they meet is the score. The stronger a feature, the longer its piece, and the nearer to the score.
/// </summary>
/// <remarks>Lundberg et al. 2018, Nature Biomedical Engineering 2, 749–760.</remarks>
public sealed class ForcePlot : Plot
{
    private const double Width = PlotSpec.Wide;
    private const double Height = 126;
    private const double BarTop = 46;
    private const double BarHeight = 26;
    private const double Margin = 16;
    private const double Tip = 6;
    private const double LabelTop = BarTop + BarHeight + 22;
    private const double LabelGap = 18;
    private const double Smallest = 2;
    private const int MostLabels = 8;

    private readonly ShapValues _values;
    private readonly int _row;

    /// <summary>Takes one row.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="row">The row's number.</param>
    public ForcePlot(ShapValues values, int row)
    {
        (_values, _row) = (Rounding.WithoutNoise(PlotLimits.CheckSums(values)), row);
        _ = values.ForRow(row);
    }

    internal override void Write(HtmlWriter html)
    {
        var (start, score) = (_values.BaseValueOf(_row), _values.Predictions[_row]);
        var values = _values.ForRow(_row).ToArray();
        var area = new PlotArea(Margin, BarTop, Width - Margin, BarTop + BarHeight);
        var scale = LinearScale.Spanning(
            [start, score, score - values.Where(value => value > 0).Sum(), score - values.Where(value => value < 0).Sum()],
            area.Left, area.Right, 0.05);

        const string caption = "Red pushes the score up, blue pulls it down.";
        Open(html, new("force", caption) { Sets = [html.Plots.For(_values).Carrying(_row)], Strong = [_row] }, Width, Height,
            $"{FeatureText.Row(_values, _row)}: what raises and lowers the score {Numbers.Format(score)}");
        new PlotAxis(AxisSide.Top, scale, area) { HasGrid = false }.Write(html);
        WriteHeader(html, scale, start, score);
        foreach (var sign in (int[])[1, -1])
            WriteSide(html, values, score, sign, scale);
        html.Line(scale.At(start), BarTop - 4, scale.At(start), BarTop + BarHeight + 4, "zero");
        Close(html, caption);
    }

    /// <summary>Base value and score, each above its place, or side by side where they would cover each other.</summary>
    private void WriteHeader(HtmlWriter html, LinearScale scale, double start, double score)
    {
        var (atBase, atScore) = (scale.At(start), scale.At(score));
        var (baseText, scoreText) = ($"base value {Numbers.Format(start)}", $"score {FeatureText.Score(_values, score)}");
        var (baseHalf, scoreHalf) = (TextWidth.Of(baseText) / 2, TextWidth.OfBold(scoreText) / 2);
        atScore = Math.Clamp(atScore, scoreHalf, Width - scoreHalf);
        var needed = baseHalf + scoreHalf + LabelGap;
        if (Math.Abs(atBase - atScore) < needed)
            atBase = atBase < atScore && atScore - needed - baseHalf > 0 || atScore + needed + baseHalf > Width ? atScore - needed
                : atScore + needed;
        atBase = Math.Clamp(atBase, baseHalf, Width - baseHalf);
        html.Label(atBase, 14, baseText, "tick", "middle");
        html.Label(atScore, 14, scoreText, "amount", "middle");
    }

    private void WriteSide(HtmlWriter html, double[] values, double score, int sign, LinearScale scale)
    {
        int[] strongest = [.. Enumerable.Range(0, values.Length)
            .Where(feature => Math.Sign(values[feature]) == sign).OrderByDescending(feature => Math.Abs(values[feature]))];
        var kind = sign > 0 ? "favour" : "against";
        var at = score;
        var labels = 0;

        // From where the previous label ends; labels go outward from the score, like the pieces.
        var free = scale.At(score) - sign * LabelGap / 2;
        for (var i = 0; i < strongest.Length; i++)
        {
            var feature = strongest[i];
            var (near, far) = (scale.At(at), scale.At(at - values[feature]));
            if (Math.Abs(near - far) < Smallest && i < strongest.Length - 1)
            {
                WriteRest(html, at, strongest[i..], values, sign, scale);
                return;
            }

            var label = ValueLabel.Of(_values, _row, feature);
            html.Open("g", ("class", "mark")).Element("title", $"{label.Full}\n{Numbers.Signed(values[feature])}");
            html.Path(Piece(near, far, sign), null, ("class", $"{kind} piece"));
            if (labels < MostLabels)
            {
                // Where one finds no room, weaker ones get no label either.
                var middle = Place(near, far, sign, ref free, label, values[feature]);
                labels = middle is null ? MostLabels : labels + 1;
                if (middle is { } place)
                    WriteLabel(html, (near + far) / 2, place, label, values[feature]);
            }

            html.Close();
            at -= values[feature];
        }
    }

    private static void WriteRest(HtmlWriter html, double at, int[] features, double[] values, int sign, LinearScale scale)
    {
        var sum = features.Sum(feature => values[feature]);
        html.Open("g", ("class", "mark")).Element("title", $"{features.Length} others together\n{Numbers.Signed(sum)}");
        html.Path(Piece(scale.At(at), scale.At(at - sum), sign), null, ("class", sign > 0 ? "favour piece faded" : "against piece faded"))
            .Close();
    }

    /// <summary>The middle of a label under its piece or further outward, if there is room; the next begins beyond it.</summary>
    private static double? Place(double near, double far, int sign, ref double free, ValueLabel label, double value)
    {
        var half = Math.Max(TextWidth.Of(label.ShortName) / 2, HalfBelow(label, value));
        var middle = sign > 0 ? Math.Min((near + far) / 2, free - half) : Math.Max((near + far) / 2, free + half);
        if (middle - half < 0 || middle + half > Width || Math.Abs(middle - (near + far) / 2) > 150)
            return null;
        free = middle - sign * (half + LabelGap);
        return middle;
    }

    /// <summary>Half the width of the feature's value and its amount beside each other.</summary>
    private static double HalfBelow(ValueLabel label, double value) =>
        (TextWidth.Of(label.Value ?? "") + TextWidth.OfBold(Numbers.Signed(value)) + 8) / 2;

    private static void WriteLabel(HtmlWriter html, double from, double middle, ValueLabel label, double value)
    {
        html.Path(
            new PathData().Move(from, BarTop + BarHeight + 1).Line(from, BarTop + BarHeight + 4).Line(middle, LabelTop - 12).ToString(),
            null, ("class", "leader"));
        html.Label(middle, LabelTop, label.ShortName, "name", "middle");
        var half = HalfBelow(label, value);
        html.Label(middle - half, LabelTop + 17, label.Value ?? "", "value");
        html.Label(middle + half, LabelTop + 17, Numbers.Signed(value), value > 0 ? "amount up" : "amount down", "end");
    }

    /// <summary>A piece that points to the score, with a notch where the next one points into it.</summary>
    private static string Piece(double near, double far, int sign)
    {
        var tip = Math.Min(Tip, Math.Abs(near - far)) * sign;
        const double middle = BarTop + BarHeight / 2;
        return new PathData().Move(near - tip, BarTop).Line(near, middle).Line(near - tip, BarTop + BarHeight)
            .Line(far - tip, BarTop + BarHeight).Line(far, middle).Line(far - tip, BarTop).Close().ToString();
    }
}
