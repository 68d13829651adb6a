using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect dissect</c>: which concepts units stand for.</summary>
internal sealed class DissectCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string> _concepts = new("--concepts")
    {
        Required = true, HelpName = "FOLDER",
        Description = "Images with labels of their pixels: Broden's layout (index.csv, category.csv, label.csv), or images/NAME.png with "
            + "labels/CATEGORY/NAME.png and, for names, labels.csv (category, number, name).",
    };

    private readonly Option<string?> _preprocess = new("--preprocess")
    {
        HelpName = $"{string.Join('|', Preprocessing.Names)}|FILE.json",
        Description = "How images become numbers. [default: what the model says, else what is customary; told in a line]",
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FOLDER", Description = "A new folder for the published tables: LAYER-result.csv for each layer (and network).",
    };

    private readonly ReportOption _report = new("Write a page: bars of concepts, unit by unit what excites it and where.");

    private readonly Option<string[]> _layers = new("--layer", "-l")
    {
        HelpName = "LAYER", Description = "A layer, or the name of a tensor inside the network. Repeatable. [default: all convolutions]",
    };

    private readonly Option<string[]> _checkpoints = new("--checkpoint")
    {
        HelpName = "FILE", Description = "Another state of the network, or another network, shown beside it. Repeatable.",
    };

    private readonly Option<double> _tail = new("--tail")
    {
        HelpName = "SHARE", Description = "The share of a unit's numbers that are high.",
        DefaultValueFactory = _ => new DissectionOptions().Tail,
    };

    private readonly Option<double> _iou = new("--iou")
    {
        HelpName = "SHARE", Description = "The least intersection over union of a detector.",
        DefaultValueFactory = _ => new DissectionOptions().Detection,
    };

    private readonly Option<string> _enlarge = new("--enlarge")
    {
        HelpName = "half-pixel|align-corners|receptive-fields", Description = "How maps are brought to the size of labels.",
        DefaultValueFactory = _ => "half-pixel",
    };

    private readonly Option<int> _rotations = new("--rotations")
    {
        HelpName = "N", Description = "Dissect N random rotations of each layer's channels, too: directions that were not learned.",
    };

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "N", Description = "The first rotation's seed.", DefaultValueFactory = _ => new DissectionOptions().Seed,
    };

    private readonly Option<int?> _sample = new("--threshold-rows")
    {
        HelpName = "N", Description = "Take thresholds of N images, spread evenly: nearly halves the time. [default: all, as published]",
    };

    private readonly Option<int> _shown = new("--shown")
    {
        HelpName = "N", Description = "How many units of each layer the page shows, the best first.", DefaultValueFactory = _ => 32,
    };

    public DissectCommand(Terminal terminal)
        : base("dissect", "Tells which labelled concepts the units of a network stand for (network dissection).")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Option[] options =
        [
            _concepts, _preprocess, _output, _report, _layers, _checkpoints, _tail, _iou, _enlarge, _rotations, _seed, _sample, _shown,
        ];
        foreach (var option in options)
            Options.Add(option);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output",
            "Tables: unit (from 1), category, label, score, and for each category its best label, truth, activation, intersect, iou."),
        new("Examples",
            "introspect dissect resnet.onnx --concepts broden --layer layer3 --output tables --report concepts.html",
            "introspect dissect epoch9.onnx --checkpoint epoch1.onnx --concepts own --rotations 3 --report learning.html"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, output, report) = (_network.Read(parsed), parsed.GetValue(_output), _report.Read(parsed));
        if (output is null && report is null)
            throw new UsageException("Say where results go: --output FOLDER, --report FILE.html.");
        string[] paths = [request.Path, .. parsed.GetValue(_checkpoints) ?? []];
        if (report is not null)
            OutputFile.Check(report, paths);
        if (output is not null)
            ResultFolder.Check(output);
        var options = UsageException.Check(() => new DissectionOptions
        {
            Layers = parsed.GetValue(_layers) is { Length: > 0 } given ? given : null, Tail = parsed.GetValue(_tail),
            Detection = parsed.GetValue(_iou), Enlargement = Enlargement(parsed), Rotations = parsed.GetValue(_rotations),
            Seed = parsed.GetValue(_seed), ThresholdRows = parsed.GetValue(_sample),
        });
        var shown = parsed.GetValue(_shown) is >= 1 and var most ? most
            : throw new UsageException($"{_shown.Name} takes a number from 1 on; {parsed.GetValue(_shown)} was given.");
        var runtime = _runtime.Read(parsed, _terminal.Warn);
        var folder = ConceptFolder.Open(parsed.GetRequiredValue(_concepts));

        var watch = Stopwatch.StartNew();
        var networks = new List<DissectedNetwork>();
        foreach (var path in paths)
            networks.Add(Dissected(request with { Path = path }, Told(path, paths), folder, options,
                report is null ? null : shown, parsed.GetValue(_preprocess), runtime, cancellation));
        if (output is not null)
            WriteTables(output, networks);
        if (report is not null)
            DissectionReport.Of($"Concepts in {Path.GetFileName(request.Path)}", networks, shown,
                rowName: row => Path.GetFileName(folder.Images[(int)row].Path), runtime: runtime).Save(report);
        _terminal.Done("Looked at", networks[0].Found.Rows, watch.Elapsed, [.. new[] { output, report }.OfType<string>()]);
        return ExitCode.Done;
    }

    private DissectedNetwork Dissected(NetworkRequest request, string name, ConceptFolder folder, DissectionOptions options, int? shown,
        string? preprocess, RuntimeOptions runtime, CancellationToken cancellation)
    {
        var model = request.ReadModel();
        var network = request.Load(model);
        var prepared = new ImageRequest(folder.Folder, preprocess)
            .Prepared(PictureInput.Of(network), () => PreprocessingGuess.Of(network, model.Metadata));
        _terminal.Note($"preprocessing {prepared.Preprocessing.Description}; {prepared.Reason}.");
        var labels = folder.SeenBy(prepared.Preprocessing);
        ImageRows Rows() => new(folder.Images, prepared.Preprocessing);
        InputRows Feed(Onnx.TensorInfo input) => new(0);
        var found = ProgressBar.Show(_terminal, "Looking", progress =>
            Dissection.Take(network, Rows, labels, options, runtime, Feed, null, progress, cancellation));
        if (shown is not { } most)
            return new DissectedNetwork(name, network, found);
        using var again = Rows();
        return new DissectedNetwork(name, network, found,
            ExampleRows.Read(network, again, DissectionReport.RowsOf(found, most), runtime, Feed));
    }

    private MapEnlargement Enlargement(ParseResult parsed) => parsed.GetRequiredValue(_enlarge) switch
    {
        "half-pixel" => MapEnlargement.HalfPixel,
        "align-corners" => MapEnlargement.AlignCorners,
        "receptive-fields" => MapEnlargement.ReceptiveFields,
        var other => throw new UsageException($"{_enlarge.Name} takes {_enlarge.HelpName}; '{other}' was given."),
    };

    private static string Told(string path, string[] paths) =>
        paths.Count(p => Path.GetFileName(p) == Path.GetFileName(path)) > 1 ? path : Path.GetFileName(path);

    private static void WriteTables(string output, List<DissectedNetwork> networks)
    {
        using var folder = new ResultFolder(output);
        foreach (var (number, network) in networks.Index())
        {
            foreach (var layer in network.Found.Layers)
            {
                var name = string.Concat(layer.Layer.Trim('/')
                    .Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-'));
                var file = (networks.Count > 1 ? $"{number}-" : "") + name + (layer.Rotation is { } seed ? $"-rotation{seed}" : "");
                AtomicFile.Write(folder[$"{file}-result.csv"], stream =>
                {
                    using var writer = new StreamWriter(stream, leaveOpen: true);
                    network.Found.WriteTable(writer, layer);
                });
            }
        }
        folder.Complete();
    }
}
