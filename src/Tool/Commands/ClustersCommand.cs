using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Evaluation.Clusters;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Evaluating;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Pages;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect clusters</c>: heat maps of many rows in groups (SpRAy).</summary>
internal sealed class ClustersCommand : System.CommandLine.Command, IHasHelpSections
{
    private const int MostRows = 5000;
    private const string All = "All rows";

    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly FeatureImages _data = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string> _method = new("--method", "-m")
    {
        HelpName = "METHOD", DefaultValueFactory = _ => "lrp",
        Description = "The method whose maps are grouped, options after colons: integrated-gradients:steps=20.",
    };

    private readonly Option<int?> _target = new("--target", "-t")
    {
        HelpName = "CLASS", Description = "The class that maps explain. [default: each row's highest score]",
    };

    private readonly Option<bool> _perClass = new("--per-class")
    {
        Description = "Group the rows of each predicted class by themselves, as the paper does.",
    };

    private readonly Option<string?> _clusters = new("--clusters", "-k")
    {
        HelpName = "N|FROM..TO",
        Description = "How many clusters, or a range: the largest gap of eigenvalues within it decides, and all are tried. [default: the "
            + "largest gap, 2 at least]",
    };

    private readonly Option<int> _neighbours = new("--neighbours")
    {
        HelpName = "N", Description = "How many nearest maps are neighbours.",
        DefaultValueFactory = _ => new MapClusterOptions().Neighbours,
    };

    private readonly Option<int?> _block = new("--block")
    {
        HelpName = "PIXELS", Description = "The side of the blocks whose sums are compared. [default: so that 20 remain in a row]",
    };

    private readonly Option<bool> _spectral = new("--no-tsne")
    {
        Description = "Lay maps out by the first two axes of the spectral embedding, not by t-SNE.",
    };

    private readonly Option<int> _rows = new("--rows")
    {
        HelpName = "NUMBER", Description = $"How many of the first rows are grouped, 2 to {MostRows}.", DefaultValueFactory = _ => 1000,
    };

