using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>The texts of a feature that is one of some categories.</summary>
internal static class Categories
{
    /// <summary>How many have a colour of their own.</summary>
    public const int Colored = 7;

    /// <summary>Those that occur most often, the most frequent first.</summary>
    public static IReadOnlyList<string> Common(IReadOnlyList<string> texts) =>
        [.. texts.GroupBy(text => text).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Take(Colored).Select(group => group.Key)];

    /// <summary>
    /// The feature that acts most along with another, if its values can be told by colours: texts that hardly ever come again cannot.
    /// </summary>
    public static int? PartnerOf(ShapValues values, int feature)
    {
        var strongest = values.StrongestPartner(feature);
        if (strongest is not { } partner || !values.Texts.TryGetValue(partner, out var texts))
            return strongest;
        var common = Common(texts).ToHashSet();
        return 2 * texts.Count(common.Contains) >= texts.Count ? partner : null;
    }
}
