using System.Numerics;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Rows of numbers in a file, read one after the other; the file may be larger than memory.</summary>
internal abstract class DataFile : IDisposable
{
    /// <summary>The file, as the user named it.</summary>
    public abstract string Path { get; }

    /// <summary>The extents of one row.</summary>
    public abstract IReadOnlyList<int> RowShape { get; }

    /// <summary>The numbers in a row.</summary>
    public int Width => RowShape.Aggregate(1, (product, extent) => checked(product * extent));

    /// <summary>A name for each number of a row; null where the file has none.</summary>
    public virtual IReadOnlyList<string>? Names => null;

    /// <summary>The names of cells that are carried along to the output; none where the file has no such.</summary>
    public virtual IReadOnlyList<string> CarriedNames => [];

    /// <summary>How much of the file has been read, from 0 to 1.</summary>
    public abstract double Progress { get; }

    /// <summary>What a row of the file is, for messages: "30 columns of numbers, …".</summary>
    public abstract string Description { get; }

    /// <summary>What one can do where the rows do not fit the model; empty where nothing.</summary>
    public virtual string Advice => "";

    /// <summary>Where the current row stands, for messages: "rows.csv, line 3".</summary>
    public abstract string Place { get; }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public abstract bool MoveNext();

    /// <summary>Reads the numbers of the current row.</summary>
    /// <exception cref="InvalidDataException">Something is no number, does not fit the type, or is missing where that is not allowed.</exception>
    public abstract void Read<T>(Span<T> row) where T : unmanaged, INumber<T>;

    /// <summary>The cells of the current row that are carried along.</summary>
    public virtual string[] Carried() => [];

    /// <summary>The class number that the current row has for the target, where a column of the file tells it.</summary>
    public virtual long TargetClass() => throw new InvalidOperationException("The file has no column for the target.");

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Opens a file of a kind that its name tells.</summary>
    /// <param name="path">The file.</param>
    /// <param name="csv">How to read it if it is CSV; and whether values may be missing, of whatever kind it is.</param>
    public static DataFile Open(string path, CsvOptions csv) => Kind(path) switch
    {
        DataKind.Npy => new NpyDataFile(path, csv.AllowsMissing),
        DataKind.Tsv => new CsvDataFile(path, csv with { Delimiter = csv.Delimiter ?? '\t' }),
        _ => new CsvDataFile(path, csv with { Delimiter = csv.Delimiter ?? ',' }),
    };

    /// <summary>What a file's name says of its content.</summary>
    /// <exception cref="UsageException">It says nothing.</exception>
    public static DataKind Kind(string path) => System.IO.Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" => DataKind.Csv,
        ".tsv" => DataKind.Tsv,
        ".npy" => DataKind.Npy,
        _ => throw new UsageException($"'{path}' has no known ending; expected .csv, .tsv or .npy."),
    };
}

/// <summary>The kinds of files that hold rows.</summary>
internal enum DataKind
{
    /// <summary>Text with separated cells.</summary>
    Csv,

    /// <summary>The same, with tabulators.</summary>
    Tsv,

    /// <summary>An array as NumPy writes it.</summary>
    Npy,
}
