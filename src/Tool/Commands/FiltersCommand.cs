using System.CommandLine;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect filters</c>: the trained weights of layers, seen and described.</summary>
internal sealed class FiltersCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly FeatureOutputs _outputs = new("weights and what is told of them", "kernels, curves, norms, cosines");

    private readonly Option<string[]> _layers = new("--layer", "-l")
    {
        HelpName = "LAYER",
        Description = "A layer with trained weights. Repeatable. [default: all of them]",
    };

    private readonly Option<int[]> _average = new("--average-axis")
    {
        HelpName = "AXIS",
        Description = "Also average the weights [out, in, k...] along this axis, from 0, or from the end where negative. Repeatable.",
    };

    public FiltersCommand(Terminal terminal)
        : base("filters", "Shows the filters of a network: kernels and weights, their norms, how alike they are.")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Options.Add(_layers);
        Options.Add(_average);
        _outputs.AddTo(this);
        SetAction((parsed, _) => Task.Run(() => Run(parsed)));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output",
            "NPZ: for each layer LAYER.weights [out, in, k...], LAYER.norm, LAYER.l1, LAYER.cosine, LAYER.spectrum (|DFT| of filters",
            "averaged over inputs), and with --average-axis LAYER.mean. PNG: the kernels of one layer."),
        new("Examples",
            "introspect filters resnet.onnx --layer /conv1/Conv --output kernels.png",
            "introspect filters scan3d.onnx --layer /conv1/Conv --average-axis 2 --average-axis 3 --output curves.npz",
            "introspect filters digits.onnx --report filters.html"),
    ];

    private int Run(ParseResult parsed)
    {
        var request = _network.Read(parsed);
        var files = _outputs.Read(parsed, request.Path);
        var network = request.Load();
        string[] names = parsed.GetValue(_layers) is { Length: > 0 } given ? given : [.. LayerFilters.LayersOf(network)];
        if (names.Length == 0)
            throw new InvalidDataException("The network has no layer with trained weights.");
        LayerFilters[] layers = [.. names.Distinct().Select(name => LayerFilters.Of(network, name))];
        if (files.IsPicture && layers.Length > 1)
            throw new UsageException($"A picture shows one layer, and there are {layers.Length}; choose one with {_layers.Name}.");
        var axes = parsed.GetValue(_average) ?? [];
        files.Write(_terminal, () => layers.SelectMany(l => Arrays(l, axes)), () => FilterReport.Picture(layers[0]),
            () => FilterReport.Of($"Filters of {Path.GetFileName(request.Path)}", layers));
        return ExitCode.Done;
    }

    private static IEnumerable<(string, Tensor)> Arrays(LayerFilters layer, int[] axes)
    {
        yield return ($"{layer.Layer}.weights", layer.Weights);
        yield return ($"{layer.Layer}.norm", layer.Norms());
        yield return ($"{layer.Layer}.l1", layer.AbsoluteSums());
        yield return ($"{layer.Layer}.cosine", layer.Cosines());
        yield return ($"{layer.Layer}.spectrum", layer.Spectrum());
        if (axes.Length > 0)
            yield return ($"{layer.Layer}.mean", layer.AveragedOver(axes));
    }
}
