using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Features;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect features</c>: a page for each layer of a network, of all that is known of its units.</summary>
internal sealed class FeaturesCommand : System.CommandLine.Command, IHasHelpSections
{
    private const string Settings = "settings.json", Index = "index.html";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Terminal _terminal;
    private readonly PassArguments _pass = new(layers: "all convolutions and activations");
    private readonly MaximizationArguments _how = new();

    private readonly Option<string> _output = new("--output", "-o")
    {
        HelpName = "FOLDER", Required = true,
        Description = "The folder of the pages. One that this command began goes on: layers whose page is there are left as they are.",
    };

    private readonly Option<int> _units = new("--units", "-u")
    {
        HelpName = "N", Description = "How many units of each layer are shown, the first.", DefaultValueFactory = _ => 16,
    };

    private readonly Option<int> _top = new("--top")
    {
        HelpName = "N", Description = "How many rows of each unit.", DefaultValueFactory = _ => 6,
    };

    private readonly Option<int> _steps = new("--steps", "-n")
    {
        HelpName = "N", Description = "How many steps an optimised image takes; 0 for none.", DefaultValueFactory = _ => 128,
    };

    private readonly Option<double?> _minutes = new("--minutes")
    {
        HelpName = "X", Description = "Begin no layer after so many minutes; call again to go on. [default: until all is done]",
    };

    private readonly Option<string?> _concepts = new("--concepts")
    {
        HelpName = "FOLDER",
        Description = "Images with labels of their pixels, as introspect dissect takes them: which units stand for which.",
    };