    private readonly Option<int> _shown = new("--top")
    {
        HelpName = "N", Description = "How many rows of each cluster the page shows.", DefaultValueFactory = _ => 8,
    };

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "NUMBER", Description = "Other starts of k-means for every seed.",
    };

    private readonly Option<string?> _labels = new("--labels")
    {
        HelpName = "FILE", Description = "What is true of the rows, a class from 0 each: a table of one column, or .npy.",
    };

    private readonly Option<string[]> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "Where results go: .html for a page, .json for all numbers, a table (.csv, .tsv, .jsonl, .parquet) for a line for "
            + "each row. Repeatable.",
    };

    private readonly Option<string?> _virelay = new("--virelay")
    {
        HelpName = "FOLDER", Description = "A new folder with a project that ViRelAy opens; of images.",
    };

    private readonly Option<string?> _layer = new("--layer", "-l")
    {
        HelpName = "LAYER", Description = "Find prototypes of the predicted classes in this layer, too (PCX), and rows far from them.",
    };

    private readonly Option<int> _prototypes = new("--prototypes")
    {
        HelpName = "N", Description = "With --layer: the most prototypes of a class.",
        DefaultValueFactory = _ => new PrototypeOptions().Count,
    };

    public ClustersCommand(Terminal terminal)
        : base("clusters", "Groups the heat maps of many rows: which strategies a network has, and which look wrong (SpRAy).")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Option[] options = [_method, _target, _perClass, _clusters, _neighbours, _block, _spectral, _rows, _shown, _seed, _labels, _output,
            _virelay, _layer, _prototypes];
        foreach (var option in options)
            Options.Add(option);
        _data.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "Table: row, group, predicted, probability, label (with --labels), x, y, a column for each way, suspicious;",
            "with --layer prototype, distance (from it), density (its logarithm: low where the row is unusual)."),
        new("Examples",
            "introspect clusters digits.onnx --data digits.npy --method lrp --clusters 2..8 --output clusters.html",
            "introspect clusters resnet.onnx --images photos --per-class --labels classes.npy --output clusters.csv",
            "introspect clusters resnet.onnx --images photos --layer layer4 --virelay project --output prototypes.html"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, outputs, labelFile) = (_network.Read(parsed), parsed.GetValue(_output) ?? [], parsed.GetValue(_labels));
        var folder = parsed.GetValue(_virelay);
        if (outputs.Length == 0 && folder is null)
            throw new UsageException("Say where results go: --output FILE.html, FILE.json, FILE.csv; --virelay FOLDER.");
        if (folder is not null)
            ResultFolder.Check(folder);
        foreach (var path in outputs)
        {
            if (!Ends(path, ".html") && !Ends(path, ".json") && !DataFiles.IsTable(path))
                throw new UsageException($"--output takes a page (.html), .json, or a table; '{path}' is none of these.");
            OutputFile.Check(path, [request.Path, .. _data.Files(parsed), .. new[] { labelFile }.OfType<string>()]);
        }
        var (count, shown) = (parsed.GetValue(_rows), parsed.GetValue(_shown));
        if (count is < 2 or > MostRows || shown < 1)
            throw new UsageException($"{_rows.Name} takes a number from 2 to {MostRows}, {_shown.Name} one from 1.");
        var options = UsageException.Check(() => Range(parsed.GetValue(_clusters), new MapClusterOptions
        {
            Neighbours = parsed.GetValue(_neighbours), Block = parsed.GetValue(_block), UsesTSne = !parsed.GetValue(_spectral),
            Seed = parsed.GetValue(_seed),
        }));
        var choice = UsageException.Check(() => Choice.Parse([parsed.GetRequiredValue(_method)], []));
        if (choice.Count != 1)
            throw new UsageException($"{_method.Name} takes one method; '{parsed.GetValue(_method)}' names {choice.Count}.");
        var method = UsageException.Check(() => MethodCatalog.Create(choice[0].Name, choice[0].Options));
        var prototypeOptions = UsageException.Check(() => new PrototypeOptions
        {
            Count = parsed.GetValue(_prototypes), Nearest = shown, Seed = options.Seed,
        });
        var runtime = _runtime.Read(parsed, _terminal.Warn);

        var watch = Stopwatch.StartNew();
        var open = new Stack<IDisposable>();
        try
        {
            var data = _data.Read(parsed, request, _terminal, null, open);
            var network = data.Network;
            if (network.Inputs.Count != 1)
                throw new UsageException($"The network has {network.Inputs.Count} inputs; rows of one are grouped.");
            var (numbers, extents) = Collected();
            var rows = UsageException.Check(() => MappedRows.Of(network, numbers, method, parsed.GetValue(_target), runtime));
            cancellation.ThrowIfCancellationRequested();
            var labels = labelFile is null ? null : LabelFile.Classes(labelFile, rows.Maps.Count, _terminal.Note);
            var groups = Groups(rows, parsed.GetValue(_perClass), options, cancellation);
            var prototypes = parsed.GetValue(_layer) is not { } layer ? null
                : ClassPrototypes.Of(Relevances(layer), rows.Predicted, prototypeOptions);
            foreach (var path in outputs)
                if (Ends(path, ".html"))
                    Page(path, rows, groups, prototypes, data, shown, runtime,
                        [("Network", Path.GetFileName(request.Path)), ("Method", choice[0].Text),
                            ("Explained", parsed.GetValue(_target) is { } target ? $"class {target}" : "the highest score")]);
                else if (Ends(path, ".json"))
                    AtomicFile.Write(path, stream => ClusterFiles.WriteJson(stream, rows, groups, labels, prototypes));
                else
                    AtomicFile.Write(path, stream => ClusterFiles.WriteTable(path, stream, rows, groups, labels, prototypes));
            if (folder is not null)
                Export(folder, request.Path, choice[0].Text, numbers, extents, network, rows, groups, labels);
            foreach (var (name, found) in groups)
                foreach (var cluster in found.Suspicious)
                    _terminal.Out.WriteLine($"{(groups.Count > 1 ? $"{name}: " : "")}{cluster.Sentence}");
            _terminal.Done("Grouped", rows.Maps.Count, watch.Elapsed, [.. outputs, .. new[] { folder }.OfType<string>()]);
            return ExitCode.Done;

            LayerActivations Relevances(string layer)
            {
                using var source = data.Open();
                return ChannelReferences.Relevances(network, source, [layer], parsed.GetValue(_target) is { } target
                    ? Target.Class(target) : Target.ArgMax, null, runtime, data.Feed, new Shard(0, rows.Maps.Count))[0];
            }

            (double[] Numbers, IReadOnlyList<int> Extents) Collected()
            {
                using var source = data.Open();
                return CollectedRows.Of(network, source, data.Feed, network.DefaultInput, runtime, count, cancellation);
            }
        }
        finally
        {
            OpenPass.Close(open);
        }
    }

    private List<(string Name, ClusteredMaps Found)> Groups(
        MappedRows rows, bool perClass, MapClusterOptions options, CancellationToken cancellation)
    {
        if (rows.Maps.Count < 2)
            throw new InvalidDataException("There is one row; two at least are grouped.");
        if (!perClass)
            return [(All, ClusteredMaps.Of(rows.Maps, rows.Predicted, rows.Probabilities, options, cancellation))];
        var (found, single) = (new List<(string, ClusteredMaps)>(), new List<int>());
        foreach (var (label, own) in ClusteredMaps.PerClass(rows.Maps, rows.Predicted, rows.Probabilities, options, cancellation))
            if (own is null)
                single.Add(label);
            else
                found.Add(($"Class {label}", own));
        if (single.Count > 0)
            _terminal.Note($"Predicted in one row alone, and left out: {string.Join(", ", single.Select(c => $"class {c}"))}.");
        return found.Count > 0 ? found
            : throw new InvalidDataException("No class is predicted in more than one row; leave --per-class out.");
    }

    private static void Page(string path, MappedRows rows, IReadOnlyList<(string Name, ClusteredMaps Found)> groups,
        ClassPrototypes? prototypes, RereadRows data, int shown, RuntimeOptions runtime, IReadOnlyList<(string Name, object? Value)> facts)
    {
        using var source = data.Open();
        var examples = ExampleRows.Read(data.Network, source, ClusterReport.RowsOf(rows, groups, shown, prototypes), runtime,
            data.Feed);
        ClusterReport.Of($"Clusters of heat maps: {facts[0].Value}", rows, groups, data.Network, examples, facts, shown, data.RowName,
            prototypes).Save(path);
    }

    private static void Export(string folder, string path, string method, double[] numbers, IReadOnlyList<int> extents, Network network,
        MappedRows rows, IReadOnlyList<(string Name, ClusteredMaps Found)> groups, int[]? labels)
    {
        var shape = MapShape.Of(extents, network.ChannelsOf(network.Inputs[0].Name) - 1);
        if (shape is not { IsVolume: false })
            throw new UsageException($"ViRelAy shows images; the rows have the shape [{string.Join(", ", extents)}]. Leave --virelay out.");
        double[] planes = !shape.ChannelsLast ? numbers : [.. numbers.Chunk(extents.Aggregate((p, e) => p * e))
            .SelectMany(row => Enumerable.Range(0, shape.Channels).SelectMany(c => row.Where((_, i) => i % shape.Channels == c)))];
        var name = Path.GetFileNameWithoutExtension(path);
        UsageException.Check(() =>
        {
            ViRelayProject.Save(folder, planes, shape.Channels, shape.Height, shape.Width, rows, [.. groups.Select(g =>
                (groups.Count > 1 || g.Name != All ? rows.Predicted[g.Found.Rows[0]] : (int?)null, g.Found))],
                new ViRelayNames(name, name, method) { Labels = labels });
            return true;
        });
    }

    private MapClusterOptions Range(string? text, MapClusterOptions options)
    {
        if (text is null)
            return options;
        if (int.TryParse(text, out var number))
            return options with { Clusters = number };
        var (from, to) = Ranges.Read(text, _clusters.Name);
        return from == Math.Floor(from) && to == Math.Floor(to) && from >= 2 && from <= to && to <= int.MaxValue
            ? options with { Clusters = (int)from, MostClusters = (int)to }
            : throw new UsageException($"{_clusters.Name} takes a number, or a range from 2 on such as 2..8; '{text}' was given.");
    }

    private static bool Ends(string path, string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
}
