using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>How a CSV file is read, and which of its columns mean what.</summary>
internal sealed record CsvOptions
{
    /// <summary>What separates cells; null for what the file's kind has.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Whether the decimal mark of numbers is a comma.</summary>
    public bool HasDecimalComma { get; init; }

    /// <summary>Whether the first line names the columns; null to see from the lines themselves.</summary>
    public bool? HasHeader { get; init; }

    /// <summary>The columns of the input, in order, A..B for a range; none for all columns of numbers.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>A column with the truth, for the output alone.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>Columns that identify the row, for the output alone.</summary>
    public IReadOnlyList<string> IdColumns { get; init; } = [];

    /// <summary>A column with class numbers that the explanation's target reads.</summary>
    public string? TargetColumn { get; init; }

    /// <summary>
    /// What the model calls the numbers of a row: columns of these names make the input, in this order, where the file has all of them.
    /// None where the model names nothing; columns count by their place then.
    /// </summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Whether values may be missing; they are NaN then.</summary>
    public bool AllowsMissing { get; init; }

    /// <summary>Whether columns may be named and not be there: for a second file, in which <see cref="Features"/> say more.</summary>
    public bool OnlyInputIsNeeded { get; init; }

    /// <summary>Whether an empty cell in a pipeline's column of real numbers is a missing value, and not 0.</summary>
    public bool MissingRealsAreNaN { get; init; }

    /// <summary>Whether blanks behind a pipeline's texts are cut off.</summary>
    public bool TrimsWhitespace { get; init; }

    /// <summary>Whether blanks behind cells are kept; those before them never are, unless in quotation marks.</summary>
    public bool KeepsBlanks { get; init; }

    /// <summary>
    /// What the columns are called by those who know, in the order of the file: for files that name none, or others. Null where nobody
    /// knows.
    /// </summary>
    public IReadOnlyList<string>? ColumnNames { get; init; }

    /// <summary>Whether the file is one of separated cells, whatever its name ends in.</summary>
    public bool IsDelimited { get; init; }

    /// <summary>Whether quotation marks are characters like others.</summary>
    public bool HasNoQuotes { get; init; }

    /// <summary>What stands before a quotation mark within quotation marks.</summary>
    public char Escape { get; init; } = '"';

    /// <summary>Where queries are asked; null where there are none.</summary>
    public SqlSource? Sql { get; init; }

    /// <summary>Whether a damaged row is told of when it is read, and not when it is reached: for jobs that go on behind it.</summary>
    public bool PassesFaults { get; init; }

    /// <summary>Is told in a line what the user should know of how the file is read.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>Whether any column is named, so that the options speak of one file.</summary>
    public bool NamesColumns => Columns.Count > 0 || LabelColumn is not null || IdColumns.Count > 0;

    /// <summary>What separates the cells of a file: a comma (a semicolon where numbers have commas), in .tsv files a tabulator.</summary>
    public char DelimiterOf(string path) =>
        Delimiter ?? (DataFiles.Kind(path) == DataKind.Tsv ? '\t' : HasDecimalComma ? ';' : ',');

    /// <summary>The same way of reading without any named column: for further files.</summary>
    public CsvOptions WithoutColumns => this with { Columns = [], LabelColumn = null, IdColumns = [], TargetColumn = null };

    /// <summary>The names in a list with commas; a name that holds a comma stands in quotes, as in the file.</summary>
    public static IEnumerable<string> SplitNames(string list)
    {
        using var parser = new CsvParser(new StringReader(list),
            new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = null, TrimOptions = TrimOptions.Trim });
        return parser.Read() ? [.. parser.Record!.Where(name => name.Length > 0)] : [];
    }
}
