using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a feature is called and what it is in a row, short enough for a drawing.</summary>
internal readonly record struct ValueLabel(string Name, string? Value, string Full)
{
    private const double LongestName = 158;
    private const double LongestText = 80;
    private const double Gap = 6;

    /// <summary>How wide both are beside each other.</summary>
    public double Width => TextWidth.Of(Name) + (Value is null ? 0 : Gap + TextWidth.Of(Value));

    public static ValueLabel Of(ShapValues values, int row, int feature)
    {
        var (name, value) = (FeatureText.Name(values, feature), FeatureText.Value(values, row, feature));
        var shown = values.Texts.ContainsKey(feature) ? TextWidth.ShortenInside(value, LongestText) : value;
        return new ValueLabel(TextWidth.ShortenInside(name, LongestName), shown, $"{name} = {value}");
    }

    public static ValueLabel OfRest(int count) => new($"{count} others together", null, $"{count} other features together");

    /// <summary>Writes both, the value at the right. Not as one text: names from right to left would change places with it.</summary>
    public void Write(HtmlWriter html, double right, double middle)
    {
        if (Value is not null)
            html.Label(right, middle + 4.5, Value, "value", "end");
        html.Label(right - (Width - TextWidth.Of(Name)), middle + 4.5, Name, Value is null ? "name rest" : "name", "end");
    }
}
