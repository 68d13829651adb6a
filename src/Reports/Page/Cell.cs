using System.Globalization;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A number with what it is known to, and how many rows it is of.</summary>
/// <param name="Value">The number.</param>
/// <param name="Low">From here; NaN where that is not known.</param>
/// <param name="High">To here.</param>
/// <param name="Remark">What else is to be said; null for nothing.</param>
/// <param name="IsBest">Whether it is the best of its row.</param>
internal sealed record Estimate(double Value, double Low, double High, string? Remark = null, bool IsBest = false)
{
    public override string ToString() => Numbers.Format(Value);
}

/// <summary>How the values of tables and facts are shown.</summary>
internal static class Cell
{
    private const string Nothing = "–";

    /// <summary>Whether a value belongs at the right of its column.</summary>
    public static bool IsNumber(object? value) =>
        value is Estimate or sbyte or byte or short or ushort or int or uint or long or ulong or Half or float or double or decimal;

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
            case Estimate estimate:
                WriteEstimate(html, estimate);
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

    private static void WriteEstimate(HtmlWriter html, Estimate estimate)
    {
        var text = double.IsNaN(estimate.Value) ? Nothing : estimate.ToString();
        html.Open("span", ("class", "estimate")).Element(estimate.IsBest ? "b" : "span", estimate.IsBest ? $"★ {text}" : text);
        string?[] parts = [double.IsNaN(estimate.Low) ? null : $"{Numbers.Format(estimate.Low)} to {Numbers.Format(estimate.High)}",
            estimate.Remark];
        if (string.Join(", ", parts.OfType<string>()) is { Length: > 0 } small)
            html.Element("small", small);
        html.Close();
    }

    private static void WriteLabel(HtmlWriter html, FeatureAttribution attribution) => html
        .Open("span", ("class", attribution.Attribution < 0 ? "label against" : "label favour"))
        .Text(attribution.Feature + " ").Element("b", Numbers.Signed(attribution.Attribution))
        .Close();
}
