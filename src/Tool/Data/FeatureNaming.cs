namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Finds the features of a model among the columns of a table by their names.</summary>
internal static class FeatureNaming
{
    /// <summary>The columns of the features, in the order of the features; null where they count by their place.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="header">Its columns.</param>
    /// <param name="possible">The columns that may be meant.</param>
    /// <param name="byPlace">Those that make the input where names say nothing.</param>
    /// <param name="options">What the model calls its features, and whether the user named columns.</param>
    /// <exception cref="InvalidDataException">
    /// Some features are there by name and others are not, and those that are stand elsewhere.
    /// </exception>
    public static IReadOnlyList<int>? Match(string path, CsvHeader header, IReadOnlyList<int> possible, IReadOnlyList<int> byPlace,
        CsvOptions options)
    {
        if (options.Features.Count == 0 || !header.HasNames)
            return null;
        var (exact, underlined) =
            (possible.Distinct().ToLookup(header.Name), possible.Distinct().ToLookup(c => Underlined(header.Name(c))));
        int[] found = [.. options.Features.Select(f => Place(path, f, exact[f].Any() ? exact[f] : underlined[Underlined(f)]))];
        if (!found.Contains(-1))
            return found;
        // Columns that the user has put in order, or that stand where they should, need no names.
        if (options.Columns.Count > 0 || Array.TrueForAll(found, place => place < 0)
            || byPlace.Count == found.Length && found.Index().All(f => f.Item < 0 || f.Item == byPlace[f.Index]))
        {
            return null;
        }
        string[] lacking = [.. options.Features.Where((_, i) => found[i] < 0)];
        throw new InvalidDataException(
            $"'{path}' has columns of the names of {found.Length - lacking.Length} features of the model, but none of {Listed(lacking)}. "
                + "Rename the columns, or put them in the model's order with --columns.");
    }

    private static int Place(string path, string feature, IEnumerable<int> columns) => columns.ToArray() switch
    {
        [] => -1,
        [var only] => only,
        _ => throw new InvalidDataException($"'{path}' has several columns for the feature '{feature}' of the model. Rename them, or "
            + "choose columns by their numbers with --no-header and --columns."),
    };

    // LightGBM writes lines in the place of blanks.
    internal static string Underlined(string name) => string.Concat(name.Select(c => char.IsWhiteSpace(c) ? '_' : c));

    private static string Listed(string[] names)
    {
        const int most = 5;
        var listed = string.Join(", ", names.Take(most).Select(n => $"'{n}'"));
        return names.Length > most ? $"{listed} and {names.Length - most} more" : listed;
    }
}
