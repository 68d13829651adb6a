using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Features;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect atlas</c>: what lies together in a layer, of many rows.</summary>
internal sealed class AtlasCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly PassArguments _pass = new(layers: null);
    private readonly MaximizationArguments _how = new();
    private readonly FeatureOutputs _outputs = new("points, activations and icons", "the atlas, and what the network says of each cell");

    private readonly Option<int> _grid = new("--grid")
    {
        HelpName = "N", Description = "How many cells a side has.", DefaultValueFactory = _ => new AtlasOptions().Grid,
    };

    private readonly Option<int> _most = new("--points")
    {
        HelpName = "N", Description = "How many activations are laid out, of the first rows.",
        DefaultValueFactory = _ => new AtlasOptions().MostPoints,
    };

    private readonly Option<int> _positions = new("--positions")
    {
        HelpName = "N", Description = "How many positions of each row.", DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _least = new("--least")
    {
        HelpName = "N", Description = "How many activations a cell needs to be shown.",
        DefaultValueFactory = _ => new AtlasOptions().LeastMembers,
    };

    private readonly Option<AtlasProjection> _projection = new("--projection")
    {
        HelpName = "neighbours|components", Description = "How they are laid out: by t-SNE, or along principal components.",
    };

    private readonly Option<bool> _whitened = new("--whitened")
    {
        Description = "Whiten directions, so that channels that always speak together do not count twice.",
    };

    private readonly Option<int> _steps = new("--steps", "-n")
    {
        HelpName = "N", Description = "How many steps an icon takes.", DefaultValueFactory = _ => new IconOptions().Steps,
    };

    public AtlasCommand(Terminal terminal)
        : base("atlas", "Lays out what a layer makes of many rows, with an icon where some lie together.")
    {
        _terminal = terminal;
        _outputs.AddTo(this);
        _pass.AddTo(this, _grid, _most, _positions, _least, _projection, _whitened, _steps);
        _how.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: points [N, 2], vectors [N, channels], row [N], cell [cells, 2] (line, column), icon [cells, …]."),
        new("Examples", "introspect atlas resnet.onnx --images photos --layer layer3 --grid 12 --report atlas.html"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var files = _outputs.Read(parsed, [.. _pass.Files(parsed), .. _how.Files(parsed)]);
        var layer = _pass.Layer(parsed);
        using var pass = _pass.Open(parsed, _terminal);
        var options = UsageException.Check(() => new AtlasOptions
        {
            Grid = parsed.GetValue(_grid), MostPoints = parsed.GetValue(_most), PositionsPerRow = parsed.GetValue(_positions),
            LeastMembers = parsed.GetValue(_least), Projection = parsed.GetValue(_projection), Whitened = parsed.GetValue(_whitened),
            Icons = new IconOptions { Search = _how.Read(parsed, pass.Network, 0), Steps = parsed.GetValue(_steps) },
        });
        var watch = Stopwatch.StartNew();
        using var rows = pass.Rows.Open();
        var atlas = ActivationAtlas.Of(pass.Network, rows, layer, options, _pass.Runtime(parsed, _terminal), pass.Feed,
            cancellation: cancellation);
        var form = new FoundImageForm
        {
            Range = _how.Range(parsed),
            ChannelsLast = pass.Network.DefaultInput.Shape!.Rank > 2 && pass.Network.ChannelsOf(pass.Network.DefaultInput.Name) != 1,
        };
        files.Write(_terminal, () =>
        [
            ("points", atlas.Points), ("vectors", atlas.Vectors), ("row", Tensor.Vector<long>([.. atlas.Rows])),
            ("cell", Tensor.From<long>([.. atlas.Cells.SelectMany(c => (long[])[c.Row, c.Column])], atlas.Cells.Count, 2)),
            ("icon", atlas.Icons),
        ], () => AtlasReport.Picture(atlas, form), () => AtlasReport.Of($"Atlas of {Path.GetFileName(_pass.Request(parsed).Path)}", atlas,
            [("Rows", atlas.Rows.Distinct().Count()), ("Seconds", watch.Elapsed.TotalSeconds)], form));
        return ExitCode.Done;
    }
}
