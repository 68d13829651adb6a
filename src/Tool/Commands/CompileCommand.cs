using System.CommandLine;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect compile</c>: the explanation as a model of its own.</summary>
internal sealed class CompileCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _network =
        new("The network: an ONNX file, with its external data (if any) beside it; or, with --method tree-shap, a file with trees.",
            withTrees: true);
    private readonly ExplanationArguments _explanation = new(withTrees: true);

    private readonly Option<string> _output =
        new("--output", "-o") { Required = true, HelpName = "FILE", Description = "The ONNX file to write." };

    private readonly Option<string> _attributionName = new("--attribution-name")
    {
        HelpName = "NAME",
        Description = "What to call the attribution; with several explained inputs, _INPUT follows.",
        DefaultValueFactory = _ => new ExplanationOptions().AttributionName,
    };

    private readonly Option<string?> _baseName = new("--base-name")
    {
        HelpName = "NAME",
        Description = "Give the base value too, under this name: the score that a row's attributions start from. Only for methods that "
            + "promise a sum.",
    };

    private readonly Option<string[]> _passThrough = new("--pass-through")
    {
        HelpName = "OUTPUT=NAME",
        Description = "An output of the model that the explanation gives too, under that name. Repeatable.",
    };

    public CompileCommand(Terminal terminal)
        : base("compile", "Writes an explanation as an ONNX model, for any ONNX Runtime to run: same inputs, the explanation as outputs.")
    {
        _terminal = terminal;
        _network.AddTo(this);
        _explanation.AddTo(this);
        Options.Add(_output);
        Options.Add(_attributionName);
        Options.Add(_baseName);
        Options.Add(_passThrough);
        SetAction((parsed, _) => Task.Run(() => Run(parsed)));
    }

    public IReadOnlyList<Option> OptionsToldElsewhere => _explanation.OfMethods;

    public IReadOnlyList<HelpSection>? HelpFor(ParseResult parsed) =>
        _explanation.HelpFor(parsed, "introspect compile MODEL {0} --output FILE.onnx");

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        ExplanationArguments.Methods,
        ExplanationArguments.CommonOptions,
        ExplanationArguments.TreeMethods,
        new("Examples",
            "introspect compile digits.onnx --method saliency --output explanation.onnx",
            "introspect compile digits.onnx --method saliency --form absolute --target 3-5 --output why-3-not-5.onnx",
            "introspect compile digits.onnx --method input-x-gradient --target label:truth --output explanation.onnx",
            "introspect compile resnet.onnx --method grad-cam --layer layer4 --output cam.onnx",
            "introspect compile resnet.onnx --method saliency --smooth 50 --noise 0.15 --seed 1 --output smoothgrad.onnx",
            "introspect compile reviews.onnx --method integrated-gradients --input token_ids --per-token sum --output words.onnx",
            "introspect compile digits.onnx --method saliency --target channel:conv2:3 --output channel-3.onnx",
            "introspect compile tumours.onnx --method kernel-shap --baseline background.npy --base-name base --output shap.onnx",
            "introspect compile model.json --method tree-shap --target all --interactions true --output shap.onnx"),
    ];

    private int Run(ParseResult parsed)
    {
        var trees = _explanation.ReadTrees(parsed);
        var request = trees is not null ? null : _explanation.Read(parsed) is [var only] ? only
            : throw new UsageException("--method is given several times, and a graph has one; compile one graph for each, or explain "
                + "rows by several methods with 'introspect explain'.");
        var network = _network.Read(parsed, _explanation.KeepsFinalActivation(parsed));
        var output = parsed.GetRequiredValue(_output);
        var (attributionName, baseName) = (ExplanationArguments.Name(parsed, _attributionName), parsed.GetValue(_baseName));
        var passed = Assignment.ToDictionary(parsed.GetValue(_passThrough) ?? [], _passThrough.Name, "OUTPUT=NAME", name => name);
        if (trees is not null && passed.Count > 0)
            throw new UsageException($"{_passThrough.Name} is for networks; the method {TreeMethod.MethodName} is for trees.");
        OutputFile.Check(output, network.Path);

        var explanation = trees?.Compile(network, attributionName, baseName, _terminal.Note) ?? Explanation.Compile(
            network.Load(), request!.Method, request.Target,
            request.Options with { AttributionName = attributionName, BaseValueName = baseName, PassThrough = passed });
        AtomicFile.Write(output, explanation.Save);

        _terminal.Out.WriteLine($"Wrote {Terminal.Printable(output)}");
        WriteTensors("takes", explanation.Inputs);
        WriteTensors("gives", explanation.Outputs);
        return ExitCode.Done;
    }

    private void WriteTensors(string verb, IEnumerable<TensorInfo> tensors)
    {
        foreach (var tensor in tensors)
            _terminal.Out.WriteLine($"  {verb} {Terminal.Printable(tensor.ToString())}");
    }
}
