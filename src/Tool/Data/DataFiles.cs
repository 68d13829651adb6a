using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Opens files of rows; their names tell their kinds.</summary>
internal static class DataFiles
{
    /// <summary>The endings of files of rows, for help texts.</summary>
    public const string Endings = ".csv, .tsv, .jsonl (each also .gz), .parquet, .arrow, .npy or .npz, or - for CSV from a pipe";

    /// <summary>The name of the standard input, or output.</summary>
    public const string Standard = "-";

    private const string Packed = ".gz", ArrowStream = ".arrows";

    private static readonly FileSet Tables =
        new("file of rows", [".csv", ".tsv", ".jsonl", ".ndjson", ".csv.gz", ".tsv.gz", ".jsonl.gz", ".ndjson.gz", ".parquet",
            ".arrow", ".feather", ".ipc", ArrowStream], []);

    /// <summary>The files that a path stands for: a folder for all tables below it, a pattern for those that it fits, in the order of their
    /// names.</summary>
    /// <param name="path">A file, a folder, or a pattern with * or ?.</param>
    /// <exception cref="IOException">There are none.</exception>
    public static IReadOnlyList<string> Named(string path) =>
        IsSeveral(path) ? [.. Tables.Find(path).Select(f => f.Path)] : [path];

    private static bool IsSeveral(string path) => path != Standard && !SqlSource.IsQuery(path)
        && (Directory.Exists(path) || path.AsSpan().IndexOfAny('*', '?') >= 0 && !File.Exists(path));

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="csv">How to read it if it is CSV; and whether values may be missing, of whatever kind it is.</param>
    /// <param name="choose">Which arrays to take of several in one file; null where only one is expected.</param>
    public static RowSource Open(string path, CsvOptions csv, Func<IReadOnlyList<string>, IEnumerable<string>>? choose = null) =>
        Kind(path) switch
    {
        DataKind.Npy => ArrayRows.OpenNpy(path, csv.AllowsMissing),
        DataKind.Npz => ArrayRows.OpenNpz(path, csv.AllowsMissing, choose ?? (names => Only(path, names))),
        _ => new CellRows(path, csv),
    };

    /// <summary>What a file's name says of its content.</summary>
    /// <exception cref="UsageException">It says nothing.</exception>
    public static DataKind Kind(string path) => path == Standard ? DataKind.Csv
        : SqlSource.IsQuery(path) ? DataKind.Sql
        : IsSeveral(path) && !(Directory.Exists(path) && ByEnding(path) is not null) ? KindOfAll(path)
        : ByEnding(path) ?? throw new UsageException($"'{path}' has no known ending; expected {Endings}.");

    // A folder may be called like a file, as other programs write tables in parts; whoever wants a file says that it is none.
    private static DataKind? ByEnding(string path) => Ending(path).ToLowerInvariant() switch
    {
        ".csv" or ".csv.gz" => DataKind.Csv,
        ".tsv" or ".tsv.gz" => DataKind.Tsv,
        ".jsonl" or ".jsonl.gz" or ".ndjson" or ".ndjson.gz" => DataKind.JsonLines,
        ".parquet" => DataKind.Parquet,
        ".arrow" or ".feather" or ".ipc" or ArrowStream => DataKind.Arrow,
        ".npy" => DataKind.Npy,
        ".npz" => DataKind.Npz,
        _ => null,
    };

    // Arrays are read one by one.
    private static DataKind KindOfAll(string path)
    {
        var files = Named(path);
        var kind = Kind(files[0]);
        return kind is not (DataKind.Npy or DataKind.Npz) && files.FirstOrDefault(f => Kind(f) != kind) is not { } other ? kind
            : throw new InvalidDataException($"'{path}' stands for files of several kinds, or for arrays ('{files[0]}' and others); tables "
                + "of one kind were expected. Name one kind, such as \"folder/*.csv\".");
    }

    /// <summary>The same, of a file of which it may be known that its cells are separated.</summary>
    public static DataKind Kind(string path, CsvOptions options) => !options.IsDelimited ? Kind(path)
        : Ending(path).ToLowerInvariant() is ".tsv" or ".tsv.gz" ? DataKind.Tsv : DataKind.Csv;

    /// <summary>Whether the name says that the file is packed by gzip.</summary>
    public static bool IsPacked(string path) => path.EndsWith(Packed, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the name asks for the stream format of Arrow, which has no list of its batches at the end.</summary>
    public static bool IsArrowStream(string path) => path.EndsWith(ArrowStream, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the name is that of a table: of rows with named cells.</summary>
    public static bool IsTable(string path) => Kind(path) is not (DataKind.Npy or DataKind.Npz);

    /// <summary>Refuses names of columns for a file that has none.</summary>
    public static void Check(string path, CsvOptions csv)
    {
        if (csv.NamesColumns && !IsTable(path))
            throw new UsageException($"'{path}' has no columns to name; --columns, --label-column and --id-column are for tables.");
    }

    /// <summary>What the name ends in, with the dots: ".csv", ".csv.gz".</summary>
    public static string Ending(string path) =>
        IsPacked(path) ? Path.GetExtension(path[..^Packed.Length]) + path[^Packed.Length..] : Path.GetExtension(path);

    /// <summary>The only array of an archive.</summary>
    /// <exception cref="InvalidDataException">There are several.</exception>
    public static IReadOnlyList<string> Only(string path, IReadOnlyList<string> names) => names.Count <= 1 ? names
        : throw new InvalidDataException($"'{path}' holds {names.Count} arrays " +
            $"({string.Join(", ", names.Take(10).Select(n => $"'{n}'"))}); one was expected.");
}

/// <summary>The kinds of files that hold rows.</summary>
internal enum DataKind
{
    /// <summary>Text with separated cells.</summary>
    Csv,

    /// <summary>The same, with tabulators.</summary>
    Tsv,

    /// <summary>A JSON object in each line.</summary>
    JsonLines,

    /// <summary>Columns as Apache Parquet has them.</summary>
    Parquet,

    /// <summary>Batches of columns as Apache Arrow has them.</summary>
    Arrow,

    /// <summary>What a query gives.</summary>
    Sql,

    /// <summary>An array as NumPy writes it.</summary>
    Npy,

    /// <summary>Several of them, by name.</summary>
    Npz,
}
