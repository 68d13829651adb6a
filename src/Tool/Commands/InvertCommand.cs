using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Features;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect invert</c>: what layers still know of a picture.</summary>
internal sealed class InvertCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly PictureArguments _picture = new();

    private readonly FeatureOutputs _outputs = new("the images of each layer", "the picture, and what each layer keeps of it");

    private readonly Option<string[]> _layers = new("--layer", "-l")
    {
        HelpName = "LAYER", Required = true, Description = "A layer that is inverted. Repeatable: from the input to the scores, as a rule.",
    };

    private readonly Option<int> _steps = new("--steps", "-n")
    {
        HelpName = "N", Description = "How many steps are taken.", DefaultValueFactory = _ => 512,
    };

    private readonly Option<long> _seed = new("--seed") { HelpName = "N", Description = "Another start.", DefaultValueFactory = _ => 1 };

    private readonly Option<double> _smooth = new("--smoothness")
    {
        HelpName = "WEIGHT", Description = "How much it counts that neighbours are alike.",
        DefaultValueFactory = _ => new InversionOptions().RoughnessWeight,
    };

    public InvertCommand(Terminal terminal)
        : base("invert", "Shows what layers still know of a picture: another of which they make the same.")
    {
        _terminal = terminal;
        _outputs.AddTo(this);
        _picture.AddTo(this, _layers, _steps, _seed, _smooth);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: LAYER/image [1, …], LAYER/objective [steps, 1]. PNG: the picture and the inversions side by side."),
        new("Examples", "introspect invert resnet.onnx --image cat.jpg -l layer1 -l layer2 -l layer3 --report inverted.html"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var files = _outputs.Read(parsed, _picture.Files(parsed));
        if (parsed.GetValue(_steps) < 1)
            throw new UsageException($"{_steps.Name} takes a number from 1 on; {parsed.GetValue(_steps)} was given.");
        var smooth = parsed.GetValue(_smooth);
        var watch = Stopwatch.StartNew();
        var taken = _picture.Read(parsed, _terminal);
        var options = UsageException.Check(() => new InversionOptions
        {
            RoughnessWeight = smooth, Mean = taken.Mean, Deviation = taken.Deviation, Centre = (taken.Range.Low + taken.Range.High) / 2,
            Scale = (taken.Range.High - taken.Range.Low) / 2,
        });
        var runtime = _picture.Runtime(parsed, _terminal);
        var found = parsed.GetRequiredValue(_layers).Distinct().Select(layer => (Layer: layer, Images: Inversion.Run(
            taken.Network, layer, taken.Image, options, parsed.GetValue(_steps), parsed.GetValue(_seed), runtime, cancellation))).ToList();
        var pictures = found.ConvertAll(f => taken.Pictures(f.Images.Images)[0]);
        files.Write(_terminal, () => found.SelectMany(f => (IEnumerable<(string, Tensor)>)
                [($"{f.Layer}/image", f.Images.Images), ($"{f.Layer}/objective", f.Images.Objectives)]),
            () => TileSheet.Of([taken.Pictures(taken.Image)[0], .. pictures], new() { Columns = pictures.Count + 1 }),
            () => new Report($"What layers of {_picture.Name(parsed)} know of {taken.Name}", "Images of which each makes the same")
            {
                new Facts(("Steps", parsed.GetValue(_steps)), ("Seed", parsed.GetValue(_seed)), ("Seconds", watch.Elapsed.TotalSeconds)),
                new Section("Inversions")
                {
                    new Gallery([new Figure(taken.Pictures(taken.Image)[0], "", "The picture") { Heading = "Given" },
                        .. found.Zip(pictures, (f, p) => new Figure(p,
                            $"objective {f.Images.Objectives.ToDouble()[0]:G3} to {f.Images.Objectives.ToDouble()[^1]:G3}", $"By {f.Layer}")
                        {
                            Heading = f.Layer,
                        })]),
                    new LineChart(found.Select(f => new ChartLine(f.Layer, f.Images.Objectives.ToDouble())))
                    {
                        Caption = "The objective before each step.", XTitle = "step", YTitle = "objective",
                    },
                },
            });
        return ExitCode.Done;
    }
}
