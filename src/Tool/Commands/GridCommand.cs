using System.CommandLine;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Features;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect grid</c>: what a layer sees in each place of a picture.</summary>
internal sealed class GridCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly PictureArguments _picture = new();

    private readonly FeatureOutputs _outputs = new("activations, icons and attribution", "an icon for each position, and what speaks");

    private readonly Option<string> _layer = new("--layer", "-l") { HelpName = "LAYER", Required = true, Description = "The layer." };

    private readonly Option<string> _target = new("--target", "-t")
    {
        HelpName = "TARGET", Description = "What positions speak for: argmax, or a class.", DefaultValueFactory = _ => "argmax",
    };

    private readonly Option<int> _steps = new("--steps", "-n")
    {
        HelpName = "N", Description = "How many steps an icon takes.", DefaultValueFactory = _ => new IconOptions().Steps,
    };

    public GridCommand(Terminal terminal) : base("grid", "Shows what a layer sees in each place of a picture (activation grid).")
    {
        _terminal = terminal;
        _outputs.AddTo(this);
        _picture.AddTo(this, _layer, _target, _steps);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: vectors [positions, channels], icon [positions, …], attribution [lines, columns]."),
        new("Examples", "introspect grid resnet.onnx --image cat.jpg --layer layer3 --report grid.html"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var files = _outputs.Read(parsed, _picture.Files(parsed));
        if (parsed.GetValue(_steps) < 1)
            throw new UsageException($"{_steps.Name} takes a number from 1 on; {parsed.GetValue(_steps)} was given.");
        var target = UsageException.Check(() => Target.Parse(parsed.GetRequiredValue(_target)));
        var taken = _picture.Read(parsed, _terminal);
        // The network is asked of what it takes; icons are found as pictures.
        var image = taken.Prepared();
        var space = taken.Image.Dimensions.Length == 4 ? taken.Image.Dimensions[1..].ToArray().Count(e => e >= 32) >= 2 : false;
        var grid = ActivationGrid.Of(taken.Network, parsed.GetRequiredValue(_layer), image, target, new IconOptions
        {
            Steps = parsed.GetValue(_steps),
            Search = taken.Search(new Fourier { Values = taken.Values }, space ? Transformation.Standard : []),
        }, _picture.Runtime(parsed, _terminal), null, cancellation);
        files.Write(_terminal, () =>
        [
            ("vectors", grid.Vectors), ("icon", grid.Icons),
            ("attribution", Tensor.From([.. grid.Attribution], grid.Rows, grid.Columns)),
        ], () => AtlasReport.Picture(grid, taken.Form), () => AtlasReport.Of($"What {_picture.Name(parsed)} sees in {taken.Name}", grid,
            taken.Pictures(taken.Image)[0], [("Target", target)], taken.Form));
        return ExitCode.Done;
    }
}
