using System.CommandLine;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Running;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect convert</c>: a pipeline of ML.NET, or a network of another library, as a network.</summary>
internal sealed class ConvertCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly Argument<string> _model = new("MODEL")
    {
        Description = "A pipeline that mlContext.Model.Save has written, or a network of Keras (.h5, .keras) or TensorFlow "
            + "(a SavedModel's folder or ZIP archive, a frozen .pb).",
    };

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

    private readonly Option<string?> _layout = new("--layout")
    {
        HelpName = "nhwc|nchw",
        Description = "Where a network's inputs and outputs of four axes and more have their channels: last, as Keras trains, or second. "
            + "[default: nhwc]",
    };

    private readonly Option<int?> _opset = new("--opset")
    {
        HelpName = "N",
        Description = $"The operator set of a network's file, {Graph.MinimumOpset} to {TranslationOptions.NewestOpset}. "
            + $"[default: {Graph.MinimumOpset}]",
    };

    private readonly GraphArguments _graph = new();

    public ConvertCommand(Terminal terminal)
        : base("convert", "Writes a pipeline of ML.NET, its steps and its model, or a network of Keras or TensorFlow as one ONNX "
            + "model, for any ONNX Runtime to run.")
    {
        _terminal = terminal;
        Arguments.Add(_model);
        Options.Add(_output);
        Options.Add(_numbers);
        Options.Add(_start);
        Options.Add(_columns);
        Options.Add(_layout);
        Options.Add(_opset);
        _graph.AddTo(this);
        SetAction((parsed, _) => Task.Run(() => Run(parsed)));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("What becomes of a pipeline",
            "Copies, concatenation, conversions, one-hot encoding, normalisation, missing values, selected slots, principal components,",
            "networks (ApplyOnnxModel, DNN featurizers), and the models: linear ones, trees, forests, GAM, naive Bayes, factorisation",
            "machines, k-means, one-versus-all, with their calibrations. What cannot be written stays in front: the model then reads what",
            "it makes, and the command says so."),
        new("What becomes of a network of Keras or TensorFlow",
            "Inputs and outputs are those of the network, layers keep their names. What is written is run on rows that are drawn, and",
            "compared with what was read; where they differ, nothing is written."),
        new("Examples",
            "introspect convert model.zip --output pipeline.onnx",
            "introspect convert model.zip --numbers --output pipeline.onnx    # then: introspect explain pipeline.onnx --method …",
            "introspect convert pictures.zip --column Score --output pixels.onnx",
            "introspect convert net.h5 --output net.onnx",
            "introspect convert shop/saved_model --signature serving_default --output net.onnx",
            "introspect convert classifier.pb --graph-input image --graph-output logits --output net.onnx",
            "introspect convert net.keras --output net.onnx --layout nchw --opset 22"),
    ];

    private int Run(ParseResult parsed)
    {
        var (path, output) = (parsed.GetRequiredValue(_model), parsed.GetRequiredValue(_output));
        OutputFile.Check(output, path);
        return ModelFile.KindOf(path) == ModelKind.Pipeline ? OfPipeline(parsed, path, output) : OfNetwork(parsed, path, output);
    }

    private int OfNetwork(ParseResult parsed, string path, string output)
    {
        if (parsed.GetValue(_numbers) || parsed.GetValue(_start) is { Length: > 0 } || parsed.GetValue(_columns) is { Length: > 0 })
            throw new UsageException($"{_numbers.Name}, {_start.Name} and {_columns.Name} are for pipelines of ML.NET; '{path}' is none.");
        if (ModelFile.KindOf(path) == ModelKind.Onnx)
            throw new UsageException($"'{path}' is an ONNX model already.");
        var layout = parsed.GetValue(_layout);
        if (layout is not (null or "nhwc" or "nchw"))
            throw new UsageException($"{_layout.Name} is '{layout}'; nhwc or nchw was expected.");
        var options = _graph.Read(parsed, UsageException.Check(() => new TranslationOptions
        {
            ChannelsFirst = layout == "nchw",
            Opset = parsed.GetValue(_opset) ?? Graph.MinimumOpset,
        }));
        var network = ConvertedNetwork.Of(path, options);
        network.Model.Save(output);
        Tell(output, network.Model);
        _terminal.Out.WriteLine(FormattableString.Invariant(
            $"  gives what was read to {network.Difference:0.0e0} of the largest number, on rows that were drawn"));
        return ExitCode.Done;
    }

    private int OfPipeline(ParseResult parsed, string path, string output)
    {
        if (parsed.GetValue(_layout) is not null || parsed.GetValue(_opset) is not null)
            throw new UsageException($"{_layout.Name} and {_opset.Name} are for networks of other libraries; '{path}' is a "
                + "pipeline of ML.NET.");
        var model = PipelineModel.Load(path);
        var network = new PipelineNetwork(model.Pipeline, model.InputSchema, new PipelineNetworkOptions
        {
            FromRaw = !parsed.GetValue(_numbers),
            StartAt = parsed.GetValue(_start) ?? [],
            OutputColumns = parsed.GetValue(_columns) is { Length: > 0 } columns ? columns : null,
        });
        AtomicFile.Write(output, network.Model.Save);
        Tell(output, network.Model);
        foreach (var sentence in network.Boundary)
            _terminal.Note(sentence);
        return ExitCode.Done;
    }

    private void Tell(string output, OnnxModel model)
    {
        _terminal.Out.WriteLine($"Wrote {Terminal.Printable(output)}");
        foreach (var (verb, tensors) in new[] { ("takes", model.Inputs), ("gives", model.Outputs) })
            foreach (var tensor in tensors)
                _terminal.Out.WriteLine($"  {verb} {Terminal.Printable(tensor.ToString())}");
    }
}
