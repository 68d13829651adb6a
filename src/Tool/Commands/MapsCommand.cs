using System.CommandLine;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect maps</c>: what layers make of one row.</summary>
internal sealed class MapsCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly FeatureOutputs _outputs = new("what each layer makes", "a tile for each channel, layer by layer");
    private readonly FeatureData _data = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string[]> _layers = new("--layer", "-l")
    {
        HelpName = "LAYER",
        Description = "A layer, or the name of a tensor inside the network. Repeatable. [default: convolutions, dense layers, activations, "
            + "poolings]",
    };

    private readonly Option<long> _row = new("--row") { HelpName = "N", Description = "Which row of the data, from 0." };

    private readonly Option<bool> _common = new("--common-scale") { Description = "One scale for all channels of a layer." };

    public MapsCommand(Terminal terminal) : base("maps", "Shows what the layers of a network make of one row: a tile for each channel.")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Options.Add(_row);
        Options.Add(_layers);
        Options.Add(_common);
        _outputs.AddTo(this);
        _data.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: an array for each layer, of its name, the shape that of a row. PNG: the maps of one layer."),
        new("Examples",
            "introspect maps resnet.onnx --data images.npy --row 3 --report maps.html",
            "introspect maps resnet.onnx --data images.npy --layer /layer2/relu2/Relu --common-scale --output maps.png"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var request = _network.Read(parsed);
        var files = _outputs.Read(parsed, [request.Path, .. _data.Files(parsed)]);
        var row = parsed.GetValue(_row);
        if (row < 0)
            throw new UsageException($"{_row.Name} takes the number of a row, from 0; {row} was given.");
        using var rows = _data.Open(parsed, request, _terminal);
        string[] layers =
            [.. parsed.GetValue(_layers) is { Length: > 0 } given ? given.Distinct() : NetworkStatistics.LayersOf(rows.Network)];
        if (files.IsPicture && layers.Length > 1)
            throw new UsageException($"A picture shows one layer, and there are {layers.Length}; choose one with {_layers.Name}.");
        var (input, maps) = rows.LayersOf(row, layers, _runtime.Read(parsed, _terminal.Warn), cancellation);
        files.Write(_terminal, () => maps.Select(m => (m.Layer, m.Values)),
            () => MapReport.Picture(maps[0], parsed.GetValue(_common)),
            () => MapReport.Of($"Row {row} in {Path.GetFileName(request.Path)}", maps, input, parsed.GetValue(_common)));
        return ExitCode.Done;
    }
}
