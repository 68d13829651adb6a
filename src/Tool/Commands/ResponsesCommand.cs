using System.CommandLine;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect responses</c>: what units answer over a plane of two features.</summary>
internal sealed class ResponsesCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly FeatureOutputs _outputs = new("the responses [units, y, x]", "a plane for each unit, layer by layer");
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string[]> _layers = new("--layer", "-l")
    {
        HelpName = "LAYER",
        Description = "A layer, or the name of a tensor inside the network. Repeatable. [default: all that compute]",
    };

    private readonly Option<string[]> _checkpoints = new("--checkpoint")
    {
        HelpName = "FILE",
        Description = "Another state of the same network, shown below. Repeatable.",
    };

    private readonly Option<int> _x = new("--x") { HelpName = "N", Description = "The feature from left to right, by its number from 0." };

    private readonly Option<int> _y = new("--y")
    {
        HelpName = "N", Description = "The feature from the bottom up.", DefaultValueFactory = _ => 1,
    };

    private readonly Option<string> _range = new("--range")
    {
        HelpName = "FROM..TO", Description = "Where the features go.", DefaultValueFactory = _ => "-1..1",
    };

    private readonly Option<string?> _rangeY = new("--range-y")
    {
        HelpName = "FROM..TO", Description = "Where the second feature goes. [default: as the first]",
    };

    private readonly Option<int> _steps = new("--steps")
    {
        HelpName = "N", Description = "How many values each takes.", DefaultValueFactory = _ => new PlaneOptions().Steps,
    };

    private readonly Option<string?> _through = new("--through")
    {
        HelpName = "A,B,…", Description = "The row that the plane goes through. [default: zeros]",
    };

    public ResponsesCommand(Terminal terminal)
        : base("responses", "Shows what every unit answers over a plane of two features; of several checkpoints, how that came about.")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Option[] options = [_layers, _checkpoints, _x, _y, _range, _rangeY, _steps, _through];
        foreach (var option in options)
            Options.Add(option);
        _outputs.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: an array LAYER for each layer, or CHECKPOINT.LAYER. PNG: one layer of one network."),
        new("Examples",
            "introspect responses circle.onnx --range -2..2 --report responses.html",
            "introspect responses circle.onnx --checkpoint epoch1.onnx --checkpoint epoch9.onnx --report learning.html"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var request = _network.Read(parsed);
        string[] paths = [request.Path, .. parsed.GetValue(_checkpoints) ?? []];
        var files = _outputs.Read(parsed, paths);
        var x = Range(parsed.GetRequiredValue(_range), _range.Name);
        var options = UsageException.Check(() => new PlaneOptions
        {
            X = parsed.GetValue(_x), Y = parsed.GetValue(_y), RangeX = x, Steps = parsed.GetValue(_steps),
            RangeY = parsed.GetValue(_rangeY) is { } own ? Range(own, _rangeY.Name) : x,
            Through = parsed.GetValue(_through) is { } row
                ? [.. row.Split(',').Select(text => (float)Ranges.Number(text, _through.Name))] : null,
        });
        var runtime = _runtime.Read(parsed, _terminal.Warn);
        var planes = new List<(string Name, ResponsePlane Plane)>();
        foreach (var path in paths)
        {
            var network = (request with { Path = path }).Load();
            string[] layers =
                [.. parsed.GetValue(_layers) is { Length: > 0 } given ? given.Distinct() : NetworkStatistics.LayersOf(network)];
            planes.AddRange(layers.Select(layer =>
                (Path.GetFileNameWithoutExtension(path), ResponsePlane.Of(network, layer, options, runtime, cancellation))));
        }
        if (files.IsPicture && planes.Count > 1)
            throw new UsageException(
                $"A picture shows one layer of one network, and there are {planes.Count}; choose one with {_layers.Name}.");
        files.Write(_terminal,
            () => planes.Select(p => (paths.Length == 1 ? p.Plane.Layer : $"{p.Name}.{p.Plane.Layer}", p.Plane.Values)),
            () => ResponseReport.Picture(planes[0].Plane),
            () => ResponseReport.Of($"Responses of {Path.GetFileName(request.Path)}", planes));
        return ExitCode.Done;
    }

    private static (float, float) Range(string text, string option) =>
        Ranges.Read(text, option) is var (from, to) ? ((float)from, (float)to) : default;
}
