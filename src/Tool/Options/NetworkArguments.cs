using System.CommandLine;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>The model, and what its file leaves open.</summary>
/// <param name="description">What may be given.</param>
/// <param name="withTrees">Whether it may be trees.</param>
/// <param name="areSeveral">Whether several may be named.</param>
internal sealed class NetworkArguments(
    string description = "The network: an ONNX file, with its external data (if any) beside it.", bool withTrees = false,
    bool areSeveral = false)
{
    private readonly Option<string?> _rounds = new("--rounds")
    {
        HelpName = "best|all|N",
        Description = "Which rounds of XGBoost's trees count, if training went on after the best. [default: best, if told]",
    };

    private readonly Argument<string> _model = new("MODEL") { Description = description };

    private readonly Argument<string[]> _models = new("MODEL") { Description = description, Arity = ArgumentArity.OneOrMore };

    private readonly GraphArguments _graph = new();

    private readonly Option<string[]> _dimensions = new("--dimension")
    {
        HelpName = "NAME=N",
        Description = "Fixes an open dimension, by the name the file gives it or as INPUT[AXIS]; the batch may stay open. Repeatable.",
    };

    private readonly Option<string[]> _rowShapes = new("--row-shape")
    {
        HelpName = "INPUT=N,N,…",
        Description = "The extents of one row of an input, batch axis left out, where the file does not tell them. Repeatable.",
    };

    private readonly Option<string[]> _constants = new("--constant")
    {
        HelpName = "NAME=VALUE",
        Description = "Makes an input constant: a number, numbers with commas between them, or a .npy file. Repeatable.",
    };

    private readonly Option<int?> _classAxis = new("--class-axis")
    {
        HelpName = "AXIS",
        Description = "The axis of the classes of outputs with several axes behind the batch, where neither a softmax nor a convolution "
            + "tells.",
    };

    private readonly Option<long?> _largestTensor = new("--largest-tensor")
    {
        HelpName = "MIB",
        Description = "The most memory that a tensor may take for a single row; a network with larger ones is refused. [default: 1024]",
    };

    private readonly Option<int?> _mostNodes = new("--most-nodes")
    {
        HelpName = "N",
        Description = "The most nodes that a network may have; one with more is refused. [default: 20000]",
    };

    /// <summary>Adds model and options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        command.Arguments.Add(areSeveral ? _models : _model);
        command.Options.Add(_dimensions);
        command.Options.Add(_rowShapes);
        command.Options.Add(_constants);
        command.Options.Add(_classAxis);
        command.Options.Add(_largestTensor);
        command.Options.Add(_mostNodes);
        _graph.AddTo(command);
        if (withTrees)
            command.Options.Add(_rounds);
    }

    /// <summary>The file or folder that the command line names.</summary>
    public string Path(ParseResult parsed) => Paths(parsed)[0];

    /// <summary>All that it names.</summary>
    public string[] Paths(ParseResult parsed) => areSeveral ? parsed.GetRequiredValue(_models) : [parsed.GetRequiredValue(_model)];

    /// <summary>What the command line says of the model.</summary>
    public NetworkRequest Read(ParseResult parsed, bool keepFinalActivation = false) => new(
        Path(parsed),
        new NetworkOptions
        {
            Dimensions = Assignment.ToDictionary(parsed.GetValue(_dimensions) ?? [], _dimensions.Name, "NAME=N, such as sequence=128",
                value => Assignment.Extents(value) is [_] one ? one : null).ToDictionary(d => d.Key, d => d.Value[0]),
            RowShapes = Assignment.ToDictionary(parsed.GetValue(_rowShapes) ?? [], _rowShapes.Name, "INPUT=N,N,…, such as image=3,224,224",
                value => (IReadOnlyList<long>?)Assignment.Extents(value)),
            Constants = Assignment.ToDictionary(parsed.GetValue(_constants) ?? [], _constants.Name, "NAME=VALUE, such as rate=16000",
                Assignment.Numbers),
            ClassAxis = parsed.GetValue(_classAxis),
            KeepFinalActivation = keepFinalActivation,
            LargestTensor = parsed.GetValue(_largestTensor) switch
            {
                null => new NetworkOptions().LargestTensor,
                > 0 and < 1L << 40 and { } mebibytes => mebibytes << 20,
                var wrong => throw new UsageException($"{_largestTensor.Name} takes a number of MiB from 1 on; {wrong} was given."),
            },
            MostNodes = parsed.GetValue(_mostNodes) switch
            {
                null => new NetworkOptions().MostNodes,
                > 0 and { } nodes => nodes,
                var wrong => throw new UsageException($"{_mostNodes.Name} takes a number of nodes from 1 on; {wrong} was given."),
            },
        })
    {
        Translation = _graph.Read(parsed),
        Rounds = withTrees && parsed.GetValue(_rounds) is { } text ? UsageException.Check(() => BoostingRounds.Parse(text))
            : default,
    };
}

