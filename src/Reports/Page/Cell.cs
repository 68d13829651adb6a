using System.Globalization;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How the values of tables and facts are shown.</summary>
internal static class Cell
{
    private const string Nothing = "–";

    /// <summary>Whether a value belongs at the right of its column.</summary>
    public static bool IsNumber(object? value) =>
        value is sbyte or byte or short or ushort or int or uint or long or ulong or Half or float or double or decimal;

    /// <summary>A value as text.</summary>
    public static string TextOf(object? value) => value switch
    {
        null => Nothing,
        string text => text,
        Half number => Numbers.Format((double)number),
        float number => Numbers.Format(number),
        double number => Numbers.Format(number),
        bool yes => yes ? "yes" : "no",
        IFormattable number when IsNumber(number) => Numbers.WithMinusSign(number.ToString(null, CultureInfo.InvariantCulture)),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? Nothing,
    };

    /// <summary>Writes a value: pictures as thumbnails, attributions as coloured labels, all else as text.</summary>
    public static void Write(HtmlWriter html, object? value)
    {
        switch (value)
        {
            case Figure figure:
                figure.WriteThumbnail(html);
                break;
            case FeatureAttribution attribution:
                WriteLabel(html, attribution);
                break;
            case IEnumerable<FeatureAttribution> attributions:
                html.Open("span", ("class", "labels"));
                foreach (var attribution in attributions)
                    WriteLabel(html, attribution);
                html.Close();
                break;
            default:
                html.Text(TextOf(value));
                break;
        }
    }

    private static void WriteLabel(HtmlWriter html, FeatureAttribution attribution) => html
        .Open("span", ("class", attribution.Attribution < 0 ? "label against" : "label favour"))
        .Text(attribution.Feature + " ").Element("b", Numbers.Signed(attribution.Attribution))
        .Close();
}
