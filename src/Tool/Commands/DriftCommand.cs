using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Evaluation.Monitoring;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Monitoring;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect drift</c>: what changed between two jobs that explained rows.</summary>
internal sealed class DriftCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly ReasonArguments _reasons = new();

    private readonly Argument<string> _first = new("FIRST") { Description = $"The earlier job: {ReasonArguments.Files}." };

    private readonly Argument<string> _second = new("SECOND") { Description = "The later job, with the same columns." };

    private readonly Option<int> _bins = new("--bins")
    {
        HelpName = "N", Description = "How many bins of the stability index, each with as many of the first job's rows.",
        DefaultValueFactory = _ => new DriftOptions().Bins,
    };

    private readonly Option<int> _sample = new("--sample-rows")
    {
        HelpName = "N", Description = "How many rows of a job are kept in memory; of more, bounds of bins and distances are of a sample.",
        DefaultValueFactory = _ => new DriftOptions().SampleRows,
    };

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "NUMBER", Description = "Other samples for every seed.", DefaultValueFactory = _ => new DriftOptions().Seed,
    };

    public DriftCommand(Terminal terminal)
        : base("drift", "Compares the reasons of two jobs: what changed since last month.")
    {
        _terminal = terminal;
        Arguments.Add(_first);
        Arguments.Add(_second);
        _reasons.AddTo(this);
        Option[] options = [_bins, _sample, _seed];
        foreach (var option in options)
            Options.Add(option);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "Of each feature: how far its reasons moved (Wasserstein), mean sizes and means of both jobs with the difference,",
            "its interval and probability (Welch, raised by Holm), places, population stability index, Jensen-Shannon divergence in bits,",
            "Kolmogorov-Smirnov; of predictions, scores and bases the same without sizes. The farthest first."),
        new("Examples",
            "introspect drift june.parquet july.parquet --output drift.html",
            "introspect drift june.csv.gz july.csv.gz --target 1 --output drift.html --output drift.json"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (first, second, request) = (parsed.GetRequiredValue(_first), parsed.GetRequiredValue(_second), _reasons.Read(parsed));
        var outputs = _reasons.Outputs(parsed, first, second);
        if (first == DataFiles.Standard)
            throw new UsageException("FIRST may be read twice; name a file.");
        var options = UsageException.Check(() => new DriftOptions
        {
            Bins = parsed.GetValue(_bins), SampleRows = parsed.GetValue(_sample), Seed = parsed.GetValue(_seed),
            Level = _reasons.Level(parsed),
        });
        var watch = Stopwatch.StartNew();
        List<ReasonRows> opened = [];
        var drift = ProgressBar.Show(_terminal, "Comparing", progress => ExplanationDrift.Between(
            () => Open(first), () => Open(second), options, ReasonArguments.Progress(progress), cancellation));
        foreach (var rows in opened)
            ReasonArguments.Note(rows, _terminal);
        OutputsByEnding.Write(outputs, () => Page(first, second, request, drift), stream => MonitoringFiles.WriteJson(stream, drift),
            (path, stream) => MonitoringFiles.WriteCsv(path, stream, drift));
        _terminal.Done("Compared", drift.FirstRows + drift.SecondRows, watch.Elapsed, outputs,
            $"Moved much: {Named(drift, DriftLevel.Large)}; moderately: {Named(drift, DriftLevel.Moderate)}");
        return ExitCode.Done;

        ReasonRows Open(string path)
        {
            var rows = ReasonRows.Open(path, request);
            opened.Add(rows);
            return rows;
        }
    }

    private static string Named(ExplanationDrift drift, DriftLevel level)
    {
        const int most = 10;
        string[] names = [.. drift.Reasons.Where(r => r.Level == level).Select(r => r.Name)];
        var more = names.Length > most ? $" and {names.Length - most} more" : "";
        return names.Length == 0 ? "none" : string.Join(", ", names.Take(most)) + more;
    }

    private static Report Page(string first, string second, ReasonRequest request, ExplanationDrift drift)
    {
        var (earlier, later) = (Path.GetFileName(first), Path.GetFileName(second));
        (earlier, later) = earlier == later ? (first, second) : (earlier, later);
        (string, object?)[] facts = [.. request.Method is { } method ? [("Method", (object?)method)] : ((string, object?)[])[],
            .. request.Target is { } target ? [("Output", (object?)target)] : ((string, object?)[])[]];
        return DriftReport.Of("What changed in the reasons", earlier, later, drift, facts);
    }
}
