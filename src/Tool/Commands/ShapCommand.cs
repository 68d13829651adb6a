using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect shap</c>: the rows of a file, explained by Shapley values of whatever model.</summary>
internal sealed class ShapCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _model = new("The model: trees of XGBoost (JSON, UBJSON) or LightGBM (text), ONNX (trees or a "
        + "network), or a pipeline saved by ML.NET (.zip). Its content tells which.", withTrees: true);
    private readonly ShapArguments _shap = new();
    private readonly CsvArguments _csv = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string> _data = RowFiles.Data();

    private readonly Option<string> _output = RowFiles.Output("values");

    private readonly Option<bool> _interactions = new("--interactions") {
        Description = "Explain pairs of features too: of trees, path-dependent. They go to FILE.interactions.csv, or .npy." };

    private readonly ReportOption _report = new("Write a page with plots, too: of up to 2,000 rows, spread evenly over the data.");

    private readonly Option<string?> _scale = new("--scale")
    {
        HelpName = "FILE.json",
        Description = "Scale the rows and the background first, to (x - mean) / std: a file {\"mean\": […], \"std\": […]} as for "
            + "'introspect explain'.",
    };

    public ShapCommand(Terminal terminal)
        : base("shap", "Explains the rows of a file by Shapley values: what each feature adds to the score, from a base value on.")
    {
        _terminal = terminal;
        _model.AddTo(this);
        Option[] options = [_data, _output];
        foreach (var option in options)
            Options.Add(option);
        _shap.AddTo(this);
        options = [_interactions, _report, _scale];
        foreach (var option in options)
            Options.Add(option);
        _csv.AddTo(this, withPipelines: true);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<Option> OptionsToldElsewhere => _shap.OfAlgorithms;

    public IReadOnlyList<HelpSection>? HelpFor(ParseResult parsed) => _shap.HelpFor(parsed);

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        ShapArguments.Algorithms,
        new("Data",
            "Trees and networks: numbers. Where the model names its features and the CSV file has columns of all these names, they are "
                + "matched, in whatever order;",
            "     else columns count by their place. Categories of XGBoost and LightGBM are the numbers that these were trained with.",
            "Missing values (an empty cell, NA, NaN) go where trees send them; a network refuses them.",
            "Pipelines: CSV with the columns that the pipeline reads, by their names; the items of a vector V are V.SLOT, SLOT, V.0 or "
                + "V[0]; or else those",
            "     of --columns, or all other columns of numbers, in their order. NPY holds the numbers of all these columns in their "
                + "order.",
            "     Without --algorithm tree or linear these columns are the features. Load only pipelines that you trust: ML.NET runs "
                + "what they name."),
        new("Output",
            "CSV: row (from 0), the columns carried along, target (the output's name or number), score, base, then a value for each "
                + "feature or group;",
            "     with several outputs a line for each of them. FILE.interactions.csv: row, target, feature, then its value with each "
                + "feature.",
            "NPY: the values, shape [N, features], in FILE.npy; beside it FILE.base.npy and FILE.score.npy, shape [N]; double precision.",
            "     With several outputs all have an axis of outputs behind N. FILE.target.npy tells the output where rows differ in it.",
            "     FILE.interactions.npy: [N, features, features]. Of networks, values have the shape of a row of the input.",
            "NPZ: one file of them all: values, interactions, base, score, target.",
            "base + Σ values = score; how far that holds is said at the end (local accuracy)."),
        new("Examples",
            "introspect shap model.json --data rows.csv --output values.csv --report report.html",
            "introspect shap model.txt --data rows.csv --label-column label --interactions --output values.npy",
            "introspect shap model.ubj --data rows.csv --background train.csv --output-kind prediction --output values.csv",
            "introspect shap tumours.onnx --data tumours.csv --label-column label --scale tumours.standardise.json \\",
            "    --background data --algorithm kernel --samples 2048 --output values.csv",
            "introspect shap digits.onnx --data images.npy --background data --algorithm deep --target argmax --output values.npy",
            "introspect shap pipeline.zip --data houses.csv --background data --id-column id --output values.csv --report report.html",
            "introspect shap pipeline.zip --data houses.csv --algorithm tree --groups one-hot --output values.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var job = Job(parsed);
        var watch = Stopwatch.StartNew();
        using var run = new ShapRun(job, _terminal.Note, cancellation);
        var rows = ProgressBar.Show(_terminal, "Explaining", progress => run.Run(progress, cancellation));
        _terminal.Done("Explained", rows, watch.Elapsed, ShapRun.Paths(job), $"Algorithm: {run.Algorithm}",
            string.Create(CultureInfo.InvariantCulture,
                $"Local accuracy: the largest |base + Σ values − score| is {run.Largest.Gap:G2}, in row {run.Largest.Row}"));
        return ExitCode.Done;
    }

    private ShapJob Job(ParseResult parsed)
    {
        var csv = _csv.Read(parsed, _terminal.Note);
        var request = _shap.Read(parsed);
        var job = new ShapJob(
            _model.Read(parsed, request.Predictions), request,
            _runtime.Read(parsed, _terminal.Warn),
            parsed.GetRequiredValue(_data), csv, parsed.GetValue(_scale), parsed.GetRequiredValue(_output), parsed.GetValue(_interactions),
            _report.Read(parsed));

        DataFiles.Kind(job.Data);
        DataFiles.Check(job.Data, csv);
        if (job.Interactions && request.Algorithm.Algorithm is not (ShapAlgorithm.Auto or ShapAlgorithm.Tree))
            throw new UsageException(
                $"{_interactions.Name} is for trees; the algorithm {request.Algorithm.Name} gives no interaction values.");
        if (job.Interactions && request.Background is not null)
            throw new UsageException($"{_interactions.Name} gives path-dependent values, which have no background; leave one of them out.");
        CheckFiles(job);
        return job;
    }

    private static void CheckFiles(ShapJob job)
    {
        string?[] read = [job.Model.Path, job.Data, job.Request.Background?.File, job.Scale,
            job.Request.Groups?.File is GroupRequest.OneHot ? null : job.Request.Groups?.File];
        foreach (var path in ShapRun.Paths(job))
            OutputFile.Check(path, read.OfType<string>());
    }
}
