using System.Globalization;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>The columns of a CSV file by their names, or by their numbers from 1 where it names none.</summary>
internal sealed class CsvHeader(string path, string[]? names, int count)
{
    /// <summary>Whether the file names its columns.</summary>
    public bool HasNames => names is not null;

    /// <summary>How many columns there are.</summary>
    public int Count => count;

    /// <summary>A column's name; its number from 1 where the file has no names.</summary>
    public string Name(int column) => names?[column] ?? (column + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>Where a column stands, for messages.</summary>
    public string Place(int column) => names is null ? $"column {column + 1}" : $"column {column + 1} ('{names[column]}')";

    /// <summary>The column of a name; null where there is none.</summary>
    /// <exception cref="InvalidDataException">There are several.</exception>
    public int? TryFind(string name, string what)
    {
        if (names is null)
            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= count
                ? number - 1 : null;
        var first = Array.IndexOf(names, name);
        if (first >= 0 && Array.IndexOf(names, name, first + 1) >= 0)
            throw new InvalidDataException(
                $"{what} '{name}': '{path}' has several columns of that name. Rename them, or say --no-header and give their number.");
        return first < 0 ? null : first;
    }

    /// <summary>The column of a name.</summary>
    /// <exception cref="InvalidDataException">There is none, or there are several.</exception>
    public int Find(string name, string option) => TryFind(name, option) ?? throw new InvalidDataException(names is null
        ? $"{option} '{name}': '{path}' does not name its columns; they are called 1 to {count}."
        : $"{option} '{name}': '{path}' has no such column; it has {Listed()}.{Nearest.To(name, names)}");

    /// <summary>Whether <see cref="Range"/> finds something.</summary>
    public bool Has(string text, string option) => TryFind(text, option) is not null
        || text.IndexOf("..", StringComparison.Ordinal) is > 0 and var at
        && TryFind(text[..at].Trim(), option) <= TryFind(text[(at + 2)..].Trim(), option);

    /// <summary>The column of a name, or the columns from one to another: <c>A..B</c>.</summary>
    /// <exception cref="InvalidDataException">One is not there.</exception>
    public IEnumerable<int> Range(string text, string option)
    {
        // A name may hold two points itself.
        if (names?.Contains(text) != true && text.IndexOf("..", StringComparison.Ordinal) is > 0 and var at && at + 2 < text.Length)
        {
            var (first, last) = (Find(text[..at].Trim(), option), Find(text[(at + 2)..].Trim(), option));
            return first <= last
                ? Enumerable.Range(first, last - first + 1)
                : throw new InvalidDataException($"{option} {text}: in '{path}' the first of these columns stands behind the last.");
        }
        return [Find(text, option)];
    }

    private string Listed()
    {
        const int most = 40;
        var listed = string.Join(", ", names!.Take(most).Select(n => $"'{n}'"));
        return names!.Length > most ? $"{listed} and {names.Length - most} more" : listed;
    }
}
