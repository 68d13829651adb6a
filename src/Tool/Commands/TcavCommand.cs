using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect tcav</c>: whether a class is sensitive to concepts that rows show.</summary>
internal sealed class TcavCommand : System.CommandLine.Command, IHasHelpSections
{
    private const int MostShown = 8;

    private readonly Terminal _terminal;
    private readonly PassArguments _pass = new(layers: null, target: "The class whose sensitivity is told");

    private readonly Option<string[]> _concepts = new("--concept")
    {
        HelpName = "NAME=FILES", Description = "Rows that show a concept: a file of numbers, or images as --images takes them. Repeatable.",
    };

    private readonly Option<bool> _find = new("--find")
    {
        Description = "Find concepts in the images themselves, too: regions that the first layer likens (ACE).",
    };

    private readonly Option<string[]> _random = new("--random")
    {
        HelpName = "FILES", Required = true,
        Description = "Random rows. Repeatable: three sets at least, the last stands in a concept's place; one is cut into --random-sets.",
    };

    private readonly Option<int> _sets = new("--random-sets")
    {
        HelpName = "N", Description = "Into how many sets the only --random is cut.", DefaultValueFactory = _ => 11,
    };

    private readonly Option<ConceptMethod> _method = new("--learning")
    {
        HelpName = "logistic|vectormachine|pattern", Description = "How vectors are learnt.",
    };

    private readonly Option<double> _cost = new("--cost")
    {
        HelpName = "C", Description = "What rows on the wrong side weigh.", DefaultValueFactory = _ => new ConceptOptions().Cost,
    };

    private readonly Option<ConceptFunction> _function = new("--function")
    {
        HelpName = "score|loss", Description = "What is differentiated: the score, or the cross-entropy, as in the authors' code.",
    };

    private readonly Option<bool> _pooled = new("--pooled") { Description = "Average maps over their positions first." };

    private readonly Option<bool> _means = new("--means") { Description = "Compare mean derivatives, not shares of rows." };

