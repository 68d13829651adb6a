using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect explain</c>: the rows of a file, scored and explained.</summary>
internal sealed class ExplainCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly ExplanationArguments _explanation = new();
    private readonly CsvArguments _csv = new();
    private readonly RuntimeArguments _runtime = new();
    private readonly ImageArguments _images = new();

    private readonly Option<string[]> _data = new("--data", "-d")
    {
        HelpName = "[INPUT=]FILE",
        Description = $"The rows: {DataFiles.Endings}. A model with several inputs wants a file for each, or an .npz file with "
            + "arrays of their names.",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Required = true,
        HelpName = "FILE",
        Description = $"Where the explanations go: {DataFiles.Endings}. A file of that name is replaced, once the new one is whole. Of "
            + "images a folder, which is new or empty.",
    };

    private readonly Option<string[]> _scale = new("--scale")
    {
        HelpName = "[INPUT=]FILE.json",
        Description = "Scale the rows first, to (x - mean) / std: a file {\"mean\": […], \"std\": […]} with a number for each column, "
            + "each channel, or for all. With \"feature_names\": […] they are matched by column.",
    };

    public ExplainCommand(Terminal terminal) : base("explain", "Scores the rows of a file and explains each prediction.")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Options.Add(_data);
        _images.AddTo(this);
        Options.Add(_output);
        _explanation.AddTo(this);
        Options.Add(_scale);
        _csv.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<Option> OptionsToldElsewhere => _explanation.OfMethods;

    public IReadOnlyList<HelpSection>? HelpFor(ParseResult parsed) =>
        _explanation.HelpFor(parsed, "introspect explain MODEL --data FILE {0} --output FILE");

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        ExplanationArguments.Methods,
        ExplanationArguments.CommonOptions,
        new("Data",
            "CSV: UTF-8, decimal points (or --decimal-comma). A row's numbers fill the input in order, the last axis fastest.",
            "     Missing values are refused.",
            "JSON lines: an object in each line; an array V is the columns V[0], V[1], …. Parquet: plain columns.",
            "NPY: shape [N, …], rows shaped as the input wants them, or flat.",
            "NPZ: arrays of the same, by the names of the inputs.",
            "For --target label:NAME, NAME is a column of the CSV file, or an array of the .npz file; or give --data NAME=FILE.npy."),
        new("Output",
            "CSV: row (from 0), the columns carried along, target, score, the gap (--gap-name), then the attributions, named as in the "
                + "data or by",
            "     their place: INPUT[0][3]; attribution[0][3] where they have a shape of their own, as maps and layers do.",
            "JSON lines and Parquet: the same columns.",
            "NPY: the attributions, shape [N, …], in FILE.npy; beside it FILE.target.npy and FILE.score.npy (and the gap), shape [N].",
            "     With several explained inputs, each has its own FILE.INPUT.npy; with several methods, FILE.METHOD.npy.",
            "NPZ: one file of them all: the attributions under the name of the method, METHOD_INPUT where several inputs are explained; "
                + "target, score.",
            "With --scale, attributions are those of the scaled numbers, which the network sees."),
        new("Examples",
            "introspect explain digits.onnx --data digits.csv --label-column label --method saliency --output out.csv",
            "introspect explain tumours.onnx --data tumours.csv --label-column label --scale tumours.standardise.json \\",
            "    --method input-x-gradient --target 1 --output out.csv",
            "introspect explain tumours.onnx --data tumours.csv --label-column label --method integrated-gradients --steps 100 "
                + "--gap-name gap --output out.csv",
            "introspect explain digits.onnx --data digits.npz --method saliency --method input-x-gradient --output out.npz",
            "introspect explain resnet.onnx --data images.npy --method saliency --form channel-maximum \\",
            "    --batch-size 64 --device cuda:0 --allow-cpu --output maps.npy"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var requests = _explanation.Read(parsed);
        var runtime = _runtime.Read(parsed, message => _terminal.Error.WriteLine($"warning: {Terminal.Printable(message)}"));
        if (_images.AreGiven(parsed))
            return RunImages(parsed, requests, runtime, cancellation);
        _images.CheckNone(parsed);
        if (parsed.GetValue(_data) is not { Length: > 0 })
            throw new UsageException($"Give rows with {_data.Name}, or images with --images.");
        var job = new NetworkJob(
            _network.Read(parsed, _explanation.KeepsFinalActivation(parsed)),
            runtime,
            [.. parsed.GetRequiredValue(_data).Select(text => NamedFile.Parse(text, _data.Name))],
            [.. (parsed.GetValue(_scale) ?? []).Select(text => NamedFile.Parse(text, _scale.Name))],
            _csv.Read(parsed, _terminal.Note),
            parsed.GetRequiredValue(_output));
        job.Check(_scale.Name);
        foreach (var path in ResultFiles.Paths(job.Output, ExplainRun.Names(requests)))
            OutputFile.Check(path, job.Read);

        var watch = Stopwatch.StartNew();
        using var run = new ExplainRun(job, requests, _terminal.Note);
        var rows = ProgressBar.Show(_terminal, "Explaining", progress => run.Run(progress, cancellation));
        _terminal.Done("Explained", rows, watch.Elapsed, run.Paths);
        return ExitCode.Done;
    }

    private int RunImages(ParseResult parsed, IReadOnlyList<ExplanationRequest> requests, RuntimeOptions runtime,
        CancellationToken cancellation)
    {
        if (parsed.GetResult(_data) is { Implicit: false } || parsed.GetResult(_scale) is { Implicit: false })
            throw new UsageException($"Give rows ({_data.Name}, {_scale.Name}) or images (--images), not both.");
        var output = parsed.GetRequiredValue(_output);
        var watch = Stopwatch.StartNew();
        using var run = new ImageRun(_images.Read(parsed), _network.Read(parsed, _explanation.KeepsFinalActivation(parsed)), runtime,
            requests, output, _terminal.Note);
        var rows = ProgressBar.Show(_terminal, "Explaining", progress => run.Run(progress, cancellation));
        foreach (var warning in run.Warnings)
            _terminal.Error.WriteLine($"warning: {Terminal.Printable(warning)}");
        _terminal.Done("Explained", rows, watch.Elapsed, [output],
            run.Problems.Count == 0 ? [] : [$"{run.Problems.Count} files were left out:", .. run.Problems]);
        return ExitCode.Done;
    }
}
