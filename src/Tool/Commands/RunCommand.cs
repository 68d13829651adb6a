using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Running;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect run</c>: the rows of a file, scored.</summary>
internal sealed class RunCommand : System.CommandLine.Command, IHasHelpSections
{
    private const string Raw = "raw", Prediction = "prediction";

    private readonly Terminal _terminal;
    private readonly NetworkArguments _model = new(
        "The model: an ONNX network or trees, trees of XGBoost (JSON, UBJSON) or LightGBM (text), or a pipeline saved by ML.NET " +
            "(.zip). Its content tells which.", withTrees: true);
    private readonly CsvArguments _csv = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string[]> _data = RowFiles.DataOfInputs("network");

    private readonly Option<string> _output = RowFiles.Output("outputs");

    private readonly ReportOption _report = new("Write a page, too: a table of the outputs, and pictures of layers, of rows spread evenly "
        + "over the data. Reasons are for 'introspect explain' and 'introspect shap'.");

    private readonly Option<string[]> _outputs = new("--output-tensor", "--output-column")
    {
        HelpName = "OUTPUT",
        Description = "An output of a network, or the column of a pipeline. Repeatable for networks. [default: all outputs; " +
            "Probability where there is one, or else Score]",
    };

    private readonly Option<string[]> _layers = new("--layer", "-l")
    {
        HelpName = "LAYER",
        Description = "What a layer inside a network makes of each row (its activation), in the place of the outputs, or beside those that "
            + "are asked for. 'introspect layers' lists them. Repeatable.",
    };

    private readonly Option<string> _kind = new("--output-kind")
    {
        HelpName = $"{Raw}|{Prediction}",
        Description = "What the model says, or raw scores (log-odds, logits): before the link of trees, before a final softmax or " +
            "sigmoid of a network, the column Score of a pipeline.",
        DefaultValueFactory = _ => Prediction,
    };

    private readonly Option<string[]> _scale = new("--scale")
    {
        HelpName = "[INPUT=]FILE.json",
        Description = "Scale the rows first, to (x - mean) / std: a file {\"mean\": […], \"std\": […]} as for 'introspect explain'.",
    };

    public RunCommand(Terminal terminal) : base("run", "Scores the rows of a file: the plain outputs of a model of any kind.")
    {
        _terminal = terminal;
        _model.AddTo(this);
        Option[] options = [_data, _output, _outputs, _layers, _kind, _report, _scale];
        foreach (var option in options)
            Options.Add(option);
        _csv.AddTo(this, withPipelines: true);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output",
            "CSV: row (from 0), the columns carried along, then the outputs: OUTPUT, OUTPUT[0][3]; of trees and pipelines score, or " +
                "the names of the outputs.",
            "NPY: shape [N, …] in FILE.npy; of several outputs each in FILE.OUTPUT.npy.",
            "NPZ: one file with an array for each output, of its name; of trees and pipelines score."),
        new("Examples",
            "introspect run digits.onnx --data digits.csv --label-column label --output scores.npy",
            "introspect run bert.onnx --data tokens.npz --output outputs.npz",
            "introspect run digits.onnx --data digits.npy --layer /conv2/Conv --output activations.npy",
            "introspect run model.json --data rows.csv --output-kind raw --output margins.csv",
            "introspect run pipeline.zip --data houses.csv --id-column id --output scores.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var raw = parsed.GetRequiredValue(_kind) switch
        {
            Raw => true,
            Prediction => false,
            var other => throw new UsageException($"{_kind.Name} takes {Raw} or {Prediction}; '{other}' was given."),
        };
        var job = new NetworkJob(
            _model.Read(parsed, keepFinalActivation: !raw),
            _runtime.Read(parsed, _terminal.Warn),
            [.. parsed.GetRequiredValue(_data).Select(text => NamedFile.Parse(text, _data.Name))],
            [.. (parsed.GetValue(_scale) ?? []).Select(text => NamedFile.Parse(text, _scale.Name))],
            _csv.Read(parsed, _terminal.Note),
            parsed.GetRequiredValue(_output));
        job.Check(_scale.Name);
        var report = _report.Read(parsed);
        foreach (var path in report is null ? (string[])[job.Output] : [job.Output, report])
            OutputFile.Check(path, job.Read);

        var watch = Stopwatch.StartNew();
        using var run = new PlainRun(job, new PlainRequest(Given(_outputs), Given(_layers), raw), report, _terminal.Note);
        var rows = ProgressBar.Show(_terminal, "Scoring", progress => run.Run(progress, cancellation));
        _terminal.Done("Scored", rows, watch.Elapsed, run.Paths);
        return ExitCode.Done;

        string[] Given(Option<string[]> option) => [.. (parsed.GetValue(option) ?? []).Distinct()];
    }
}
