namespace Microsoft.ML.Introspection.Estimators;

/// <summary>Names in messages.</summary>
internal static class Listing
{
    private const int Most = 20;

    /// <summary>The names in quotes, as many as one cares to read.</summary>
    public static string Of(IEnumerable<string?> names)
    {
        var all = names.ToList();
        var listed = string.Join(", ", all.Take(Most).Select(n => $"'{n}'"));
        return all.Count == 0 ? "none" : all.Count <= Most ? listed : $"{listed} and {all.Count - Most} more";
    }
}
