using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Evaluation.Monitoring;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Monitoring;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect fairness</c>: reasons by groups of rows.</summary>
internal sealed class FairnessCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly ReasonArguments _reasons = new();

    private readonly Argument<string> _job = new("JOB") { Description = $"What a job said of its rows: {ReasonArguments.Files}." };

    private readonly Option<string> _group = new("--group-column", "-g")
    {
        Required = true, HelpName = "COLUMN", Description = "The column that tells the group of a row.",
    };

    private readonly Option<string?> _data = new("--data", "-d")
    {
        HelpName = "FILE", Description = "The rows that were explained, where that column stands there and was not carried along.",
    };

    private readonly Option<string?> _reference = new("--reference", "-r")
    {
        HelpName = "GROUP",
        Description = "Compare with this group. [default: with all other rows; of two groups the smaller with the larger]",
    };

    private readonly Option<int> _fewest = new("--fewest-rows")
    {
        HelpName = "N", Description = "Groups of fewer rows have means alone, without intervals.",
        DefaultValueFactory = _ => new GroupOptions().FewestRows,
    };

    private readonly Option<int> _groups = new("--most-groups")
    {
        HelpName = "N", Description = "More groups are refused: the column holds something else then.",
        DefaultValueFactory = _ => new GroupOptions().MostGroups,
    };

    public FairnessCommand(Terminal terminal)
        : base("fairness", "Compares the reasons of groups of rows, for a review of fairness.")
    {
        _terminal = terminal;
        Arguments.Add(_job);
        Option[] options = [_group, _data, _reference, _fewest, _groups];
        foreach (var option in options)
            Options.Add(option);
        _reasons.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "Of each group and feature: mean, deviation and mean size of its reasons; the difference of means from the",
            "reference, or from all other rows, with interval and probability (Welch, raised by Holm); of predictions, scores and bases",
            "the same. A difference is not yet unfairness, and none is no proof of fairness: the page says what the numbers tell."),
        new("Examples",
            "introspect fairness scored.parquet --group-column sex --output fairness.html",
            "introspect fairness scored.csv --group-column region --data rows.csv --reference north --output fairness.html -o groups.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (job, column) = (parsed.GetRequiredValue(_job), parsed.GetRequiredValue(_group));
        var request = _reasons.Read(parsed) with { GroupColumn = column, Data = parsed.GetValue(_data) };
        var outputs = _reasons.Outputs(parsed, [job, .. new[] { request.Data }.OfType<string>()]);
        var options = UsageException.Check(() => new GroupOptions
        {
            Reference = parsed.GetValue(_reference), FewestRows = parsed.GetValue(_fewest), MostGroups = parsed.GetValue(_groups),
            Level = _reasons.Level(parsed),
        });
        var watch = Stopwatch.StartNew();
        using var rows = ReasonRows.Open(job, request);
        var found = ProgressBar.Show(_terminal, "Comparing", progress =>
            GroupComparison.Of(rows, options, ReasonArguments.Progress(progress), cancellation));
        ReasonArguments.Note(rows, _terminal);
        OutputsByEnding.Write(outputs, () => GroupReport.Of($"Reasons by {column}", column, found, [("File", Path.GetFileName(job))]),
            stream => MonitoringFiles.WriteJson(stream, found), (path, stream) => MonitoringFiles.WriteCsv(path, stream, found));
        _terminal.Done("Compared", found.Rows, watch.Elapsed, outputs);
        return ExitCode.Done;
    }
}
