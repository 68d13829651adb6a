namespace Microsoft.ML.Introspection.Tool;

/// <summary>What somebody may have meant.</summary>
internal static class Nearest
{
    /// <summary>A sentence with the names that are few changes away, after a blank; empty where none is.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="names">What there is.</param>
    public static string To(string text, IEnumerable<string> names)
    {
        var most = Math.Min(3, (text.TrimStart('-').Length + 1) / 3);
        string[] near =
        [
            .. names.Distinct().Select(name => (Name: name, Changes: Changes(text.ToLowerInvariant(), name.ToLowerInvariant())))
                .Where(n => n.Changes <= most).OrderBy(n => n.Changes).Take(3).Select(n => $"'{n.Name}'"),
        ];
        return near.Length == 0 ? "" : $" Did you mean {string.Join(" or ", near)}?";
    }

    // Of one letter put in, left out, exchanged for another, or for its neighbour.
    private static int Changes(string from, string to)
    {
        var (before, last, row) = (new int[to.Length + 1], new int[to.Length + 1], new int[to.Length + 1]);
        for (var j = 0; j <= to.Length; j++)
            last[j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, last, row) = (last, row, before);
        }
        return last[to.Length];
    }
}
