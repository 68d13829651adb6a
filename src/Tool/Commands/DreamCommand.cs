using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect dream</c>: what a layer sees in a picture, put into it.</summary>
internal sealed class DreamCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly PictureArguments _picture = new(sized: true);

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE", Description = "Where it goes: .png for the picture, .apng for a film, .npz for numbers.",
    };

    private readonly ReportOption _report = new("Write a page: the picture, what became of it at each octave, curves.");

    private readonly Option<string> _layer = new("--layer", "-l")
    {
        HelpName = "LAYER", Required = true, Description = "The layer whose squares are made large.",
    };

    private readonly Option<int?> _channel = new("--channel", "-c")
    {
        HelpName = "N", Description = "Make a single channel large, instead.",
    };

    private readonly Option<string?> _guide = new("--guide", "-g")
    {
        HelpName = "FILE", Description = "Another picture: of what the layer sees in it, that is put in which is nearest to what is there.",
    };

    private readonly Option<int> _octaves = new("--octaves")
    {
        HelpName = "N", Description = "At how many sizes.", DefaultValueFactory = _ => new DreamOptions().Octaves,
    };

    private readonly Option<double> _factor = new("--factor")
    {
        HelpName = "X", Description = "By how much each is smaller than the next.", DefaultValueFactory = _ => new DreamOptions().Factor,
    };

    private readonly Option<int> _steps = new("--steps", "-n")
    {
        HelpName = "N", Description = "How many steps at each.", DefaultValueFactory = _ => new DreamOptions().StepsPerOctave,
    };

    private readonly Option<double> _rate = new("--rate")
    {
        HelpName = "X", Description = "The mean length of a step, in shares of the range of values.",
        DefaultValueFactory = _ => new DreamOptions().Rate,
    };

    private readonly Option<int> _jitter = new("--jitter")
    {
        HelpName = "N", Description = "By how many pixels the picture is shifted at most before each step.",
        DefaultValueFactory = _ => new DreamOptions().Jitter,
    };

    private readonly Option<long> _seed = new("--seed") { HelpName = "N", Description = "Other shifts.", DefaultValueFactory = _ => 1 };

    private readonly Option<int> _frames = new("--frames")
    {
        HelpName = "N", Description = "Of a film: how many pictures, each nearer than the one before.", DefaultValueFactory = _ => 24,
    };

    private readonly Option<double> _zoom = new("--zoom")
    {
        HelpName = "SHARE", Description = "Of a film: by how much nearer.", DefaultValueFactory = _ => 0.05,
    };

    public DreamCommand(Terminal terminal) : base("dream", "Puts into a picture what a layer sees in it (deep dream).")
    {
        _terminal = terminal;
        _picture.AddTo(
            this, _output, _report, _layer, _channel, _guide, _octaves, _factor, _steps, _rate, _jitter, _seed, _frames, _zoom);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: image [1, …], octave0 …, objective0 … [steps, 1]."),
        new("Examples",
            "introspect dream resnet.onnx --image sky.jpg --layer layer3 --output dream.png",
            "introspect dream resnet.onnx --image sky.jpg --layer layer3 --guide flowers.jpg --output flowers.png",
            "introspect dream resnet.onnx --image sky.jpg --layer layer3 --size 480,320 --frames 60 --output fall.apng"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (output, report) = (parsed.GetValue(_output), _report.Read(parsed));
        if (output is null && report is null)
            throw new UsageException("Say where results go: --output FILE.png, .apng or .npz, --report FILE.html.");
        var ending = output is null ? "" : Path.GetExtension(output).ToLowerInvariant();
        if (ending is not ("" or ".png" or ".apng" or ".npz"))
            throw new UsageException($"--output takes a file that ends in .png, .apng or .npz; '{output}' was given.");
        string[] files = [.. new[] { output, report }.OfType<string>()];
        foreach (var path in files)
            OutputFile.Check(path, [.. _picture.Files(parsed), .. parsed.GetValue(_guide) is { } guide ? (string[])[guide] : []]);
        if (parsed.GetValue(_frames) is < 1 or > 1000 || !(parsed.GetValue(_zoom) is >= 0 and < 1))
            throw new UsageException($"{_frames.Name} takes a number from 1 to 1000, {_zoom.Name} a share from 0 to below 1.");
        var options = UsageException.Check(() => new DreamOptions
        {
            Octaves = parsed.GetValue(_octaves), Factor = parsed.GetValue(_factor), StepsPerOctave = parsed.GetValue(_steps),
            Rate = parsed.GetValue(_rate), Jitter = parsed.GetValue(_jitter), Seed = parsed.GetValue(_seed),
        });
        var (layer, channel) = (parsed.GetRequiredValue(_layer), parsed.GetValue(_channel));
        if (channel is not null && parsed.GetValue(_guide) is not null)
            throw new UsageException($"Either a channel ({_channel.Name}) or a guide ({_guide.Name}) says what is made large.");

        var watch = Stopwatch.StartNew();
        var taken = _picture.Read(parsed, _terminal, Math.Pow(options.Factor, options.Octaves - 1));
        var objective = channel is { } one ? Objective.Channel(layer, one)
            : parsed.GetValue(_guide) is { } other ? Guided(taken, layer, other, _picture.Runtime(parsed, _terminal))
            : Objective.Layer(layer);
        using var dream = new DeepDream(taken.Model, objective, [.. taken.Image.Dimensions[1..]],
            options with { Values = taken.Range, Mean = taken.Mean, Deviation = taken.Deviation }, taken.Request.Options,
            _picture.Runtime(parsed, _terminal));
        if (ending == ".apng")
            AnimatedPng.Save([.. dream.Fall(taken.Image, parsed.GetValue(_zoom), cancellation).Take(parsed.GetValue(_frames))
                .Select(frame => taken.Pictures(frame)[0])], output!);
        if (ending is ".png" or ".npz" || report is not null)
        {
            var found = dream.Of(taken.Image, cancellation);
            if (ending == ".png")
                PngWriter.Save(taken.Pictures(found.Images)[0], output!);
            if (ending == ".npz")
                FeatureFiles.Save(output!, [("image", found.Images), .. found.Octaves.Select((o, i) => ($"octave{i}", o)),
                    .. found.Objectives.Select((o, i) => ($"objective{i}", o))]);
            if (report is not null)
                Page(parsed, taken, found, layer + (channel is { } c ? $", channel {c}" : "")).Save(report);
        }
        _terminal.Done("Dreamed at", options.Octaves, watch.Elapsed, files);
        return ExitCode.Done;
    }

    private static GuidedObjective Guided(TakenPicture taken, string layer, string file, RuntimeOptions runtime)
    {
        if (taken.Others is not { } others)
            throw new UsageException("A guide is a picture, and so must be what is dreamed into: --image FILE.");
        return GuidedObjective.Of(taken.Network, layer, taken.Prepared(others(file)), runtime);
    }

    private Report Page(ParseResult parsed, TakenPicture taken, DreamedImages found, string of)
    {
        Figure Shown(Raster picture, string name, int width) =>
            new(picture, $"{picture.Width} × {picture.Height}", name) { Heading = name, DisplayWidth = Math.Clamp(width, 200, 900) };
        var dreamed = taken.Pictures(found.Images)[0];
        return new Report($"What {_picture.Name(parsed)} dreams", $"{taken.Name}, by {of}")
        {
            new Facts(("Layer", of), ("Octaves", found.Octaves.Count), ("Steps at each", parsed.GetValue(_steps)),
                ("Seed", parsed.GetValue(_seed))),
            new Section("The dream")
            {
                new Gallery(Shown(dreamed, "Dreamed", Math.Max(dreamed.Width, 232)), Shown(taken.Pictures(taken.Image)[0], "Given", 232)),
            },
            new Section("Octaves", "from coarse to fine")
            {
                new Gallery([.. found.Octaves.Select((o, i) => Shown(taken.Pictures(o)[0], $"Octave {i + 1}", 200))]),
                new LineChart(found.Objectives.Select((o, i) => new ChartLine($"octave {i + 1}", o.ToDouble())))
                {
                    Caption = "The objective before each step.", XTitle = "step", YTitle = "objective",
                },
            },
        };
    }
}
