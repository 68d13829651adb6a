using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Evaluating;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect evaluate</c>: methods judged by metrics on a network and its data.</summary>
internal sealed class EvaluateCommand : System.CommandLine.Command, IHasHelpSections
{
    private static readonly string[] UsualMethods = ["saliency", "input-x-gradient", "integrated-gradients"],
        UsualMetrics = ["deletion", "insertion", "faithfulness-correlation", "max-sensitivity", "sparseness", "complexity", "random-logit"],
        UsualForMasks = ["pointing-game", "relevance-mass-accuracy", "localisation-auc"];

    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new("A network (ONNX, Keras, TensorFlow), or a model of tables: trees of XGBoost, "
        + "LightGBM or ONNX, a pipeline saved by ML.NET (.zip).", withTrees: true);
    private readonly FeatureData _data = new();
    private readonly BackgroundArguments _background =
        new("Of models of tables. [default: the rows that are judged; the method tree is path-dependent then]");
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string[]> _methods = new("--methods")
    {
        HelpName = "METHOD,…", AllowMultipleArgumentsPerToken = true,
        Description = "Methods with commas between them, options after colons: saliency,integrated-gradients:steps=20. "
            + "Of models of tables: lime, and the algorithms of 'introspect shap': tree,kernel:samples=500. "
            + $"[default: {string.Join(",", UsualMethods)}; of trees {string.Join(",", TableEvaluation.UsualMethods(ModelKind.XGBoost))}; "
            + $"of pipelines {string.Join(",", TableEvaluation.UsualMethods(ModelKind.Pipeline))}]",
    };

    private readonly Option<string[]> _metrics = new("--metrics")
    {
        HelpName = "METRIC,…", AllowMultipleArgumentsPerToken = true,
        Description = "Metrics likewise: deletion,road:order=difference,max-sensitivity:draws=20; --help lists them. "
            + $"[default: {string.Join(",", UsualMetrics)}; with masks {string.Join(",", UsualForMasks)}, too]",
    };

