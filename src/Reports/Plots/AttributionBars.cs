using System.Globalization;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// The features of one prediction as horizontal bars, the most telling first: to the right and red what speaks in favour,
/// to the left and blue what speaks against. What does not fit is summed up in a last bar. Sizes without a sign have a colour
/// of their own.
/// </summary>
/// <param name="attributions">The features in any order.</param>
public sealed class AttributionBars(IEnumerable<FeatureAttribution> attributions) : ReportSection
{
    private const double Width = 540;
    private const double BarHeight = 16;
    private const double RowHeight = 25;
    private const double Padding = 6;
    private const double FeatureGap = 6;
    private const double NameWidth = 178;
    private const double ValueWidth = 64;

    private readonly FeatureAttribution[] _sorted =
        [.. attributions.OrderByDescending(item => double.IsNaN(item.Attribution) ? -1 : Math.Abs(item.Attribution))];

    /// <summary>What the bars show.</summary>
    public string? Caption { get; init; }

    /// <summary>
    /// Whether attributions speak in favour or against. If not, they are sizes, such as absolute gradients: what is drawn is
    /// their magnitude, in one colour that is neither red nor blue, and without a plus.
    /// </summary>
    public bool Signed { get; init; } = true;

    /// <summary>The number of bars, not counting the one for the rest.</summary>
    public int MaximumBars
    {
        get;
        init => field = value is >= 1 and <= 500
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumBars), value, "A number between 1 and 500 was expected.");
    } = 10;

    internal override void Write(HtmlWriter html)
    {
        var bars = Bars();
        html.Open("figure", ("class", "bars"));
        if (bars.Count == 0)
            html.Element("p", "There are no features.", ("class", "note"));
        else
            WriteDrawing(html, bars);
        html.Element("figcaption",
            Caption ?? (Signed ? "Red speaks in favour, blue against." : "The longer a bar, the more it matters, for or against.")).Close();
    }

    private List<Bar> Bars()
    {
        // A single one left over is shown as itself.
        var shown = _sorted.Length <= MaximumBars + 1 ? _sorted.Length : MaximumBars;
        var bars = _sorted.Take(shown).Select(item => Bar.Of(item, Signed)).ToList();
        if (shown < _sorted.Length)
        {
            var rest = _sorted.Skip(shown).Sum(item => Signed ? item.Attribution : Math.Abs(item.Attribution));
            bars.Add(new Bar($"{_sorted.Length - shown} others together", null, rest, Signed, "rest"));
        }

        return bars;
    }

    private static void WriteDrawing(HtmlWriter html, List<Bar> bars)
    {
        var height = bars.Count * RowHeight + 2 * Padding;
        var axis = Axis.For(bars);
        html.Open(
            "svg",
            ("viewBox", $"0 0 {Numbers.Coordinate(Width)} {Numbers.Coordinate(height)}"),
            ("role", "img"),
            ("aria-label", "Bar chart: " + string.Join("; ", bars.Select(bar => $"{bar.Name} {bar.Amount}"))));
        for (var i = 0; i < bars.Count; i++)
            WriteBar(html, bars[i], axis, Padding + i * RowHeight);
        WriteLine(html, axis.Zero, height);
        html.Close();
    }

    private static void WriteBar(HtmlWriter html, Bar bar, Axis axis, double top)
    {
        var baseline = Numbers.Coordinate(top + RowHeight / 2 + 4.5);
        html.Open("g").Element("title", bar.Title);

        // Name and value are one text, so that a long name pushes the value along instead of covering it.
        var kind = bar.Kind == "rest" ? "name rest" : "name";
        html.Open("text", ("x", Numbers.Coordinate(axis.Names)), ("y", baseline), ("text-anchor", "end"), ("class", kind)).Text(bar.Name);
        if (bar.Feature is not null)
            html.Element("tspan", bar.Feature, ("class", "value"), ("dx", Numbers.Coordinate(FeatureGap)));
        html.Close();

        var end = axis.At(bar.Value);
        if (end != axis.Zero)
            html.Void("path", ("d", Outline(axis.Zero, end, top + (RowHeight - BarHeight) / 2)), ("class", bar.Kind));

        var isLeft = end < axis.Zero;
        html.Element(
            "text",
            bar.Amount,
            ("x", Numbers.Coordinate(end + (isLeft ? -Padding : Padding))),
            ("y", baseline),
            ("text-anchor", isLeft ? "end" : "start"),
            ("class", "amount"));
        html.Close();
    }

    private static void WriteLine(HtmlWriter html, double x, double height) => html.Void(
        "line",
        ("x1", Numbers.Coordinate(x)),
        ("x2", Numbers.Coordinate(x)),
        ("y1", "0"),
        ("y2", Numbers.Coordinate(height)),
        ("class", "axis"));

    /// <summary>A bar with its far corners rounded.</summary>
    private static string Outline(double zero, double end, double top)
    {
        var direction = Math.Sign(end - zero);
        var radius = Math.Min(3, Math.Abs(end - zero)) * direction;
        var round = Math.Abs(radius);
        var (side, bottom) = (end - radius, top + BarHeight - round);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"M{zero:0.##} {top:0.##}H{side:0.##}q{radius:0.##} 0 {radius:0.##} {round:0.##}V{bottom:0.##}" +
            $"q0 {round:0.##} {-radius:0.##} {round:0.##}H{zero:0.##}z");
    }

    /// <summary>One line of the chart; name and feature's value are short enough to fit.</summary>
    private readonly record struct Bar(string Name, string? Feature, double Value, bool Signed, string Kind)
    {
        public string Title { get; init; } = Name;

        public string Amount => Signed ? Numbers.Signed(Value) : Numbers.Format(Value);

        public double LabelWidth => TextWidth.Of(Name) + (Feature is null ? 0 : FeatureGap + TextWidth.Of(Feature));

        public static Bar Of(FeatureAttribution item, bool signed)
        {
            var name = string.IsNullOrEmpty(item.Feature) ? "(no name)" : item.Feature;
            var feature = string.IsNullOrEmpty(item.Value) ? null : item.Value;
            var bar = new Bar(
                TextWidth.Shorten(name, NameWidth),
                feature is null ? null : TextWidth.Shorten(feature, ValueWidth),
                signed ? item.Attribution : Math.Abs(item.Attribution),
                signed,
                !signed ? "size" : item.Attribution < 0 ? "against" : "favour");
            return bar with { Title = $"{name}{(feature is null ? "" : $" = {feature}")}: {bar.Amount}" };
        }
    }

    /// <summary>Where names end, where zero is, how long a unit is, and how far bars may reach.</summary>
    private readonly record struct Axis(double Names, double Zero, double Unit, double Left, double Right)
    {
        /// <summary>The end of a bar. NaN has none, and what is infinite reaches as far as the longest.</summary>
        public double At(double value) => double.IsNaN(value) ? Zero : Math.Clamp(Zero + value * Unit, Left, Right);

        public static Axis For(List<Bar> bars)
        {
            var names = bars.Max(bar => bar.LabelWidth) + Padding;
            var numbers = bars.Max(bar => TextWidth.OfBold(bar.Amount)) + 2 * Padding;
            var left = names + Padding + (bars.Any(bar => bar.Value < 0) ? numbers : 0);
            var right = Width - numbers;

            var finite = bars.Select(bar => bar.Value).Where(double.IsFinite).Append(0).ToList();
            var (lowest, highest) = (finite.Min(), finite.Max());
            var largest = Math.Max(-lowest, highest);
            if (largest == 0)
                return new Axis(names, (left + right) / 2, 1, left, right);

            // Divided first: the span of two huge numbers would overflow.
            var span = highest / largest - lowest / largest;
            return new Axis(names, left - lowest / largest / span * (right - left), (right - left) / span / largest, left, right);
        }
    }
}
