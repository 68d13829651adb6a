using System.CommandLine;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>How CSV files are read.</summary>
internal sealed class CsvArguments
{
    private readonly Option<string> _delimiter = new("--delimiter")
    {
        HelpName = "CHARACTER",
        Description = "What separates the cells of a CSV file; 'tab' for a tabulator. [default: a comma, in .tsv files a tabulator]",
    };

    private readonly Option<bool> _decimalComma = new("--decimal-comma")
    {
        Description = "The decimal mark of numbers in CSV files is a comma; cells are then separated by semicolons unless --delimiter says "
            + "otherwise. Results have points.",
    };

    private readonly Option<bool> _header =
        new("--header") { Description = "The first line of a CSV file names the columns. [default: seen from the first two lines]" };

    private readonly Option<bool> _noHeader = new("--no-header") {
        Description = "The first line of a CSV file is a row like the others; columns are then named by their number, from 1." };

    private readonly Option<string[]> _columns = new("--columns")
    {
        HelpName = "A,B,…",
        Description = "The columns that make a row of the input, in this order; A..B for all from A to B. [default: all columns of "
            + "numbers but label and ids]",
    };

    private readonly Option<string> _labelColumn = new("--label-column") { HelpName = "COLUMN",
        Description = "A column with the truth: no part of the input, carried to a CSV output." };

    private readonly Option<string[]> _idColumns = new("--id-column") { HelpName = "COLUMN",
        Description = "A column that identifies the row: no part of the input, carried to a CSV output. Repeatable." };

    private readonly Option<bool> _missing = new("--missing-reals-as-nans")
    {
        Description = "Of pipelines: an empty cell in a column of real numbers is a missing value, as ML.NET's loader of texts has it with "
            + "its option of this name. [default: 0, as that loader has it without]",
    };

    private readonly Option<bool> _trim = new("--trim-whitespace")
    {
        Description = "Of pipelines: blanks behind a text are cut off, as ML.NET's loader of texts does with its option of this name. "
            + "[default: they are kept, as that loader does without]",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="withPipelines">Whether its rows may be those of a pipeline.</param>
    public void AddTo(System.CommandLine.Command command, bool withPipelines = false)
    {
        Option[] options =
        [
            _columns, _labelColumn, _idColumns, _header, _noHeader, _delimiter, _decimalComma,
            .. withPipelines ? [_missing, _trim] : (Option[])[],
        ];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <summary>What the command line asks for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="note">Is told in a line what the user should know of a file.</param>
    /// <exception cref="UsageException">Options contradict each other, or a value is none.</exception>
    public CsvOptions Read(ParseResult parsed, Action<string> note)
    {
        if (parsed.GetValue(_header) && parsed.GetValue(_noHeader))
            throw new UsageException($"{_header.Name} and {_noHeader.Name} contradict each other.");
        return new CsvOptions
        {
            Delimiter = parsed.GetValue(_delimiter) switch
            {
                null => null,
                "tab" or "\\t" or "\t" => '\t',
                [var c] when c is not ('"' or '\r' or '\n') => c,
                var other => throw new UsageException($"{_delimiter.Name} takes one character, or 'tab'; '{other}' was given."),
            },
            HasDecimalComma = parsed.GetValue(_decimalComma),
            HasHeader = parsed.GetValue(_header) ? true : parsed.GetValue(_noHeader) ? false : null,
            Columns = [.. (parsed.GetValue(_columns) ?? []).SelectMany(CsvOptions.SplitNames)],
            LabelColumn = parsed.GetValue(_labelColumn),
            IdColumns = parsed.GetValue(_idColumns) ?? [],
            MissingRealsAreNaN = parsed.GetResult(_missing) is not null && parsed.GetValue(_missing),
            TrimsWhitespace = parsed.GetResult(_trim) is not null && parsed.GetValue(_trim),
            Note = note,
        };
    }
}
