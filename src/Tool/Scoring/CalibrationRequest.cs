using System.CommandLine;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>Rows that tell how far predictions may be believed.</summary>
/// <param name="Data">The rows, as those of the job are given: the model must not have learnt from them.</param>
/// <param name="Truth">What is true of them: a column of their table; of arrays a file.</param>
/// <param name="Alpha">The share of new rows whose truth may lie outside, between 0 and 1.</param>
internal sealed record CalibrationRequest(IReadOnlyList<NamedFile> Data, string Truth, double Alpha)
{
    /// <summary>Whether <see cref="Truth"/> is a file of its own.</summary>
    public bool HasTruthFile => !DataFiles.IsTable(Data[0].Path);

    /// <summary>The files that are read beside the rows.</summary>
    public IEnumerable<string> Read => HasTruthFile ? [Truth] : [];
}

/// <summary>How far predictions may be believed: by rows of which the truth is known.</summary>
internal sealed class CalibrationArguments
{
    private readonly Option<string[]> _calibration = new("--calibration")
    {
        HelpName = "[INPUT=]FILE",
        Description = "Rows with their truths that the model has not learnt from: predictions get an interval, or a set of classes, that "
            + "holds the truth of all but a share of new rows (--alpha). Files as for --data.",
    };

    private readonly Option<string?> _truth = new("--truth")
    {
        HelpName = "COLUMN|FILE",
        Description = "What is true of the rows of --calibration: a column of their table, or, where they are arrays, a file with a number "
            + "for each. [default: the column of --label-column]",
    };

    private readonly Option<double> _alpha = new("--alpha")
    {
        HelpName = "SHARE",
        Description = "The share of new rows whose truth may lie outside the interval or set.",
        DefaultValueFactory = _ => 0.1,
    };

    /// <summary>The option that names the rows.</summary>
    public Option Rows => _calibration;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        Option[] options = [_calibration, _truth, _alpha];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <summary>What the command line asks for; null where nothing.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="labelColumn">The column of truths that it names for all tables; null for none.</param>
    /// <exception cref="UsageException">Options do not go together, or a value is none.</exception>
    public CalibrationRequest? Read(ParseResult parsed, string? labelColumn)
    {
        var truth = parsed.GetValue(_truth);
        if (parsed.GetValue(_calibration) is not { Length: > 0 } given)
            return truth is null && parsed.GetResult(_alpha) is not { Implicit: false } ? null
                : throw new UsageException($"{(truth is null ? _alpha.Name : _truth.Name)} goes with {_calibration.Name}, rows with their "
                    + "truths.");
        NamedFile[] data = [.. given.Select(text => NamedFile.Parse(text, _calibration.Name))];
        if (Array.Find(data, d => d.Path == DataFiles.Standard) is not null)
            throw new UsageException($"{_calibration.Name} takes files; what comes through a pipe is gone when the job goes on.");
        var alpha = ShareOption.Read(parsed, _alpha);
        return new(data, truth ?? (DataFiles.IsTable(data[0].Path) ? labelColumn : null)
            ?? throw new UsageException($"{_calibration.Name} wants to know what is true of its rows: {_truth.Name} COLUMN, or of "
                + $"arrays {_truth.Name} FILE."), alpha);
    }
}
