using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Evaluating;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect uncertainty</c>: how far a network's predictions, and explanations of them, may be believed.</summary>
internal sealed class UncertaintyCommand : System.CommandLine.Command, IHasHelpSections
{
    private const string Predictions = "p", Doubts = "d", Maps = "a", OfFile = "file";

    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly FeatureData _data = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string[]> _dropout = new("--dropout")
    {
        HelpName = $"LAYER=RATE|{OfFile}",
        Description = "Leave out a share of what a layer makes, anew in each pass (Monte Carlo dropout), as in training. Repeatable. "
            + $"{OfFile}: where the file still tells of dropout.",
    };

    private readonly Option<string[]> _ensemble = new("--ensemble")
    {
        HelpName = "FILE", Description = "Another network of the same inputs and classes, a pass of its own. Repeatable.",
    };

    private readonly Option<double?> _noise = new("--noise")
    {
        HelpName = "SHARE", Description = "Add normal noise to rows in each pass; its deviation as a share of each row's range.",
    };

    private readonly Option<int> _passes = new("--passes")
    {
        HelpName = "N", Description = "How many passes with dropout or noise.", DefaultValueFactory = _ => 30,
    };

    private readonly Option<bool> _wholeChannels = new("--whole-channels")
    {
        Description = "Of dropout in maps: leave out whole channels.",
    };

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "NUMBER", Description = "Other masks and noise for every seed.", DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _method = new("--method", "-m")
    {
        HelpName = "METHOD", Description = "Tell also how far passes differ about an explanation; options after colons.",
    };

    private readonly Option<string?> _labels = new("--labels")
    {
        HelpName = "FILE",
        Description = "What is true of the rows, a class from 0 or a number each, for the page: a table of one column, or .npy.",
    };

    private readonly Option<double> _alpha = new("--alpha")
    {
        HelpName = "SHARE", Description = "The share of rows that sets and intervals on the page may miss.", DefaultValueFactory = _ => 0.1,
    };

    private readonly Option<string?> _output = RowFiles.Output("numbers", isRequired: false)!;
    private readonly ReportOption _report = new("Write a page: calibration, sets that keep a promise, the most doubtful rows.");

