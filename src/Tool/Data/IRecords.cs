namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>The records of a file, read one after the other, each with as many cells as the first.</summary>
internal interface IRecords : IDisposable
{
    /// <summary>The names of the cells where the kind of file has them; null where the first record may hold them.</summary>
    string[]? Names { get; }

    /// <summary>The number of cells in every record; 0 before the first.</summary>
    int Count { get; }

    /// <summary>The line on which the current record ends, or its number where there are no lines; from 1.</summary>
    int Line { get; }

    /// <summary>How much of the file has been read, from 0 to 1.</summary>
    double Progress { get; }

    /// <summary>A cell of the current record; empty where its value is missing.</summary>
    string this[int column] { get; }

    /// <summary>Goes to the next record.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    bool MoveNext();

    /// <summary>All cells of the current record.</summary>
    string[] ToArray();

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file; <c>-</c> for the standard input.</param>
    /// <param name="options">How it is read.</param>
    public static IRecords Open(string path, CsvOptions options) => DataFiles.Kind(path) switch
    {
        DataKind.JsonLines => new JsonRecords(path),
        DataKind.Parquet => new ParquetRecords(path),
        _ => new CsvRecords(path, options),
    };
}
