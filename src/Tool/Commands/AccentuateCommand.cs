using System.CommandLine;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Features;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect accentuate</c>: what of a picture would excite units more.</summary>
internal sealed class AccentuateCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly PictureArguments _picture = new();

    private readonly FeatureOutputs _outputs = new("the images", "the picture, what excites more, and what was changed");

    private readonly Option<string?> _layer = new("--layer", "-l")
    {
        HelpName = "LAYER", Description = "The layer whose channels are excited. [default: the scores of the classes]",
    };

    private readonly Option<string> _channels = new("--channels", "-c")
    {
        HelpName = "0-7,12", Required = true, Description = "Which channels, or classes.",
    };

    private readonly Option<double> _weight = new("--weight")
    {
        HelpName = "X", Description = "How much it counts that the picture stays as it is; at 1 both pull alike.",
        DefaultValueFactory = _ => 0.3,
    };

    private readonly Option<string?> _near = new("--near")
    {
        HelpName = "LAYER", Description = "The layer in which it is to stay as it is. [default: its pixels]",
    };

    private readonly Option<int> _steps = new("--steps", "-n")
    {
        HelpName = "N", Description = "How many steps are taken.", DefaultValueFactory = _ => 100,
    };

    public AccentuateCommand(Terminal terminal)
        : base("accentuate", "Shows what of a picture would excite units more (feature accentuation).")
    {
        _terminal = terminal;
        _outputs.AddTo(this);
        _picture.AddTo(this, _layer, _channels, _weight, _near, _steps);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: image [N, …], objective [steps, N], target [N]. PNG: the picture and the others side by side."),
        new("Examples", "introspect accentuate resnet.onnx --image cat.jpg --channels 281,285 --report more-cat.html"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        const int most = 256;
        var files = _outputs.Read(parsed, _picture.Files(parsed));
        var (layer, steps) = (parsed.GetValue(_layer), parsed.GetValue(_steps));
        if (steps < 1)
            throw new UsageException($"{_steps.Name} takes a number from 1 on; {steps} was given.");
        if (!(parsed.GetValue(_weight) is >= 0 and < 1e6))
            throw new UsageException($"{_weight.Name} takes a number from 0 on; {parsed.GetValue(_weight)} was given.");
        var channels = UnitNumbers.Read(parsed.GetRequiredValue(_channels), _channels.Name, int.MaxValue);
        if (channels.Length > most)
            throw new UsageException($"{channels.Length} images are more than {most}; choose fewer {_channels.Name}.");
        var taken = _picture.Read(parsed, _terminal);
        long[] row = [channels.Length, .. taken.Image.Dimensions[1..]];
        var images = Tensor.FromDoubles(taken.Image.Type, [.. channels.SelectMany(_ => taken.Image.ToDouble())], row);
        var options = new AccentuationOptions
        {
            Weight = parsed.GetValue(_weight), Layer = parsed.GetValue(_near),
            Search = taken.Search(row.Length > 2 ? new Fourier { Values = taken.Values } : new Pixels { Values = taken.Values }, []),
        };
        var found = Accentuation.Run(taken.Network, layer is null ? Objective.Logit() : Objective.Channel(layer), images, options,
            new MaximizationRun { Steps = steps, Targets = channels }, _picture.Runtime(parsed, _terminal), cancellation);
        var (given, pictures) = (taken.Pictures(taken.Image)[0], taken.Pictures(found.Images));
        var values = found.Objectives.ToDouble();
        double[] Curve(int image) => [.. Enumerable.Range(0, steps).Select(step => values[step * channels.Length + image])];
        var of = layer is null ? "class" : layer;
        var (before, after) = (taken.Image.ToDouble(), found.Images.ToDouble());
        var (low, high) = taken.Range;
        Figure Changed(int number) => new(taken.Pictures(Tensor.FromDoubles(taken.Image.Type, [.. before.Select((v, i) =>
            Math.Clamp((low + high) / 2 + after[number * before.Length + i] - v, low, high))],
            [1, .. taken.Image.Dimensions[1..]]))[0], "grey where nothing", $"What was changed for {of} {channels[number]}")
        {
            Heading = "Changed",
        };
        files.Write(_terminal, () => [("image", found.Images), ("objective", found.Objectives), ("target", Tensor.Vector<long>(channels))],
            () => TileSheet.Of([given, .. pictures], new() { Columns = Math.Min(pictures.Count + 1, 8) }),
            () =>
            {
                var page = new Report($"What would excite {_picture.Name(parsed)} more", taken.Name)
                {
                    new Facts(("Steps", steps), ("Weight", options.Weight), ("Near in", options.Layer ?? "pixels")),
                };
                foreach (var (i, channel) in channels.Index())
                    page.Add(new Section($"{of} {channel}", $"objective {Curve(i)[0]:G4} to {Curve(i)[^1]:G4}")
                    {
                        new Gallery(new Figure(given, "", "The picture") { Heading = "Given" },
                            new Figure(pictures[i], "", $"More of {of} {channel}") { Heading = "Accentuated" }, Changed(i)),
                    });
                return page;
            });
        return ExitCode.Done;
    }
}
