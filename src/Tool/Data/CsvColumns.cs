using System.Globalization;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Which columns of a CSV file make the input, and what the others are for.</summary>
internal sealed record CsvColumns
{
    private readonly string _path;
    private readonly string[]? _header;
    private readonly int _count;
    private readonly bool _wereNamed;

    private CsvColumns(string path, string[]? header, string[] firstRow, CsvOptions options)
    {
        (_path, _header, _count) = (path, header, firstRow.Length);
        var label = options.LabelColumn is { } name ? Find(name, "--label-column") : (int?)null;
        int[] ids = [.. options.IdColumns.Select(id => Find(id, "--id-column"))];
        Target = options.TargetColumn is { } target ? Find(target, "--target label:") : null;
        Carried = [.. ids.Concat(label is { } l ? [l] : []).Distinct()];
        _wereNamed = options.Columns.Count > 0;
        Input = _wereNamed
            ? [.. options.Columns.SelectMany(Range)]
            : [.. Enumerable.Range(0, _count).Where(i => !Carried.Contains(i) && i != Target && CsvNumber.IsNumber(firstRow[i]))];
        if (Input.Count == 0)
            throw new InvalidDataException($"'{path}' has no column of numbers for the input.");
    }

    /// <summary>The columns of the input, in its order.</summary>
    public IReadOnlyList<int> Input { get; }

    /// <summary>The columns carried to the output: ids, then the label.</summary>
    public IReadOnlyList<int> Carried { get; }

    /// <summary>The column of class numbers for the target, where there is one.</summary>
    public int? Target { get; }

    /// <summary>Whether the file names its columns.</summary>
    public bool HasHeader => _header is not null;

    /// <summary>Sorts the columns out.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="header">The names; null where the file has none.</param>
    /// <param name="firstRow">The first row, which shows the columns that hold numbers.</param>
    /// <param name="options">What the user said of the columns.</param>
    /// <exception cref="InvalidDataException">A column does not exist, or its name is ambiguous.</exception>
    public static CsvColumns Choose(string path, string[]? header, string[] firstRow, CsvOptions options) => new(path, header, firstRow, options);

    /// <summary>A column's name; its number from 1 where the file has no names.</summary>
    public string Name(int column) => _header?[column] ?? (column + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>Where a column stands, for messages.</summary>
    public string Place(int column) => _header is null ? $"column {column + 1}" : $"column {column + 1} ('{_header[column]}')";

    /// <summary>What makes the input, for messages.</summary>
    public string Describe() =>
        $"{Input.Count} {(_wereNamed ? "chosen columns" : "columns of numbers")}{(_header is null || Input.Count < 2 ? "" : $" from '{Name(Input[0])}' to '{Name(Input[^1])}'")}";

    private IEnumerable<int> Range(string text)
    {
        // A name may hold two points itself.
        if (_header?.Contains(text) != true && text.IndexOf("..", StringComparison.Ordinal) is > 0 and var at && at + 2 < text.Length)
        {
            var (first, last) = (Find(text[..at].Trim(), "--columns"), Find(text[(at + 2)..].Trim(), "--columns"));
            return first <= last
                ? Enumerable.Range(first, last - first + 1)
                : throw new InvalidDataException($"--columns {text}: in '{_path}' the first of these columns stands behind the last.");
        }
        return [Find(text, "--columns")];
    }

    private int Find(string name, string option)
    {
        if (_header is null)
        {
            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= _count
                ? number - 1
                : throw new InvalidDataException($"{option} '{name}': '{_path}' does not name its columns; they are called 1 to {_count}.");
        }
        var first = Array.IndexOf(_header, name);
        if (first < 0)
            throw new InvalidDataException($"{option} '{name}': '{_path}' has no such column; it has {Listed()}.");
        return Array.IndexOf(_header, name, first + 1) < 0
            ? first
            : throw new InvalidDataException($"{option} '{name}': '{_path}' has several columns of that name. Rename them, or say --no-header and give their number.");
    }

    private string Listed()
    {
        const int most = 40;
        var names = string.Join(", ", _header!.Take(most).Select(n => $"'{n}'"));
        return _header!.Length > most ? $"{names} and {_header.Length - most} more" : names;
    }
}