    public UncertaintyCommand(Terminal terminal)
        : base("uncertainty", "Tells how far a network's predictions, and explanations of them, may be believed.")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Option[] options =
            [_dropout, _ensemble, _noise, _passes, _wholeChannels, _seed, _method, _labels, _alpha, _output, _report];
        foreach (var option in options)
            Options.Add(option);
        _data.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "Table: row, the columns carried along, mean and deviation of each class over passes, entropy, expected_entropy,",
            "mutual_information, variation_ratio; with --method mean, deviation and sign agreement of each item. NPZ: an array of each.",
            "Without passes the network says what it says once, and there are its probabilities and their entropy."),
        new("Examples",
            "introspect uncertainty net.onnx --data rows.npy --dropout relu1=0.2 --dropout relu2=0.5 --output doubts.csv",
            "introspect uncertainty a.onnx --ensemble b.onnx --ensemble c.onnx --data rows.npy --labels classes.npy --report page.html",
            "introspect uncertainty net.onnx --data rows.csv --noise 0.1 --method saliency --output maps.npz"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, output, report, labels) =
            (_network.Read(parsed), parsed.GetValue(_output), _report.Read(parsed), parsed.GetValue(_labels));
        string[] files = [.. new[] { output, report }.OfType<string>()];
        if (files.Length == 0)
            throw new UsageException("Say where results go: --output FILE, --report FILE.html.");
        string[] others = parsed.GetValue(_ensemble) ?? [];
        foreach (var path in files)
            OutputFile.Check(path, [request.Path, .. others, .. _data.Files(parsed), .. new[] { labels }.OfType<string>()]);
        if (labels is not null && report is null)
            throw new UsageException($"{_labels.Name} is for the page: {_report.Name} FILE.html.");
        var alpha = ShareOption.Read(parsed, _alpha);
        var method = UsageException.Check(() => parsed.GetValue(_method) is not { } text ? null
            : Choice.Parse([text], []) is [var one] ? MethodCatalog.Create(one.Name, one.Options)
            : throw new ArgumentException($"{_method.Name} takes one method."));
        var runtime = _runtime.Read(parsed, _terminal.Warn);

        var watch = Stopwatch.StartNew();
        using var data = _data.Open(parsed, request, _terminal);
        var network = data.Network;
        var passes = UsageException.Check(() => Passes(parsed, request, network, others));
        var hasClasses = Disagreement.IsFor(network);
        if (report is not null && !hasClasses && network.ClassesOf(network.DefaultOutput) is not 1)
            throw new UsageException($"A page tells of classes that exclude each other, or of one number. '{network.DefaultOutput}' holds "
                + $"{network.ClassesOf(network.DefaultOutput)?.ToString() ?? "an open number of"} labels or numbers: take --output.");
        List<Ask> asks = [new(new SpreadOfPredictions(passes), null, Predictions)];
        if (hasClasses)
            asks.Add(new(new Disagreement(passes), null, Doubts));
        if (method is not null)
            asks.Add(new(new SpreadOfAttributions(method, passes), null, Maps));
        var graph = UsageException.Check(() => Explanation.Compile(network, [.. asks]));
        using var work = new GraphWork(graph.Model, runtime, data.Sources.Rows, data.Feed, graph.Model.Outputs.Select(o => new GraphResult(
            o.Name, NameOf(o.Name), o.Shape is { Rank: 2 } shape && shape[1] == 1)));
        using var seen = new CollectedNumbers(report is null ? [] : [.. work.Ports.Take(hasClasses ? 5 : 2)]);
        using var sink = output is null ? (IRowSink)seen
            : new JoinedSinks([seen, Files(output, data.Sources.Rows.CarriedNames, work.Ports)]);
        var rows = ProgressBar.Show(_terminal, "Passing", progress => new Job(data.Sources.Rows, work).Run(sink, progress, cancellation));
        if (report is not null)
            Page(request, passes, seen, hasClasses, labels, alpha).Save(report);
        _terminal.Done("Passed", rows, watch.Elapsed, files);
        return ExitCode.Done;
    }

    private static string NameOf(string output) => output.StartsWith(Doubts + "_", StringComparison.Ordinal) ? output[2..]
        : output.StartsWith(Predictions + "_", StringComparison.Ordinal) ? output[2..] : "attribution" + output[1..];

    private Passes Passes(ParseResult parsed, NetworkRequest request, Network network, string[] others)
    {
        var (layers, noise, count, seed) =
            (parsed.GetValue(_dropout) ?? [], parsed.GetValue(_noise), parsed.GetValue(_passes), parsed.GetValue(_seed));
        if ((layers.Length > 0 ? 1 : 0) + (others.Length > 0 ? 1 : 0) + (noise is null ? 0 : 1) > 1)
            throw new ArgumentException($"One of {_dropout.Name}, {_ensemble.Name} and {_noise.Name} makes the passes.");
        var shapes = network.Inputs.ToDictionary(i => i.Name, i => (IReadOnlyList<long>)[.. i.Shape!.Skip(1).Select(d => d.Value)]);
        return others.Length > 0 ? new EnsemblePasses([.. others.Select(path => request with { Path = path }).Select(
                other => other.Load(other.ReadModel(), shapes))])
            : noise is { } share ? new NoisePasses(count, share, seed)
            : layers.Length == 0 ? new OnePass()
            : new DropoutPasses
            {
                Samples = count, Seed = seed, WholeChannels = parsed.GetValue(_wholeChannels),
                Layers = layers is [OfFile] ? null : [.. layers.Select(Layer)],
            };

        DroppedLayer Layer(string text) => text.LastIndexOf('=') is > 0 and var at
            && double.TryParse(text[(at + 1)..], System.Globalization.CultureInfo.InvariantCulture, out var rate)
            ? new DroppedLayer(network.Layer(text[..at]).Name, rate)
            : throw new ArgumentException($"{_dropout.Name} takes LAYER=RATE, or {OfFile}; '{text}' was given.");
    }

    private static IRowSink Files(string output, IReadOnlyList<string> carried, IReadOnlyList<ResultPort> ports) =>
        DataFiles.Kind(output) == DataKind.Npy
            ? throw new UsageException($"There are {ports.Count} arrays: take .npz, or a table.")
            : ResultFiles.Begin(output, [.. ports.Select(p => (new ResultName(p.Name, null), p))], () => new TableSink(output, carried,
                [.. ports.Select(p => TableColumns.Of(p, p.Width == 1 ? [p.Name] : ExplainedTensor.Places(p.Name, p.RowShape)))]));

    private Report Page(NetworkRequest request, Passes passes, CollectedNumbers seen, bool hasClasses, string? labels, double alpha)
    {
        var count = seen.Rows;
        if (count == 0)
            throw new InvalidDataException("There are no rows, of which a page could tell.");
        var truths = labels is null ? null : LabelFile.Read(labels, count, _terminal.Note);
        var classes = Math.Max(2, seen[0].Count / count);
        if (hasClasses && truths is not null
            && Array.FindIndex(truths, t => !(t >= 0 && t < classes && t == Math.Floor(t))) is >= 0 and var wrong)
            throw new InvalidDataException($"'{labels}', row {wrong}: {truths[wrong]} is no class; the network has {classes}, from 0 on.");
        double[]? doubts = hasClasses ? [.. seen[2].Zip(seen[4], (all, model) => (double[])[all, model]).SelectMany(d => d)] : null;
        return UncertaintyReport.Of($"Doubts of {Path.GetFileName(request.Path)}", passes switch
        {
            OnePass => "one, the network as it is",
            EnsemblePasses => $"{passes.Count} networks",
            NoisePasses noise => FormattableString.Invariant($"{passes.Count} with noise of {noise.Noise:P0} of a row's range"),
            _ => $"{passes.Count} with dropout",
        }, new UncertainRows([.. Enumerable.Range(0, count).Select(row => row.ToString(System.Globalization.CultureInfo.InvariantCulture))],
            [.. seen[0]], [.. seen[1]], doubts, truths), alpha);
    }
}
