using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect channels</c>: which channels a score comes through, and what they stand for.</summary>
internal sealed class ChannelsCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly PassArguments _pass = new(layers: null, target: "The score that relevance is of");

    private readonly Option<string[]> _conditions = new("--condition")
    {
        HelpName = "LAYER=3,7", Description = "Only these channels of a layer keep their relevance. Repeatable, a layer each.",
    };

    private readonly Option<bool> _parallel = new("--keep-parallel")
    {
        Description = "Keep relevance that by-passes the layers of conditions through a shortcut.",
    };

    private readonly Option<int> _top = new("--top")
    {
        HelpName = "N", Description = "How many rows stand for a channel.", DefaultValueFactory = _ => 8,
    };

    private readonly Option<int> _shown = new("--shown")
    {
        HelpName = "N", Description = "How many channels of each layer the page shows, the most relevant.", DefaultValueFactory = _ => 16,
    };

    private readonly Option<long?> _graph = new("--graph")
    {
        HelpName = "ROW", Description = "The page tells which channels of lower layers a row's channels owe their relevance to; layers are "
            + "named from the score to the input.",
    };

    private readonly Option<int> _width = new("--width")
    {
        HelpName = "N", Description = "How many channels the graph follows, below each.", DefaultValueFactory = _ => 4,
    };

    private readonly Option<string?> _references = new("--references")
    {
        HelpName = "FOLDER", Description = "A new folder for the rows that stand for channels (RelMax, ActMax), as zennit-crp writes it.",
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "Where results go: .npz for each channel's share of the relevance, row by row; .onnx for a model that maps "
            + "relevance to the input, under the conditions.",
    };

    private readonly ReportOption _report = new("Write a page: the most relevant channels, and the rows in which they matter most.");

    public ChannelsCommand(Terminal terminal)
        : base("channels", "Tells which channels a score comes through, and what they stand for (concept relevance propagation).")
    {
        _terminal = terminal;
        _pass.AddTo(this, _conditions, _parallel, _top, _shown, _graph, _width, _references, _output, _report);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: LAYER [rows, channels], shares that sum to 1 without their signs.",
            "Folder: RelMax_sum_normed/LAYER_data.npy, ….",
            "Heat maps under conditions: run the .onnx with 'introspect run'."),
        new("Examples",
            "introspect channels resnet.onnx --images photos --layer layer4 --layer layer3 --target 340 --graph 0 --report channels.html",
            "introspect channels resnet.onnx --data digits.npz -t label:label -l layer3 --references folder --top 40",
            "introspect channels resnet.onnx --layer layer3 --condition layer4=40,41 --data digits.npy --output heat.onnx"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (output, report, folder) = (parsed.GetValue(_output), _report.Read(parsed), parsed.GetValue(_references));
        if (folder is null || output is not null || report is not null)
            _pass.Written(parsed, "--output FILE.npz or FILE.onnx, --references FOLDER, --report FILE.html", output, report);
        if (folder is not null)
            ResultFolder.Check(folder);
        var ending = output is null ? "" : Path.GetExtension(output).ToLowerInvariant();
        if (ending is not ("" or ".npz" or ".onnx"))
            throw new UsageException($"--output takes a file that ends in .npz or .onnx; '{output}' was given.");
        var (top, shown, row) = (parsed.GetValue(_top), parsed.GetValue(_shown), parsed.GetValue(_graph));
        if (top < 1 || shown < 1 || row < 0 || parsed.GetValue(_width) < 1)
            throw new UsageException($"{_top.Name}, {_shown.Name} and {_width.Name} take numbers from 1 on, {_graph.Name} one from 0 on.");
        if (row is not null && report is null)
            throw new UsageException($"{_graph.Name} is for the page: --report FILE.html.");
        var (target, runtime, layers) = (_pass.Target(parsed), _pass.Runtime(parsed, _terminal), _pass.Layers(parsed)!);
        var relevance = new LayerwiseRelevance { Conditions = Conditions(parsed), KeepsParallel = parsed.GetValue(_parallel) };

        var watch = Stopwatch.StartNew();
        using var pass = _pass.Open(parsed, _terminal, target);
        if (ending == ".onnx")
            AtomicFile.Write(output!, Explanation.Compile(pass.Network, relevance, target).Save);
        IReadOnlyList<LayerActivations> shares;
        using (var source = pass.Rows.Open())
            shares = ChannelReferences.Relevances(pass.Network, source, layers, target, relevance, runtime, pass.Feed);
        cancellation.ThrowIfCancellationRequested();
        if (ending == ".npz")
            FeatureFiles.Save(output!, shares.Select(s => (s.Layer, Tensor.From(s.Values, s.Rows, s.Width))));
        if (folder is not null || report is not null)
        {
            IReadOnlyList<ReferenceRows> references;
            using (var source = pass.Rows.Open())
                references = ChannelReferences.Collect(pass.Network, source, layers, target, top, relevance, runtime, pass.Feed);
            if (folder is not null)
            {
                using var written = new ResultFolder(folder);
                ChannelReferences.Save(written.Path, references);
                written.Complete();
            }
            if (report is not null)
                Page(parsed, pass, shares, references, row, relevance, shown).Save(report);
        }
        _terminal.Done("Looked at", shares[0].Rows, watch.Elapsed, [.. new[] { output, folder, report }.OfType<string>()]);
        return ExitCode.Done;
    }

    private Report Page(ParseResult parsed, OpenPass pass, IReadOnlyList<LayerActivations> shares, IReadOnlyList<ReferenceRows> references,
        long? row, LayerwiseRelevance relevance, int shown)
    {
        var (target, runtime) = (_pass.Target(parsed), _pass.Runtime(parsed, _terminal));
        ReferenceRows[] best = [.. references.Where(r => r.Criterion == new ReferenceCriterion(true, true))];
        double[][] means = [.. shares.Select(s => s.Means)];
        using var source = pass.Rows.Open();
        var kept = ExampleRows.Read(pass.Network, source,
            ConceptReport.RowsOf(best, means, shown).Concat(row is { } one ? [one] : []), runtime, pass.Feed);
        AttributionGraph? graph = null;
        if (row is { } of)
        {
            if (target.InputName is not null)
                throw new UsageException($"{_graph.Name} is of a class that the command line names: --target 3, or argmax.");
            var feeds = pass.Network.Inputs.ToDictionary(i => i.Name, i =>
                Tensor.FromDoubles(i.Type, kept.Seen(of, i.Name).ToDouble(), [1, .. kept.Seen(of, i.Name).Dimensions]));
            graph = AttributionGraph.Of(
                pass.Network, feeds, [.. shares.Select(s => s.Layer)], target, parsed.GetValue(_width), relevance.Composite, runtime);
        }
        return ConceptReport.Channels($"Channels of {Path.GetFileName(_pass.Request(parsed).Path)}", pass.Network, best, kept, means,
            [("Target", target), ("Rows", shares[0].Rows), ("Conditions", relevance.Conditions.Count == 0 ? "none"
                : string.Join("; ", relevance.Conditions))], shown, pass.Rows.RowName, graph);
    }

    private ChannelCondition[] Conditions(ParseResult parsed) =>
    [
        .. (parsed.GetValue(_conditions) ?? []).Select(text =>
        {
            var (layer, numbers) = Assignment.Split(text, _conditions.Name, "LAYER=3,7");
            var channels = UnitNumbers.Read(numbers, _conditions.Name, int.MaxValue);
            return UsageException.Check(() => new ChannelCondition(layer, [.. channels.Select(c => (int)c)]));
        }),
    ];
}