    public FeaturesCommand(Terminal terminal)
        : base("features", "Writes pages of a whole network: by layer its units, optimised images, examples, concepts, statistics.")
    {
        _terminal = terminal;
        _pass.AddTo(this, _output, _units, _top, _steps, _minutes, _concepts);
        _how.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", $"{Index}, a page LAYER.html for each layer, and {Settings}, what they were made with.",
            "Each page appears when it is whole; a layer that is there is not made again."),
        new("Examples",
            "introspect features resnet.onnx --images photos --output atlas",
            "introspect features resnet.onnx --data images.npy --units 32 --minutes 30 --concepts broden --output atlas"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (output, units, top, steps) = (
            parsed.GetRequiredValue(_output), parsed.GetValue(_units), parsed.GetValue(_top), parsed.GetValue(_steps));
        if (units is < 1 or > 4096 || top is < 1 or > 1000 || steps < 0 || !(parsed.GetValue(_minutes) is null or > 0))
            throw new UsageException($"{_units.Name} takes a number from 1 to 4096, {_top.Name} from 1 to 1000, {_steps.Name} from 0 on, "
                + $"{_minutes.Name} one above 0.");
        if (output == DataFiles.Standard || File.Exists(output))
            throw new IOException($"Cannot write '{output}': a folder was expected.");
        var runtime = _pass.Runtime(parsed, _terminal);
        var watch = Stopwatch.StartNew();
        using var pass = _pass.Open(parsed, _terminal);
        var network = pass.Network;
        string[] layers = _pass.Layers(parsed) ?? Customary(network);
        if (layers.Length == 0)
            throw new InvalidDataException("The network has neither convolutions nor activations; name layers with --layer.");
        Begin(output, new Made(Path.GetFileName(_pass.Request(parsed).Path), layers, units, top, steps, parsed.GetValue(_concepts)));
        var files = layers.Select((l, i) => $"{i:00}-{string.Concat(l.Trim('/').Select(c =>
            char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-'))}.html").ToArray();
        string[] missing = [.. layers.Where((_, i) => !File.Exists(Path.Combine(output, files[i])))];
        long seen = 0;
        if (missing.Length > 0)
        {
            var unitsLast = !network.Inputs[0].Type.IsFloating();
            var options = new TopExamplesOptions { Layers = missing, Count = top, UnitsLast = unitsLast };
            TopExamples found;
            using (var rows = pass.Rows.Open())
                found = ProgressBar.Show(_terminal, "Looking for examples", progress =>
                    TopExamples.Find(network, rows, options, runtime, pass.Feed, null, progress, cancellation));
            NetworkStatistics statistics;
            using (var rows = pass.Rows.Open())
                statistics = ProgressBar.Show(_terminal, "Taking statistics", progress => NetworkStatistics.Take(network, rows,
                    new StatisticsOptions { Layers = missing, ByClass = false }, runtime, pass.Feed, progress: progress,
                    cancellation: cancellation));
            var concepts = parsed.GetValue(_concepts) is { } folder ? Dissected(folder, pass, missing, runtime, cancellation) : null;
            seen = found.Rows;
            foreach (var layer in missing)
            {
                cancellation.ThrowIfCancellationRequested();
                if (parsed.GetValue(_minutes) is { } most && watch.Elapsed.TotalMinutes > most)
                    break;
                Page(parsed, pass, layer, found, statistics, concepts, runtime, cancellation)
                    .Save(Path.Combine(output, files[Array.IndexOf(layers, layer)]));
                WriteIndex(parsed, output, layers, files);
            }
        }
        WriteIndex(parsed, output, layers, files);
        var left = files.Count(f => !File.Exists(Path.Combine(output, f)));
        _terminal.Done("Looked at", seen, watch.Elapsed, [Path.Combine(output, Index)],
            left == 0 ? [] : (string[])[$"{left} of {layers.Length} layers are left; call again with the same options to go on."]);
        return ExitCode.Done;
    }

    // A folder that holds something else is left alone.
    private static void Begin(string output, Made wanted)
    {
        var file = Path.Combine(output, Settings);
        if (File.Exists(file))
        {
            var there = JsonSerializer.Deserialize<Made>(File.ReadAllText(file));
            if (there is null || JsonSerializer.Serialize(there) != JsonSerializer.Serialize(wanted))
                throw new InvalidDataException($"The pages in '{output}' were made with other options, of which '{file}' tells. Take the "
                    + "same, or another folder.");
            return;
        }
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
            throw new IOException($"Cannot write '{output}': the folder is not empty, and this command did not begin it.");
        if (Path.GetDirectoryName(Path.GetFullPath(output)) is { } above && !Directory.Exists(above))
            throw new DirectoryNotFoundException($"Cannot write '{output}': the folder '{above}' does not exist. Create it first.");
        Directory.CreateDirectory(output);
        AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, wanted, Indented));
    }

    private Report Page(ParseResult parsed, OpenPass pass, string layer, TopExamples found, NetworkStatistics statistics,
        Dissection? concepts, RuntimeOptions runtime, CancellationToken cancellation)
    {
        var (network, steps) = (pass.Network, parsed.GetValue(_steps));
        var count = Math.Min(found.Of(layer).Units.Count, parsed.GetValue(_units));
        IReadOnlyList<Raster> optimised = [];
        if (steps > 0 && network.Inputs[0].Type.IsFloating())
        {
            var run = new MaximizationRun { Steps = steps, Targets = [.. Enumerable.Range(0, count).Select(u => (long)u)] };
            var images = Maximization.Run(
                network, Objective.Channel(layer), _how.Read(parsed, network, 0), run, runtime, cancellation);
            optimised = MaximizationReport.Pictures(images.Images, new FoundImageForm
            {
                Range = _how.Range(parsed),
                ChannelsLast = network.DefaultInput.Shape!.Rank > 2 && network.ChannelsOf(network.DefaultInput.Name) != 1,
            });
        }
        var own = statistics.Tensors.First(t => t.Layer == layer);
        var best = concepts?.Layers.FirstOrDefault(l => l.Layer == layer && l.Rotation is null)?.Ranked.ToDictionary(u => u.Unit);
        var (means, deviations, silent) = (own.Means, own.Deviations, own.Silent);
        var options = new ExampleReportOptions
        {
            Layers = [layer], MostUnits = count, UnitsLast = !network.Inputs[0].Type.IsFloating(), RowName = pass.Rows.RowName,
            First = optimised.Count == 0 ? null : (_, unit) => unit < optimised.Count ? ("optimised", optimised[unit]) : null,
            About = (_, unit) => string.Create(CultureInfo.InvariantCulture, $"mean {means[unit]:G3}, deviation {deviations[unit]:G3}")
                + (silent[unit] > 0 ? string.Create(CultureInfo.InvariantCulture, $", silent in {100 * silent[unit]:0} % of rows") : "")
                + (best?.GetValueOrDefault(unit) is { Iou: > 0 } concept ? string.Create(CultureInfo.InvariantCulture,
                    $"; {concepts!.Concepts[concept.Concept].Name}, IoU {concept.Iou:0.000}") : ""),
        };
        using var again = pass.Rows.Open();
        var kept = ExampleRows.Read(network, again, ExampleReport.RowsOf(found, options), runtime, pass.Feed);
        return ExampleReport.Of(layer, network, found, kept, options, runtime);
    }

    private static Dissection Dissected(
        string named, OpenPass pass, string[] layers, RuntimeOptions runtime, CancellationToken cancellation)
    {
        var folder = ConceptFolder.Open(named);
        var preprocessing = PreprocessingGuess.Of(pass.Network, new Dictionary<string, string>()).Preprocessing;
        var labels = folder.SeenBy(preprocessing);
        // Labels are of planes; of dense layers there are none.
        string[] planes = [.. layers.Where(l => pass.Network.Layers
            .First(n => n.Output == pass.Network.TensorOf(l)).Shape is { Rank: 4 })];
        return Dissection.Take(pass.Network, () => new ImageRows(folder.Images, preprocessing), labels,
            new DissectionOptions { Layers = planes }, runtime, _ => new Jobs.InputRows(0), cancellation: cancellation);
    }

    private void WriteIndex(ParseResult parsed, string output, string[] layers, string[] files) =>
        new Report($"What {Path.GetFileName(_pass.Request(parsed).Path)} has learned", "Layer by layer, from the input on")
        {
            new Facts(("Layers", layers.Length), ("Units shown of each", parsed.GetValue(_units)),
                ("Rows of each unit", parsed.GetValue(_top)), ("Steps of optimised images", parsed.GetValue(_steps))),
            new PageLinks([.. layers.Zip(files, (layer, file) => new PageLink(layer,
                File.Exists(Path.Combine(output, file)) ? file : null))]),
        }.Save(Path.Combine(output, Index));

    private static string[] Customary(Network network)
    {
        var all = NetworkStatistics.LayersOf(network);
        string[] shown = [.. all.Where(l => network.Layers.FirstOrDefault(n => n.Output == network.TensorOf(l))?.Operator
            is "Conv" or "Relu" or "Clip" or "HardSwish" or "Gemm" or "MatMul" or "Add")];
        return shown.Length > 0 ? shown : [.. all];
    }

    private sealed record Made(string Model, string[] Layers, int Units, int Top, int Steps, string? Concepts);
}
