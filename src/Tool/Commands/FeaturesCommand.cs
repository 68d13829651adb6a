using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
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

    private readonly Option<int> _pageSize = new("--page-mib")
    {
        HelpName = "N", Description = "The largest page; of layers whose page would be larger fewer units are shown.",
        DefaultValueFactory = _ => 32,
    };

    private readonly Option<int> _disk = new("--most-mib")
    {
        HelpName = "N", Description = "Begin no page once the folder holds so much.", DefaultValueFactory = _ => 1024,
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
        _pass.AddTo(this, _output, _units, _top, _steps, _minutes, _pageSize, _disk, _concepts);
        _how.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", $"{Index}, a page LAYER.html for each layer, and {Settings}, what they were made with.",
            "Each page appears when it is whole; a layer that is there is not made again. Another network, other rows, images that are",
            "prepared otherwise, or other options are refused there."),
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
        if (parsed.GetValue(_pageSize) is < 1 or > 1024 || parsed.GetValue(_disk) < 1)
            throw new UsageException($"{_pageSize.Name} takes a number from 1 to 1024, {_disk.Name} one from 1 on.");
        if (output == DataFiles.Standard || File.Exists(output))
            throw new IOException($"Cannot write '{output}': a folder was expected.");
        var runtime = _pass.Runtime(parsed, _terminal);
        var watch = Stopwatch.StartNew();
        using var pass = _pass.Open(parsed, _terminal);
        var network = pass.Network;
        string[] layers = _pass.Layers(parsed) ?? Customary(network);
        if (layers.Length == 0)
            throw new InvalidDataException("The network has neither convolutions nor activations; name layers with --layer.");
        _pass.MadeOf(parsed, pass, layers, parsed.GetValue(_concepts), _minutes.Name, _pageSize.Name, _disk.Name, _concepts.Name)
            .Begin(output, Settings);
        var files = layers.Select((l, i) => $"{i:00}-{string.Concat(l.Trim('/').Select(c =>
            char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-'))}.html").ToArray();
        string[] missing = [.. layers.Where((_, i) => !File.Exists(Path.Combine(output, files[i])))];
        long seen = 0;
        if (missing.Length > 0)
        {
            var unitsLast = !network.Inputs[0].Type.IsFloating();
            var options = new TopExamplesOptions { Layers = missing, Count = top, UnitsLast = unitsLast, Statistics = new() };
            TopExamples found;
            using (var rows = pass.Rows.Open())
                found = ProgressBar.Show(_terminal, "Looking", progress =>
                    TopExamples.Find(network, rows, options, runtime, pass.Feed, null, progress, cancellation));
            var statistics = found.Statistics!;
            var concepts = parsed.GetValue(_concepts) is { } folder ? Dissected(folder, pass, missing, runtime, cancellation) : null;
            seen = found.Rows;
            foreach (var layer in missing)
            {
                cancellation.ThrowIfCancellationRequested();
                if (parsed.GetValue(_minutes) is { } most && watch.Elapsed.TotalMinutes > most
                    || Held(output).Sum() >= (long)parsed.GetValue(_disk) << 20)
                    break;
                Write(Path.Combine(output, files[Array.IndexOf(layers, layer)]), parsed, pass, layer, found, statistics, concepts, runtime,
                    cancellation);
                WriteIndex(parsed, output, layers, files);
            }
        }
        WriteIndex(parsed, output, layers, files);
        var left = files.Count(f => !File.Exists(Path.Combine(output, f)));
        var held = Held(output);
        _terminal.Done("Looked at", seen, watch.Elapsed, [Path.Combine(output, Index)],
        [
            string.Create(CultureInfo.InvariantCulture,
                $"{held.Length} files, {held.Sum() / (double)(1 << 20):0.0} MiB; the largest {held.Max() / (double)(1 << 20):0.0} MiB."),
            .. left == 0 ? [] : (string[])[$"{left} of {layers.Length} layers are left; call again with the same options to go on"
                + (held.Sum() >= (long)parsed.GetValue(_disk) << 20 ? $", and a larger {_disk.Name}." : ".")],
        ]);
        return ExitCode.Done;
    }

    private static long[] Held(string folder) => [.. new DirectoryInfo(folder).EnumerateFiles().Select(f => f.Length)];

    // Fewer units where a page of all would be too large.
    private void Write(string path, ParseResult parsed, OpenPass pass, string layer, TopExamples found, NetworkStatistics statistics,
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
        ExampleRows kept;
        using (var again = pass.Rows.Open())
            kept = ExampleRows.Read(network, again, ExampleReport.RowsOf(found, options), runtime, pass.Feed);
        while (true)
        {
            using var page = new MemoryStream();
            ExampleReport.Of(layer, network, found, kept, options, runtime).Write(page);
            var fitting = (int)(count * 0.9 * ((long)parsed.GetValue(_pageSize) << 20) / page.Length);
            if (page.Length <= (long)parsed.GetValue(_pageSize) << 20 || count == 1)
            {
                AtomicFile.Write(path, stream => page.WriteTo(stream));
                return;
            }
            count = Math.Clamp(fitting, 1, count - 1);
            _terminal.Note($"the page of '{layer}' shows {count} units, so that it stays below {parsed.GetValue(_pageSize)} MiB.");
            options = options with { MostUnits = count };
        }
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
}