/// <summary>A model to read and how to read it.</summary>
internal sealed record NetworkRequest(string Path, NetworkOptions Options)
{
    /// <summary>Which rounds of boosted trees count.</summary>
    public BoostingRounds Rounds { get; init; }

    /// <summary>Which part of a file of another library is meant.</summary>
    public TranslationOptions Translation { get; init; } = new();

    /// <summary>Reads a file of whatever kind but a pipeline.</summary>
    /// <param name="note">Is told in a line what the user should know.</param>
    public ModelFile Open(Action<string> note)
    {
        var file = ModelFile.Open(Path, Rounds, Translation);
        if (file.Trees?.Remark is { } remark)
            note($"{remark} Choose with --rounds best|all|N.");
        return file;
    }

    /// <summary>Reads the file and the network in it.</summary>
    public Network Load() => Load(ReadModel());

    /// <summary>
    /// Reads the file; inputs that are made constant are none any more. What is no network is refused with the command that takes it.
    /// </summary>
    public OnnxModel ReadModel() => ModelFile.KindOf(Path) switch
    {
        ModelKind.Onnx or ModelKind.Keras or ModelKind.TensorFlow or ModelKind.TorchSharp =>
            Constant(ModelFile.ReadNetwork(Path, Translation)),
        ModelKind.Pipeline => throw NoNetwork("a pipeline of ML.NET"),
        ModelKind.XGBoost => throw NoNetwork("an ensemble of trees of XGBoost", Compiled),
        ModelKind.LightGbm => throw NoNetwork("an ensemble of trees of LightGBM", Compiled),
        var other => throw new NotSupportedException(other.ToString()),
    };

    private string Compiled => $", write its explanation as a model with 'introspect compile {Path} --method {TreeMethod.MethodName} …'";

    private InvalidModelException NoNetwork(string kind, string further = "") => new(
        $"'{Path}' is {kind}; this command takes a network in a file of ONNX, Keras or TensorFlow. Explain it with "
            + $"'introspect shap {Path} --data …', score it with 'introspect run {Path} --data …'{further}.");

    /// <summary>The model with inputs made constant.</summary>
    public OnnxModel Constant(OnnxModel model) => Options.WithConstants(model);

    /// <summary>Reads the network in a file that has been read.</summary>
    /// <param name="model">The file.</param>
    /// <param name="rowShapes">
    /// The extents of a row of inputs that the file leaves open, as the data have them; the command line goes before.
    /// </param>
    public Network Load(OnnxModel model, IReadOnlyDictionary<string, IReadOnlyList<long>>? rowShapes = null)
    {
        var symbols = model.Inputs.SelectMany(i => i.Shape?.Select(d => d.Name) ?? []).OfType<string>().ToHashSet();
        var places = model.Inputs.SelectMany(i => Enumerable.Range(0, i.Shape?.Rank ?? 0).Select(axis => $"{i.Name}[{axis}]")).ToHashSet();
        // Those of constants are settled already.
        foreach (var name in Options.Dimensions.Keys.Where(name => !symbols.Contains(name) && !places.Contains(name)))
            if (Options.Constants.Count == 0)
                throw new InvalidModelException($"The model has no dimension '{name}' to fix; its inputs are {Listed(model.Inputs)}.");

        var given =
            (rowShapes ?? Options.RowShapes).Concat(Options.RowShapes).GroupBy(r => r.Key).ToDictionary(g => g.Key, g => g.Last().Value);
        foreach (var input in model.Inputs.Where(i => !given.ContainsKey(i.Name)))
            RefuseOpen(input);
        try
        {
            return Network.From(model, Options with { RowShapes = given });
        }
        catch (InvalidModelException e)
        {
            throw new InvalidModelException($"The model file '{Path}' cannot be used. {e.Message}", e);
        }
    }

    // The library refuses these too, in the words of its own options.
    private void RefuseOpen(TensorInfo input)
    {
        if (input.Shape is null)
            throw new InvalidModelException($"The model does not tell the rank of its input '{input.Name}'. Give the extents of a row: "
                + $"--row-shape \"{input.Name}=N,N,…\".");
        for (var axis = 1; axis < input.Shape.Rank; axis++)
        {
            var (extent, place) = (input.Shape[axis], $"{input.Name}[{axis}]");
            if (!extent.IsKnown && !Options.Dimensions.ContainsKey(place)
                && !(extent.Name is { } symbol && Options.Dimensions.ContainsKey(symbol)))
                throw new InvalidModelException($"Axis {axis} of the input '{input.Name}' {input.Shape} is open, and only the first axis "
                    + $"(the batch) may be. Fix it: --dimension \"{extent.Name ?? place}=N\".");
        }
    }

    private static string Listed(IEnumerable<TensorInfo> inputs) => string.Join(", ", inputs.Select(i => i.ToString()));
}
