using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a feature is called and what it is in a row, and both short enough to stand under a piece of a drawing.</summary>
internal readonly record struct ValueLabel(string Name, string? Value, string ShortName, string Full)
{
    private const double LongestName = 158;
    private const double LongestText = 80;

    public static ValueLabel Of(ShapValues values, int row, int feature)
    {
        var (name, value) = (FeatureText.Name(values, feature), FeatureText.Value(values, row, feature));
        var shown = values.Texts.ContainsKey(feature) ? TextWidth.ShortenInside(value, LongestText) : value;
        return new ValueLabel(name, shown, TextWidth.ShortenInside(name, LongestName), $"{name} = {value}");
    }

    public static ValueLabel OfRest(int count) =>
        new($"{count} others together", null, "", $"{count} other features together");
}
