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

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        Option[] options = [_columns, _labelColumn, _idColumns, _header, _noHeader, _delimiter];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="UsageException">Options contradict each other, or a value is none.</exception>
    public CsvOptions Read(ParseResult parsed)
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
            HasHeader = parsed.GetValue(_header) ? true : parsed.GetValue(_noHeader) ? false : null,
            Columns = [.. (parsed.GetValue(_columns) ?? []).SelectMany(CsvOptions.SplitNames)],
            LabelColumn = parsed.GetValue(_labelColumn),
            IdColumns = parsed.GetValue(_idColumns) ?? [],
        };
    }
}
