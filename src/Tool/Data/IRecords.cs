using System.Numerics;

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

    /// <summary>A cell of the current record that is a number and was never a text.</summary>
    /// <param name="column">The column.</param>
    /// <param name="number">The number, where the type can hold it.</param>
    /// <returns>False where only the text of the cell tells: that it is missing, say, or too large.</returns>
    bool TryNumber<T>(int column, out T number) where T : unmanaged, INumber<T>
    {
        number = default;
        return false;
    }

    /// <summary>Goes to the next record.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    bool MoveNext();

    /// <summary>Goes some records on, without reading what is between where the kind of file can do so.</summary>
    /// <returns>How many; fewer at the end.</returns>
    long Skip(long records)
    {
        for (var gone = 0L; gone < records; gone++)
            if (!MoveNext())
                return gone;
        return records;
    }

    /// <summary>All cells of the current record.</summary>
    string[] ToArray();

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file; <c>-</c> for the standard input.</param>
    /// <param name="options">How it is read.</param>
    static IRecords Open(string path, CsvOptions options) => DataFiles.Kind(path, options) switch
    {
        DataKind.JsonLines => new JsonRecords(path),
        DataKind.Sql => new SqlRecords(path, options.Sql
            ?? throw new UsageException($"'{path}' is a query; say where it is asked: --provider {SqlSource.Known} "
                + "--connection VARIABLE.")),
        DataKind.Parquet => new ParquetRecords(path),
        DataKind.Arrow => new ArrowRecords(path),
        _ => new CsvRecords(path, options),
    };
}
