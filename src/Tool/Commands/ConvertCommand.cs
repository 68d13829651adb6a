using System.CommandLine;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect convert</c>: a pipeline of ML.NET as a network.</summary>
internal sealed class ConvertCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly Argument<string> _model = new("MODEL") { Description = "The pipeline: a file that mlContext.Model.Save has written." };

    private readonly Option<string> _output =
        new("--output", "-o") { Required = true, HelpName = "FILE", Description = "The ONNX file to write." };

    private readonly Option<bool> _numbers = new("--numbers")
    {
        Description = "Start at real numbers, as explanations want it, not at the texts, keys and whole numbers that they are made of.",
    };

    private readonly Option<string[]> _start = new("--start-at")
    {
        HelpName = "COLUMN",
        Description = "Start at a column, however it is made. Repeatable.",
    };

    private readonly Option<string[]> _columns = new("--column")
    {
        HelpName = "COLUMN",
        Description = "A column to give. Repeatable. [default: the scores and the label of the last model]",
    };

    public ConvertCommand(Terminal terminal)
        : base("convert", "Writes a pipeline of ML.NET, its steps and its model, as one ONNX model, for any ONNX Runtime to run.")
    {
        _terminal = terminal;
        Arguments.Add(_model);
        Options.Add(_output);
        Options.Add(_numbers);
        Options.Add(_start);
        Options.Add(_columns);
        SetAction((parsed, _) => Task.Run(() => Run(parsed)));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("What becomes of a pipeline",
            "Copies, concatenation, conversions, one-hot encoding, normalisation, missing values, selected slots, principal components,",
            "networks (ApplyOnnxModel, DNN featurizers), and the models: linear ones, trees, forests, GAM, naive Bayes, factorisation",
            "machines, k-means, one-versus-all, with their calibrations. What cannot be written stays in front: the model then reads what",
            "it makes, and the command says so."),
        new("Examples",
            "introspect convert model.zip --output pipeline.onnx",
            "introspect convert model.zip --numbers --output pipeline.onnx    # then: introspect explain pipeline.onnx --method …",
            "introspect convert pictures.zip --column Score --output pixels.onnx"),
    ];

    private int Run(ParseResult parsed)
    {
        var (path, output) = (parsed.GetRequiredValue(_model), parsed.GetRequiredValue(_output));
        OutputFile.Check(output, path);
        var model = PipelineModel.Load(path);
        var network = new PipelineNetwork(model.Pipeline, model.InputSchema, new PipelineNetworkOptions
        {
            FromRaw = !parsed.GetValue(_numbers),
            StartAt = parsed.GetValue(_start) ?? [],
            OutputColumns = parsed.GetValue(_columns) is { Length: > 0 } columns ? columns : null,
        });
        AtomicFile.Write(output, network.Model.Save);
        _terminal.Out.WriteLine($"Wrote {Terminal.Printable(output)}");
        foreach (var (verb, tensors) in new[] { ("takes", network.Model.Inputs), ("gives", network.Model.Outputs) })
            foreach (var tensor in tensors)
                _terminal.Out.WriteLine($"  {verb} {Terminal.Printable(tensor.ToString())}");
        foreach (var sentence in network.Boundary)
            _terminal.Note(sentence);
        return ExitCode.Done;
    }
}
