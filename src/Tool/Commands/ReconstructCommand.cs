using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Pages;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect reconstruct</c>: where the copies that an autoencoder makes of rows differ from the rows.</summary>
internal sealed class ReconstructCommand : System.CommandLine.Command, IHasHelpSections
{
    private const string Errors = "error", Means = "mean_error", Copies = "copy";

    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly FeatureImages _rows = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string?> _tensor = new("--output-tensor")
    {
        HelpName = "NAME", Description = "The output that is the copy. [default: the only one of the rows' shape]",
    };

    private readonly Option<ErrorMeasure> _measure = new("--measure")
    {
        HelpName = "squared|absolute|signed", Description = "How copy and row are told apart.",
    };

    private readonly Option<ErrorMean> _mean = new("--mean")
    {
        HelpName = "none|channels|row", Description = "Over what errors are averaged: an error for each number, a map, or one for a row.",
    };

    private readonly Option<int> _shown = new("--shown")
    {
        HelpName = "N", Description = "How many rows the page shows, those of the largest errors.", DefaultValueFactory = _ => 12,
    };

    private readonly Option<string?> _output = RowFiles.Output("errors", isRequired: false)!;
    private readonly ReportOption _report = new("Write a page: the rows of the largest errors, their copies, and where they differ.");

    public ReconstructCommand(Terminal terminal)
        : base("reconstruct", "Tells where the copies that an autoencoder makes of rows differ from them (reconstruction errors).")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Option[] options = [_tensor, _measure, _mean, _shown, _output, _report];
        foreach (var option in options)
            Options.Add(option);
        _rows.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPY: shape [N, …] of the rows, of maps, or [N]. NPZ: error, mean_error [N]. Table: row, error…, mean_error."),
        new("Examples",
            "introspect reconstruct autoencoder.onnx --images photos --mean channels --output maps.npy --report anomalies.html",
            "introspect reconstruct autoencoder.onnx --data rows.csv --measure absolute --output errors.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, output, report) = (_network.Read(parsed), parsed.GetValue(_output), _report.Read(parsed));
        string[] files = [.. new[] { output, report }.OfType<string>()];
        if (files.Length == 0)
            throw new UsageException("Say where results go: --output FILE, --report FILE.html.");
        foreach (var path in files)
            OutputFile.Check(path, [request.Path, .. _rows.Files(parsed)]);
        var (shown, mean) = (parsed.GetValue(_shown), parsed.GetValue(_mean));
        if (shown is < 1 or > 1000)
            throw new UsageException($"{_shown.Name} takes a number from 1 to 1000; {shown} was given.");
        var error = UsageException.Check(() => new ReconstructionError(parsed.GetValue(_tensor), parsed.GetValue(_measure), mean));
        var runtime = _runtime.Read(parsed, _terminal.Warn);

        var watch = Stopwatch.StartNew();
        var open = new Stack<IDisposable>();
        try
        {
            var rows = _rows.Read(parsed, request, _terminal, null, open, isReadOnce: report is null);
            var single = error with
            {
                Mean = ErrorMean.Row, Measure = error.Measure == ErrorMeasure.Signed ? ErrorMeasure.Absolute : error.Measure,
            };
            Ask[] asks = [new(error, null, Errors), new(single, null, Means)];
            var graph = Explanation.Compile(rows.Network, asks);
            using var source = rows.Open();
            using var work = new GraphWork(graph.Model, runtime, source, rows.Feed,
                [new GraphResult(Errors, Errors, mean == ErrorMean.Row), new GraphResult(Means, Means, true)]);
            using var best = new Largest(work.Ports[1], report is null ? 0 : shown);
            using var sink = output is null ? (IRowSink)best
                : new JoinedSinks([best, Files(output, source.CarriedNames, work.Ports, mean)]);
            var seen = ProgressBar.Show(_terminal, "Comparing", progress => new Job(source, work).Run(sink, progress, cancellation));
            if (report is not null)
                Page(request, rows, error, best, seen, runtime).Save(report);
            _terminal.Done("Compared", seen, watch.Elapsed, files);
            return ExitCode.Done;
        }
        finally
        {
            OpenPass.Close(open);
        }
    }

    private static IRowSink Files(string output, IReadOnlyList<string> carried, IReadOnlyList<ResultPort> ports, ErrorMean mean)
    {
        // Where a row has but one error, that is its mean.
        ResultPort[] wanted = mean == ErrorMean.Row ? [ports[0]] : [.. ports];
        if (Data.DataFiles.Kind(output) == Data.DataKind.Npy)
            wanted = wanted[..1];
        return ResultFiles.Begin(output, [.. wanted.Select(p => (new ResultName(p.Name, null), p))], () => new TableSink(output, carried,
            [.. wanted.Select(p => TableColumns.Of(p, p.Width == 1 ? [p.Name] : ExplainedTensor.Places(p.Name, p.RowShape)))]));
    }

    private static Report Page(NetworkRequest request, RereadRows rows, ReconstructionError error, Largest best, long seen,
        Runtime.RuntimeOptions runtime)
    {
        var maps = error with { Mean = ErrorMean.None };
        var (original, copy) = (rows.Network.DefaultInput.Name, maps.CopyOf(rows.Network));
        var report = new Report($"Copies by {Path.GetFileName(request.Path)}", "Where copies differ from rows, the largest errors first")
        {
            new Facts(("Rows", seen), ("Copy", copy), ("Measure", error.Measure.ToString().ToLowerInvariant()),
                ("Mean error of all rows", best.Sum / seen), ("Largest mean error", best.Rows.FirstOrDefault().Error)),
        };
        using var again = rows.Open();
        var kept = ExampleRows.Read(rows.Network, again, best.Rows.Select(r => r.Row), runtime, rows.Feed);
        var graph = Explanation.Compile(rows.Network, new Ask(maps, null, Errors), new Ask(new Activation(copy), null, Copies)).Model;
        using var session = new Runtime.ModelSession(graph, runtime);
        var section = new Section("Rows");
        report.Add(section);
        foreach (var (row, mean) in best.Rows)
        {
            var feeds = rows.Network.Inputs.ToDictionary(i => i.Name, i => kept.Seen(row, i.Name) is var own
                ? Tensor.FromDoubles(i.Type, own.ToDouble(), [1, .. own.Dimensions]) : null!);
            var found = session.Run(feeds);
            section.Add(ReconstructionReport.Row($"{rows.RowName(row)}: {mean:G4}", feeds[original], found[Copies], found[Errors],
                rows.Network.Input(original).Shape!.Rank > 2 && rows.Network.ChannelsOf(original) != 1));
        }
        return report;
    }

    /// <summary>Keeps the rows of the largest numbers.</summary>
    private sealed class Largest(ResultPort port, int most) : IRowSink
    {
        private readonly List<(long Row, double Error)> _rows = [];

        public IReadOnlyList<(long Row, double Error)> Rows => _rows;

        public double Sum { get; private set; }

        public IReadOnlyList<string> Paths => [];

        public bool Carries => false;

        public void Append(long first, int rows, IReadOnlyList<string[]> carried)
        {
            for (var row = 0; row < rows; row++)
            {
                var error = PortNumbers.Of(port, row)[0];
                Sum += error;
                var place = _rows.FindIndex(r => r.Error < error);
                if (place >= 0 || _rows.Count < most)
                    _rows.Insert(place < 0 ? _rows.Count : place, (first + row, error));
                if (_rows.Count > most)
                    _rows.RemoveAt(most);
            }
        }

        public void Dispose() { }
    }
}
