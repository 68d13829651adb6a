using System.Globalization;

namespace Microsoft.ML.Introspection.Tool.Shap.Page;

/// <summary>What a group of features is in a row.</summary>
internal static class GroupText
{
    /// <summary>
    /// Of a category that was spread over columns of zeros and a one its name, such as "engineer" for Job.engineer = 1; of any other group
    /// all that it holds.
    /// </summary>
    public static string Of(int[] features, FeatureRows source, double[] shown)
    {
        string[] names = [.. features.Select(f => source.Features[f])];
        var common = CommonStart(names);
        int[] set = [.. features.Where(f => shown[f] == 1)];
        return common > 0 && features.All(f => shown[f] is 0 or 1) && set.Length <= 1
            ? set is [var only] ? source.Features[only][common..] : "none"
            : string.Join(", ", features.Zip(names, (f, name) =>
                $"{name} = {source.TextOf(f, shown[f]) ?? shown[f].ToString("G6", CultureInfo.InvariantCulture)}"));
    }

    /// <summary>How many letters all names begin with, up to a sign that parts names; none if a name would be left empty.</summary>
    private static int CommonStart(string[] names)
    {
        var length = names.Min(name => name.Length) - 1;
        for (var at = 0; at < length; at++)
            if (!Array.TrueForAll(names, name => name[at] == names[0][at]))
                length = at;
        return length <= 0 ? 0 : names[0].LastIndexOfAny(['.', '_', '=', ':', ' '], length - 1) + 1;
    }
}
