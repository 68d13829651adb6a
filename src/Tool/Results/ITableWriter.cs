using System.Globalization;
using System.Numerics;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Writes a table cell by cell, in the order of its columns.</summary>
internal interface ITableWriter
{
    /// <summary>Writes the next cell of the row.</summary>
    void Cell(string text);

    /// <summary>Writes the next cell of the row, a number.</summary>
    void Number<T>(T number) where T : unmanaged, INumber<T> => Cell(number.ToString(null, CultureInfo.InvariantCulture));

    /// <summary>Ends the row.</summary>
    void EndRow();

    /// <summary>Ends the table; nothing is written afterwards.</summary>
    void Complete();

    /// <summary>How many rows make one block of a file that has such: a million cells or so.</summary>
    static int RowsInBlock(int columns) => Math.Max(1, (1 << 20) / columns);

    /// <summary>
    /// A number as a typed cell holds it: as its shortest text reads, so that one of single precision is the same in every kind of file.
    /// </summary>
    static TCell TypedCell<T, TCell>(T number) where T : unmanaged, INumber<T> where TCell : unmanaged, INumber<TCell> =>
        typeof(T) == typeof(TCell) ? (TCell)(object)number
        : typeof(T) == typeof(float) || typeof(T) == typeof(Half)
            ? TCell.Parse(number.ToString(null, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : TCell.CreateChecked(number);

    /// <summary>Begins a table of the kind that a file's name tells.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="stream">Where to write; left open.</param>
    /// <param name="columns">The columns: names that differ, and what their cells are.</param>
    static ITableWriter Begin(string path, Stream stream, IReadOnlyList<(string Name, CellKind Kind)> columns) =>
        DataFiles.Kind(path) switch
    {
        DataKind.JsonLines => new JsonLinesWriter(stream, columns),
        DataKind.Parquet => new ParquetTableWriter(stream, columns),
        DataKind.Arrow => new ArrowTableWriter(stream, columns, DataFiles.IsArrowStream(path)),
        DataKind.Tsv => new CsvTableWriter(stream, '\t', columns.Select(c => c.Name)),
        _ => new CsvTableWriter(stream, ',', columns.Select(c => c.Name)),
    };
}

/// <summary>What the cells of a column are.</summary>
internal enum CellKind
{
    /// <summary>Texts.</summary>
    Text,

    /// <summary>Whole numbers of at most 64 bits.</summary>
    Whole,

    /// <summary>Real numbers, NaN and infinite ones among them.</summary>
    Real,
}
