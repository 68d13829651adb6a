using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect maximize</c>: images that excite units, channels, classes.</summary>
internal sealed class MaximizeCommand : System.CommandLine.Command, IHasHelpSections
{
    private const int MostImages = 4096;

    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly MaximizationArguments _how = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "Where images go: .png for a contact sheet, .apng for a film (with --frame-every), .npz for numbers, .onnx for the "
            + "whole optimisation as a model that takes steps, seed and target.",
    };

    private readonly ReportOption _report = new("Write a page: the images, curves of the objective, what they were on the way.");

    private readonly Option<string?> _layer = new("--layer", "-l")
    {
        HelpName = "LAYER", Description = "The layer whose channels are excited. [default: the scores of the classes]",
    };

    private readonly Option<string?> _channels = new("--channels", "-c")
    {
        HelpName = "0-7,12", Description = "Which channels, or classes. [default: the first 16]",
    };

    private readonly Option<bool> _neuron = new("--neuron") { Description = "Excite the unit in the middle of the map alone." };

    private readonly Option<int> _steps = new("--steps", "-n")
    {
        HelpName = "N", Description = "How many steps are taken.", DefaultValueFactory = _ => new MaximizationRun().Steps,
    };

    private readonly Option<long> _seed = new("--seed")
    {
        HelpName = "N", Description = "Other starts and transformations for every seed; the same give the same images.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _copies = new("--copies")
    {
        HelpName = "N", Description = "So many images of each channel, of seeds that follow one another.", DefaultValueFactory = _ => 1,
    };

    private readonly Option<double> _diversity = new("--diversity")
    {
        HelpName = "WEIGHT", Description = "With --copies of one channel: how much it counts that they differ.",
    };

    private readonly Option<int> _frames = new("--frame-every")
    {
        HelpName = "N", Description = "Keep the images of every N-th step, too; the number of steps must be a multiple.",
    };

    public MaximizeCommand(Terminal terminal)
        : base("maximize", "Finds images that excite units of a network most (feature visualisation).")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Option[] options = [_output, _report, _layer, _channels, _neuron, _steps, _seed, _copies, _diversity, _frames];
        foreach (var option in options)
            Options.Add(option);
        _how.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: image [N, …], objective [steps, N], target [N], and frames [frames, N, …] with --frame-every."),
        new("Examples",
            "introspect maximize resnet.onnx --layer layer3 --channels 0-15 --output sheet.png",
            "introspect maximize resnet.onnx --channels 3 --copies 4 --diversity 1 --report class3.html",
            "introspect maximize digits.onnx --layer /conv2/Conv --frame-every 8 --output film.apng",
            "introspect maximize resnet.onnx --layer layer3 --output optimisation.onnx"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, output, report) = (_network.Read(parsed), parsed.GetValue(_output), _report.Read(parsed));
        if (output is null && report is null)
            throw new UsageException("Say where results go: --output FILE.png, .apng, .npz or .onnx, --report FILE.html.");
        var ending = output is null ? "" : Path.GetExtension(output).ToLowerInvariant();
        if (ending is not ("" or ".png" or ".apng" or ".npz" or ".onnx"))
            throw new UsageException($"--output takes a file that ends in .png, .apng, .npz or .onnx; '{output}' was given.");
        var every = parsed.GetValue(_frames);
        if (ending == ".apng" && every < 1)
            throw new UsageException($"A film has frames: {_frames.Name} N.");
        foreach (var path in new[] { output, report }.OfType<string>())
            OutputFile.Check(path, [request.Path, .. _how.Files(parsed)]);

        var watch = Stopwatch.StartNew();
        var network = request.Load();
        var options = _how.Read(parsed, network, every);
        var objective = Wanted(parsed, network, out var most);
        var model = Maximization.Compile(network, objective, options);
        if (ending == ".onnx")
        {
            AtomicFile.Write(output!, model.Save);
            _terminal.Out.WriteLine($"Wrote {Terminal.Printable(output!)}");
            return ExitCode.Done;
        }
        var (copies, seed) = (parsed.GetValue(_copies), parsed.GetValue(_seed));
        if (copies < 1)
            throw new UsageException($"{_copies.Name} takes a number from 1 on; {copies} was given.");
        long[] channels =
            [.. UnitNumbers.Read(parsed.GetValue(_channels), _channels.Name, most).SelectMany(c => Enumerable.Repeat(c, copies))];
        if (channels.Length > MostImages)
            throw new UsageException($"{channels.Length} images are more than {MostImages}; choose fewer {_channels.Name}.");
        var runtime = _runtime.Read(parsed, _terminal.Warn);
        var run = UsageException.Check(() => new MaximizationRun
        {
            Steps = parsed.GetValue(_steps), Targets = channels,
            Seeds = [.. Enumerable.Range(0, channels.Length).Select(i => seed + i % copies)],
        });
        using var session = new ModelSession(model, runtime);
        var found = Maximization.Run(session, options, run, cancellation);
        Write(parsed, network, found, channels, output, report, request.Path);
        _terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Found {channels.Length} images in {watch.Elapsed.TotalSeconds:N1} s: ")
                + string.Join(", ", new[] { output, report }.OfType<string>().Select(Terminal.Printable)));
        return ExitCode.Done;
    }

    private void Write(
        ParseResult parsed, Network network, MaximizedImages found, long[] channels, string? output, string? report, string model)
    {
        var form = new FoundImageForm
        {
            Range = _how.Range(parsed),
            ChannelsLast = network.DefaultInput.Shape!.Rank > 2 && network.ChannelsOf(network.DefaultInput.Name) != 1,
        };
        switch (Path.GetExtension(output ?? "").ToLowerInvariant())
        {
            case ".png": PngWriter.Save(MaximizationReport.Sheet(found.Images, form), output!); break;
            case ".apng": AnimatedPng.Save(MaximizationReport.Film(found.Frames!, form), output!); break;
            case ".npz":
                FeatureFiles.Save(output!, new[]
                {
                    ("image", found.Images), ("objective", found.Objectives), ("target", Onnx.Tensor.Vector<long>(channels)),
                    ("frames", found.Frames!),
                }.Where(array => array.Item2 is not null));
                break;
            default: break;
        }
        if (report is null)
            return;
        var of = parsed.GetValue(_layer) is { } layer ? $"{layer} " : "class ";
        MaximizationReport.Of($"What excites {Path.GetFileName(model)}", found, [.. channels.Select(c => $"{of}{c}")],
            [("Model", Path.GetFileName(model)), ("Seed", parsed.GetValue(_seed))], form).Save(report);
    }

    private Objective Wanted(ParseResult parsed, Network network, out long most)
    {
        var layer = parsed.GetValue(_layer);
        if (layer is null)
        {
            if (parsed.GetValue(_neuron) || parsed.GetValue(_diversity) != 0)
                throw new UsageException($"{_neuron.Name} and {_diversity.Name} are of a layer: {_layer.Name} LAYER.");
            most = network.ClassesOf(network.DefaultOutput) ?? throw new InvalidDataException(
                $"How many classes '{network.DefaultOutput}' has is not known; choose some with {_channels.Name}.");
            return _how.Penalised(parsed, Objective.Logit());
        }
        var made = network.Layers.First(l => l.Output == network.TensorOf(layer));
        most = made.Shape is { Rank: > 1 } shape && shape[1].IsKnown ? shape[1].Value : throw new InvalidDataException(
            $"The layer '{layer}' makes {made.Shape?.ToString() ?? "an unknown shape"}; channels behind the batch were expected.");
        var objective = parsed.GetValue(_neuron) ? Objective.Neuron(layer) : Objective.Channel(layer);
        var diversity = parsed.GetValue(_diversity);
        return _how.Penalised(parsed, diversity == 0 ? objective : objective + diversity * new DiversityObjective(layer));
    }
}