    private readonly Option<TestCorrection> _correction = new("--correction")
    {
        HelpName = "none|bonferroni|holm|benjaminihochberg", Description = "How probabilities are raised for there being several tests.",
        DefaultValueFactory = _ => new TcavOptions().Correction,
    };

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "N", Description = "What is held back, drawn, and cut.", DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE", Description = "A table with a line for each concept and layer: .csv, .tsv, .jsonl, .parquet.",
    };

    private readonly Option<string?> _vectors = new("--vectors")
    {
        HelpName = "FOLDER", Description = "A new folder for the vectors of each concept: .npy, and .json with what is known of it.",
    };

    private readonly ReportOption _report = new("Write a page: bars, tests, and what shows the concepts.");

    public TcavCommand(Terminal terminal)
        : base("tcav", "Tests whether a class is sensitive to concepts (TCAV), given ones or found (ACE).")
    {
        _terminal = terminal;
        _pass.AddTo(this, _concepts, _find, _random, _sets, _method, _cost, _function, _pooled, _means, _correction, _seed, _output,
            _vectors, _report);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "Table: concept, layer, tcav, deviation, random, mean, statistic, p, p_of_several, significant, accuracy, held_out."),
        new("Examples",
            "introspect tcav resnet.onnx --images zebras -t 340 -l layer4 --concept stripes=striped --random photos --report page.html",
            "introspect tcav net.onnx --data class4.npy -t 4 -l /conv3/Relu --find --random random.npy --output concepts.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (output, report, folder) = (parsed.GetValue(_output), _report.Read(parsed), parsed.GetValue(_vectors));
        if (folder is null || output is not null || report is not null)
            _pass.Written(parsed, "--output FILE.csv, --vectors FOLDER, --report FILE.html", output, report);
        if (output is not null && !DataFiles.IsTable(output))
            throw new UsageException($"--output takes a table; '{output}' is none.");
        if (folder is not null)
            ResultFolder.Check(folder);
        var named = (parsed.GetValue(_concepts) ?? []).Select(text => NamedFile.Parse(text, _concepts.Name) is { Input: { } name } file
            ? (Name: name, file.Path) : throw new UsageException($"{_concepts.Name} takes NAME=FILES; '{text}' was given.")).ToList();
        var find = parsed.GetValue(_find);
        if (named.Count == 0 && !find)
            throw new UsageException($"Say which concepts: {_concepts.Name} NAME=FILES, or {_find.Name}.");
        if (named.GroupBy(n => n.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UsageException($"{_concepts.Name} is given twice for '{twice.Key}'.");
        var (target, seed, layers) = (_pass.Target(parsed), parsed.GetValue(_seed), _pass.Layers(parsed)!);
        var options = UsageException.Check(() => new TcavOptions
        {
            Learning = new ConceptOptions { Method = parsed.GetValue(_method), Cost = parsed.GetValue(_cost), Seed = seed },
            Function = parsed.GetValue(_function), ComparesMeans = parsed.GetValue(_means), Correction = parsed.GetValue(_correction),
        });
        var runtime = _pass.Runtime(parsed, _terminal);
        // What ACE finds is averaged over positions, and so must be what it is told from.
        var pooled = parsed.GetValue(_pooled) || find;

        var watch = Stopwatch.StartNew();
        using var pass = _pass.Open(parsed, _terminal, target);
        var pictures = new Dictionary<string, IReadOnlyList<Raster>>();
        IReadOnlyList<LayerActivations> Taken(RereadRows rows)
        {
            using var source = rows.Open();
            return LayerActivations.Take(rows.Network, source, layers, pooled, runtime, rows.Feed);
        }

        var concepts = new List<KeyValuePair<string, IReadOnlyList<LayerActivations>>>();
        foreach (var (name, path) in named)
        {
            cancellation.ThrowIfCancellationRequested();
            var rows = pass.Further(path);
            concepts.Add(new(name, Taken(rows)));
            if (report is not null)
                pictures[name] = Pictures(pass, rows, Math.Min(MostShown, concepts[^1].Value[0].Rows), runtime);
        }
        if (find)
            concepts.AddRange(Found(pass, layers, seed, runtime, pictures, cancellation));
        var randoms = (parsed.GetValue(_random) ?? []).Select(path => Taken(pass.Further(path))).ToList();
        if (randoms.Count == 1)
            randoms = Cut(randoms[0], parsed.GetValue(_sets), seed);
        if (randoms.Count < 3)
            throw new UsageException($"{_random.Name} is given {randoms.Count} times; three sets at least tell what chance makes.");
        IReadOnlyList<LayerActivations> gradients;
        using (var source = pass.Rows.Open())
            gradients = LayerActivations.TakeGradients(
                pass.Network, source, layers, target, options.Function, pooled, runtime, pass.Feed);
        var results = Tcav.Run(gradients, concepts, randoms, options);
        if (output is not null)
            WriteTable(output, results);
        if (folder is not null)
            WriteVectors(folder, results);
        if (report is not null)
            ConceptReport.Tested($"Concepts in {Path.GetFileName(_pass.Request(parsed).Path)}", results,
                [("Target", target), ("Rows", gradients[0].Rows), ("Random sets", randoms.Count), ("Correction", options.Correction)],
                pictures).Save(report);
        _terminal.Done("Looked at", gradients[0].Rows, watch.Elapsed, [.. new[] { output, folder, report }.OfType<string>()]);
        return ExitCode.Done;
    }

    private List<KeyValuePair<string, IReadOnlyList<LayerActivations>>> Found(OpenPass pass, string[] layers, int seed,
        RuntimeOptions runtime, Dictionary<string, IReadOnlyList<Raster>> pictures, CancellationToken cancellation)
    {
        const int most = 40;
        ExampleRows images;
        using (var source = pass.Rows.Open())
            images = ExampleRows.Read(pass.Network, source,
                Enumerable.Range(0, (int)Math.Min(source.Count ?? most, most)).Select(i => (long)i), runtime, pass.Feed);
        var parts = ImageParts.Regions(images, cancellation: cancellation);
        var least = Math.Min(new FoundConceptOptions().Least, Math.Max(2, images.Numbers.Count / 2 - 1));
        var clusters = Math.Min(new FoundConceptOptions().Clusters, Math.Max(2, parts.Places.Count / (least + 1)));
        var found = FoundConcepts.Of(
            pass.Network, parts, layers[0], new FoundConceptOptions { Clusters = clusters, Least = least, Seed = seed }, runtime);
        if (found.Count == 0)
            throw new InvalidDataException($"No part of {images.Numbers.Count} images comes again in enough of them; give more images.");
        using var rows = parts.AsRows(pass.Network);
        var activations = LayerActivations.Take(pass.Network, rows, layers, true, runtime, _ => new Jobs.InputRows(0));
        using var again = parts.AsRows(pass.Network);
        var shown = found.SelectMany(f => f.Members.Take(MostShown)).Select(i => (long)i).ToList();
        var kept = ExampleRows.Read(pass.Network, again, shown, runtime, _ => new Jobs.InputRows(0));
        var drawn = kept.Numbers.Zip(ConceptReport.Pictures(pass.Network, kept)).ToDictionary(p => p.First, p => p.Second);
        foreach (var concept in found)
            pictures[concept.Name] = [.. concept.Members.Take(MostShown).Select(i => drawn[i])];
        return [.. found.Select(f => KeyValuePair.Create(
            f.Name, (IReadOnlyList<LayerActivations>)[.. activations.Select(a => Picked(a, f.Members))]))];
    }

    private static IReadOnlyList<Raster> Pictures(OpenPass pass, RereadRows rows, int count, RuntimeOptions runtime)
    {
        using var source = rows.Open();
        return ConceptReport.Pictures(pass.Network, ExampleRows.Read(
            rows.Network, source, Enumerable.Range(0, count).Select(i => (long)i), runtime, rows.Feed));
    }

    private List<IReadOnlyList<LayerActivations>> Cut(IReadOnlyList<LayerActivations> all, int sets, int seed)
    {
        if (sets < 3 || all[0].Rows < 2 * sets)
            throw new UsageException($"{all[0].Rows} random rows cannot be cut into {sets} sets: three sets at least ({_sets.Name}), and "
                + "two rows in each.");
        int[] order = [.. Enumerable.Range(0, all[0].Rows)];
        new Random(seed).Shuffle(order);
        return [.. order.Chunk(all[0].Rows / sets).Take(sets).Select(part =>
            (IReadOnlyList<LayerActivations>)[.. all.Select(a => Picked(a, part))])];
    }

    private static LayerActivations Picked(LayerActivations all, IReadOnlyList<int> rows) =>
        all with { Values = [.. rows.SelectMany(i => all.Row(i).ToArray())] };

    private static void WriteVectors(string path, IReadOnlyList<TcavResult> results)
    {
        using var folder = new ResultFolder(path);
        foreach (var result in results)
        {
            var name = string.Concat($"{result.Concept}-{result.Layer.Trim('/')}"
                .Select(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_'));
            foreach (var (number, vector) in result.Vectors.Index())
                vector.Save(folder[$"{name}-{number}.npy"]);
        }
        folder.Complete();
    }

    private static void WriteTable(string path, IReadOnlyList<TcavResult> results)
    {
        string[] numbers = ["tcav", "deviation", "random", "mean", "statistic", "p", "p_of_several"];
        (string, CellKind)[] columns =
        [
            ("concept", CellKind.Text), ("layer", CellKind.Text), .. numbers.Select(n => (n, CellKind.Real)),
            ("significant", CellKind.Text), ("accuracy", CellKind.Real), ("held_out", CellKind.Real),
        ];
        AtomicFile.Write(path, stream =>
        {
            var table = ITableWriter.Begin(path, stream, columns);
            foreach (var r in results)
            {
                var mean = r.Scores.Average(s => s.Share);
                table.Cell(r.Concept);
                table.Cell(r.Layer);
                foreach (var number in (double[])[mean, Math.Sqrt(r.Scores.Average(s => (s.Share - mean) * (s.Share - mean))),
                    r.RandomScores.Average(s => s.Share), r.Scores.Average(s => s.Mean), r.Test.Statistic, r.Test.Probability,
                    r.Probability])
                    table.Cell(Text(number));
                table.Cell(r.IsSignificant ? "yes" : "no");
                table.Cell(Text(r.Vectors.Average(v => v.Accuracy)));
                table.Cell(Text(r.Vectors.Average(v => v.HeldOutAccuracy)));
                table.EndRow();
            }
            table.Complete();
        });

        static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
    }
}