    private readonly Option<string[]> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "Where results go: .html for a page, .json for all numbers, .csv for a line for each method, metric, row. "
            + "Repeatable.",
    };

    private readonly Option<string?> _masks = new("--masks")
    {
        HelpName = "FILE.npy",
        Description = "What should be found, zeros and others, shape [rows, height, width]: for metrics of localisation.",
    };

    private readonly Option<int> _rows = new("--rows")
    {
        HelpName = "NUMBER", Description = "How many of the first rows are judged.", DefaultValueFactory = _ => 100,
    };

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "NUMBER", Description = "Other random numbers for every seed, of all metrics and controls.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<bool> _sanity = new("--sanity")
    {
        Description = "Randomise the weights layer by layer, from the last on, and look whether maps change.",
    };

    private readonly Option<string?> _permuted = new("--permuted")
    {
        HelpName = "NETWORK",
        Description = "A network trained in the same way on labels shuffled among the rows: look whether maps change.",
    };

    private readonly Option<double?> _shift = new("--shift")
    {
        HelpName = "NUMBER", Description = "Add a number to all rows, let the network take it away again, and look whether maps change.",
    };

    private readonly Option<string> _similarity = new("--similarity")
    {
        HelpName = string.Join('|', SanityRun.Similarities.Keys),
        Description = "By what maps are compared where weights are random or labels permuted.", DefaultValueFactory = _ => "spearman",
    };

    private readonly Option<string?> _layer = new("--layer")
    {
        HelpName = "LAYER", Description = "The inner layer for relative-representation-stability.",
    };

    public EvaluateCommand(Terminal terminal)
        : base("evaluate", "Judges explanations of a model by metrics: which method to trust on this model and these data.")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Option[] options = [_methods, _metrics, _output, _masks, _rows, _seed, _sanity, _permuted, _shift, _similarity, _layer];
        foreach (var option in options)
            Options.Add(option);
        _data.AddTo(this);
        foreach (var option in _background.All)
            Options.Add(option);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Metrics", [.. MetricCatalog.All.SelectMany(m => DescribedOptions.Lines(m.Name, m.Summary, m.Options))]),
        new("Examples",
            "introspect evaluate digits.onnx --data digits.npy --methods saliency,integrated-gradients --output report.html",
            "introspect evaluate model.json --data rows.csv --label-column label --methods tree,kernel,lime --output report.html",
            "introspect evaluate net.onnx --data images.npy --masks masks.npy --sanity --output report.html --output numbers.json",
            "introspect evaluate net.onnx --data images.npy --permuted trained-on-permuted-labels.onnx --output report.html"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, outputs) = (_network.Read(parsed), parsed.GetValue(_output) ?? []);
        if (outputs.Length == 0)
            throw new UsageException("Say where results go: --output FILE.html, FILE.json, FILE.csv.");
        foreach (var path in outputs)
        {
            if (Path.GetExtension(path).ToLowerInvariant() is not (".html" or ".json" or ".csv"))
                throw new UsageException($"--output takes files that end in .html, .json or .csv; '{path}' was given.");
            OutputFile.Check(path, [request.Path, .. _data.Files(parsed),
                .. new[] { parsed.GetValue(_masks), parsed.GetValue(_permuted) }.OfType<string>()]);
        }
        var (count, seed, masks) = (parsed.GetValue(_rows), parsed.GetValue(_seed), parsed.GetValue(_masks));
        if (count < 1)
            throw new UsageException("--rows takes a number from 1.");
        string[] usual = masks is null ? UsualMetrics : [.. UsualMetrics, .. UsualForMasks];
        var metrics = UsageException.Check(() => Choice.Parse(parsed.GetValue(_metrics), usual)
            .Select(c => new NamedMetric(c.Text, MetricCatalog.Create(c.Name,
                c.WithSeed(MetricCatalog.Find(c.Name).Options, seed)))).ToList());
        if (!SanityRun.Similarities.TryGetValue(parsed.GetValue(_similarity)!, out var similarity))
            throw new UsageException($"{_similarity.Name} takes one of {string.Join(", ", SanityRun.Similarities.Keys)}.");
        var shift = parsed.GetValue(_shift);
        if (shift is { } added && !double.IsFinite(added))
            throw new UsageException($"{_shift.Name} takes a finite number.");
        var runtime = _runtime.Read(parsed, _terminal.Warn);
        if (IsTable(request))
            return JudgeTable(parsed, request, metrics, runtime, cancellation);

        var methods = UsageException.Check(() => Choice.Parse(parsed.GetValue(_methods), UsualMethods)
            .Select(c => (c.Text, Method: MethodCatalog.Create(c.Name, c.Options))).ToList());
        var watch = Stopwatch.StartNew();
        using var data = _data.Open(parsed, request, _terminal);
        var network = data.Network;
        var input = network.DefaultInput;
        if (network.Inputs.Count != 1)
            throw new UsageException($"The network has {network.Inputs.Count} inputs; rows of one are judged.");
        var permuted = parsed.GetValue(_permuted) is { } other ? Permuted(request with { Path = other }, network) : null;
        var (numbers, extents) = CollectedRows.Of(data, input, runtime, count, cancellation);
        if (extents.Count != 3 && similarity.IsOfPictures())
            throw new UsageException($"{_similarity.Name} {parsed.GetValue(_similarity)} compares pictures; rows are "
                + $"[{string.Join(", ", extents)}].");
        using var scores = RowFunction.Scores(network, null, runtime);
        using var representation = parsed.GetValue(_layer) is { } layer ? RowFunction.Layer(network, layer, runtime) : null;
        var rows = new ExplainedRows(numbers, numbers, extents, scores)
        {
            Masks = masks is null ? null : Masks(masks, numbers.Length / Sizes(extents)), Representation = representation,
        };
        List<JudgedMethod> judged =
            [.. methods.Select(m => Judged(m.Text, () => RowFunction.Explanations(network, m.Method, null, runtime)))];
        judged.Add(new JudgedMethod("chance", Controls.Chance(rows.Features, seed), true));
        if (extents.Count == 3)
            judged.Add(new JudgedMethod("edges", Controls.EdgeDetector(extents), true));
        try
        {
            var result = Judge(rows, judged, metrics, watch, cancellation);
            var sanity = new SanityRun(rows, methods, similarity, runtime);
            if (parsed.GetValue(_sanity))
                sanity.RandomiseWeights(request.ReadModel(), network.Options, seed, cancellation);
            if (permuted is not null)
                sanity.ComparePermuted(network, permuted);
            if (shift is { } by)
                sanity.ShiftRows(network, by);
            Write(outputs, request, result, sanity.Rows);
        }
        finally
        {
            foreach (var method in judged)
                method.Explains.Dispose();
        }
        _terminal.Done("Judged", rows.Count, watch.Elapsed, outputs);
        return ExitCode.Done;
    }

    private static Network Permuted(NetworkRequest request, Network trained)
    {
        try
        {
            var network = request.Load(request.ReadModel(),
                trained.Inputs.ToDictionary(i => i.Name, i => (IReadOnlyList<long>)[.. i.Shape!.Skip(1).Select(d => d.Value)]));
            return network.ClassesOf(network.DefaultOutput) == trained.ClassesOf(trained.DefaultOutput) ? network
                : throw new ArgumentException($"It tells {network.ClassesOf(network.DefaultOutput)} classes, and the explained network "
                    + $"{trained.ClassesOf(trained.DefaultOutput)}.");
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"'{request.Path}' is no network of the same kind, trained on permuted labels: {e.Message}");
        }
    }

    private static JudgedMethod Judged(string name, Func<RowFunction> make)
    {
        try
        {
            return new JudgedMethod(name, make());
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"The method {name} cannot explain this network: {e.Message}");
        }
    }

    private int JudgeTable(
        ParseResult parsed, NetworkRequest request, List<NamedMetric> metrics, RuntimeOptions runtime, CancellationToken cancellation)
    {
        if (((Option[])[_sanity, _permuted, _shift, _similarity, _layer, _masks])
            .FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } wrong)
            throw new UsageException($"{wrong.Name} is for networks; '{request.Path}' is a model of tables.");
        var kind = ModelFile.KindOf(request.Path);
        var methods = UsageException.Check(() => Choice.Parse(parsed.GetValue(_methods), TableEvaluation.UsualMethods(kind)));
        var algorithms = UsageException.Check(() => methods.Select(TableEvaluation.Algorithm).OfType<AlgorithmChoice>().ToList());
        var leading = algorithms.FirstOrDefault(a => a.Algorithm is ShapAlgorithm.Tree or ShapAlgorithm.Linear) ?? AlgorithmChoice.Auto;
        var background = _background.Read(parsed) ?? (kind == ModelKind.Pipeline && leading.Algorithm != ShapAlgorithm.Tree
            ? new BackgroundRequest(BackgroundRequest.Data, _background.Rows(parsed)) : null);
        var (data, csv, scale) = _data.OfTable(parsed, _terminal);
        var watch = Stopwatch.StartNew();
        var (asked, seed) = (new ShapRequest(leading, OutputChoice.All, background, null, false, null), parsed.GetValue(_seed));
        using var table = TableEvaluation.Open(new ShapJob(request, asked, runtime, data, csv, scale, "", false, null), methods,
            parsed.GetValue(_rows), seed, _terminal.Note, cancellation);
        var chance = new JudgedMethod("chance", Controls.Chance(table.Rows.Features, seed), true);
        var result = Judge(table.Rows, [.. table.Methods, chance],
            [.. metrics.Select(m => m with { Metric = Filled(m, table.Usual) })], watch, cancellation);
        var outputs = parsed.GetValue(_output)!;
        Write(outputs, request, result, []);
        _terminal.Done("Judged", table.Rows.Count, watch.Elapsed, outputs);
        return ExitCode.Done;
    }

    // Zeros are unusual in tables: features that are taken away have their mean there, unless a baseline is named.
    private static ExplanationMetric Filled(NamedMetric metric, Baseline usual) => metric.Name.Contains(":baseline=") ? metric.Metric
        : metric.Metric switch
        {
            PerturbingMetric perturbing => perturbing with { Baseline = usual },
            PerturbingCurve curve => curve with { Baseline = usual },
            var other => other,
        };

    // What asks for a network says itself which file is none.
    private static bool IsTable(NetworkRequest request) => ModelFile.KindOf(request.Path) switch
    {
        ModelKind.Pipeline or ModelKind.XGBoost or ModelKind.LightGbm => true,
        ModelKind.Onnx => request.Open(_ => { }).Trees is not null,
        _ => false,
    };

    private EvaluationResult Judge(ExplainedRows rows, IReadOnlyList<JudgedMethod> judged, IReadOnlyList<NamedMetric> metrics,
        Stopwatch watch, CancellationToken cancellation) => ProgressBar.Show(_terminal, "Judging", progress =>
            Evaluator.Of(rows, judged, metrics, new Shares(progress, rows.Count, watch), cancellation));

    private static void Write(
        IEnumerable<string> outputs, NetworkRequest request, EvaluationResult result, IReadOnlyList<SanityRow> sanity)
    {
        var title = $"Evaluation of {Path.GetFileName(request.Path)}";
        OutputsByEnding.Write(outputs, () => EvaluationReport.Of(title, result, sanity),
            stream => EvaluationFiles.WriteJson(stream, result, sanity),
            (path, stream) => EvaluationFiles.WriteCsv(path, stream, result));
    }

    private static bool[] Masks(string path, int rows)
    {
        var masks = NpyArray.Load(path);
        var size = masks.Shape.Skip(1).Aggregate(1, (p, e) => checked(p * e));
        return masks.Shape.Count > 1 && masks.Shape[0] >= rows ? [.. masks.ToDoubles().Take(rows * size).Select(m => m != 0)]
            : throw new InvalidDataException(
                $"'{path}' has the shape ({string.Join(", ", masks.Shape)}); a mask for each of {rows} rows was expected.");
    }

    private static int Sizes(IReadOnlyList<int> extents) => extents.Aggregate(1, (p, e) => p * e);
}
