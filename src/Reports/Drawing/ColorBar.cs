using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>The explanation of a colour scale: its colours from end to end, with the numbers they stand for.</summary>
internal static class ColorBar
{
    private const int Steps = 24;

    /// <summary>The scale of a map; one whose ends coincide has but one value to tell.</summary>
    public static void Write(HtmlWriter html, Heatmap map)
    {
        if (map.Minimum == map.Maximum)
            WriteSingle(html, map.Minimum);
        else
            Write(html, map.Minimum, map.Maximum, "scale", $"background:{Gradient(map.Colors)}");
    }

    /// <summary>The scale of texts whose ground has one colour on a light page and another on a dark one.</summary>
    public static void Write(HtmlWriter html, TextTones tones, double reach)
    {
        if (reach == 0)
            WriteSingle(html, 0);
        else
            Write(html, tones.Signed ? -reach : 0, reach, "scale tone", $"--light:{Gradient(tones.Light)};--dark:{Gradient(tones.Dark)}");
    }

    private static void WriteSingle(HtmlWriter html, double value) =>
        html.Element("p", $"no value but {Numbers.Format(value)}", ("class", "legend"));

    private static void Write(HtmlWriter html, double minimum, double maximum, string kind, string style)
    {
        var (low, high) = (Numbers.Format(minimum), Numbers.Format(maximum));
        html.Open("div", ("class", "legend"), ("role", "img"), ("aria-label", $"Colour scale from {low} to {high}"))
            .Open("div", ("class", kind), ("style", style)).Close()
            .Element("span", low);
        if (minimum == -maximum)
            html.Element("span", "0");
        html.Element("span", high).Close();
    }

    private static string Gradient(ColorMap colors) =>
        $"linear-gradient(90deg,{string.Join(',', Enumerable.Range(0, Steps + 1).Select(step => colors.At((double)step / Steps)))})";
}
