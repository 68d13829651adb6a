namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Which columns of a CSV file make the input, and what the others are for.</summary>
internal sealed record CsvColumns
{
    private readonly CsvHeader _header;
    private readonly string _made;

    private CsvColumns(string path, CsvHeader header, string[] firstRow, CsvOptions options)
    {
        _header = header;
        (Carried, Target) = CarriedColumns(header, options);
        if (options.OnlyInputIsNeeded && !options.Columns.All(c => header.Has(c, "--columns")))
            options = options with { Columns = [] };
        int[] possible = options.Columns.Count > 0
            ? [.. options.Columns.SelectMany(c => header.Range(c, "--columns"))]
            : [.. Enumerable.Range(0, header.Count).Where(i => !Carried.Contains(i) && i != Target)];
        int[] byPlace = options.Columns.Count > 0 ? possible : [.. possible.Where(i => CsvNumber.IsNumber(firstRow[i]))];
        var named = FeatureNaming.Match(path, header, possible, byPlace, options);
        Input = named ?? byPlace;
        _made = named is not null ? "columns that the model names" : options.Columns.Count > 0 ? "chosen columns" : "columns of numbers";
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
    public bool HasHeader => _header.HasNames;

    /// <summary>Sorts the columns out.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="header">The names; null where the file has none.</param>
    /// <param name="firstRow">The first row, which shows the columns that hold numbers.</param>
    /// <param name="options">What the user said of the columns.</param>
    /// <exception cref="InvalidDataException">A column does not exist, or its name is ambiguous.</exception>
    public static CsvColumns Choose(string path, string[]? header, string[] firstRow, CsvOptions options) =>
        new(path, new CsvHeader(path, header, firstRow.Length), firstRow, options);

    /// <summary>The columns that are no part of the input: those carried along, ids first, and that of the target.</summary>
    public static (IReadOnlyList<int> Carried, int? Target) CarriedColumns(CsvHeader header, CsvOptions options)
    {
        var label = Find(options.LabelColumn, "--label-column");
        int[] ids = [.. options.IdColumns.Select(id => Find(id, "--id-column")).OfType<int>()];
        return ([.. ids.Concat(label is { } l ? [l] : []).Distinct()], Find(options.TargetColumn, "--target label:"));

        int? Find(string? name, string option) =>
            name is null ? null : options.OnlyInputIsNeeded ? header.TryFind(name, option) : header.Find(name, option);
    }

    /// <summary>A column's name; its number from 1 where the file has no names.</summary>
    public string Name(int column) => _header.Name(column);

    /// <summary>Where a column stands, for messages.</summary>
    public string Place(int column) => _header.Place(column);

    /// <summary>What makes the input, for messages.</summary>
    public string Describe() =>
        $"{Input.Count} {_made}{(!HasHeader || Input.Count < 2 ? "" : $" from '{Name(Input[0])}' to '{Name(Input[^1])}'")}";
}
