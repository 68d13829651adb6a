namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>The names of the columns of a table of results.</summary>
internal static class ColumnNames
{
    /// <summary>The names, told apart: a feature may be called like one of our own columns, or like another feature.</summary>
    public static IEnumerable<string> Distinct(IEnumerable<string> names)
    {
        var taken = new HashSet<string>();
        foreach (var name in names)
        {
            var free = name;
            while (!taken.Add(free))
                free += "_attribution";
            yield return free;
        }
    }
}
