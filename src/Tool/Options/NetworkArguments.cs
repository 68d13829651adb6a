using System.CommandLine;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>The model, and what its file leaves open.</summary>
internal sealed class NetworkArguments(string description = "The network: an ONNX file, with its external data (if any) beside it.")
{
    private readonly Argument<string> _model = new("MODEL") { Description = description };

    private readonly Option<string[]> _dimensions = new("--dimension")
    {
        HelpName = "NAME=N",
        Description = "Fixes an open dimension other than the batch, by the name the file gives it or as INPUT[AXIS]. Repeatable.",
    };

    private readonly Option<string[]> _rowShapes = new("--row-shape")
    {
        HelpName = "INPUT=N,N,…",
        Description = "The extents of one row of an input, batch axis left out, where the file does not tell them. Repeatable.",
    };

    /// <summary>Adds model and options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        command.Arguments.Add(_model);
        command.Options.Add(_dimensions);
        command.Options.Add(_rowShapes);
    }

    /// <summary>What the command line says of the model.</summary>
    public NetworkRequest Read(ParseResult parsed, bool keepFinalActivation = false) => new(
        parsed.GetRequiredValue(_model),
        new NetworkOptions
        {
            Dimensions = Assignment.ToDictionary(parsed.GetValue(_dimensions) ?? [], _dimensions.Name, "NAME=N, such as sequence=128",
                value => Assignment.Extents(value) is [_] one ? one : null).ToDictionary(d => d.Key, d => d.Value[0]),
            RowShapes = Assignment.ToDictionary(parsed.GetValue(_rowShapes) ?? [], _rowShapes.Name, "INPUT=N,N,…, such as image=3,224,224",
                value => (IReadOnlyList<long>?)Assignment.Extents(value)),
            KeepFinalActivation = keepFinalActivation,
        });
}

/// <summary>A model to read and how to read it.</summary>
internal sealed record NetworkRequest(string Path, NetworkOptions Options)
{
    /// <summary>Reads the file and the network in it.</summary>
    public Network Load() => Load(Open());

    /// <summary>Reads the file; what is no network is refused with the command that takes it.</summary>
    public OnnxModel Open() => ModelFile.KindOf(Path) switch
    {
        ModelKind.Onnx => OnnxModel.Load(Path),
        ModelKind.Pipeline => throw NoNetwork("a pipeline of ML.NET"),
        ModelKind.XGBoost => throw NoNetwork("an ensemble of trees of XGBoost"),
        ModelKind.LightGbm => throw NoNetwork("an ensemble of trees of LightGBM"),
        var other => throw new NotSupportedException(other.ToString()),
    };

    private InvalidModelException NoNetwork(string kind) => new(
        $"'{Path}' is {kind}; this command takes a network in an ONNX file. Explain it with 'introspect shap {Path} --data …', score it with " +
            $"'introspect run {Path} --data …'.");

    /// <summary>Reads the network in a file that has been read.</summary>
    /// <param name="model">The file.</param>
    /// <param name="rowShapes">
    /// The extents of a row of inputs that the file leaves open, as the data have them; the command line goes before.
    /// </param>
    public Network Load(OnnxModel model, IReadOnlyDictionary<string, IReadOnlyList<long>>? rowShapes = null)
    {
        var symbols = model.Inputs.SelectMany(i => i.Shape?.Skip(1).Select(d => d.Name) ?? []).OfType<string>().ToHashSet();
        var places =
            model.Inputs.SelectMany(i => Enumerable.Range(1, Math.Max(0, (i.Shape?.Rank ?? 0) - 1)).Select(axis => $"{i.Name}[{axis}]"))
                .ToHashSet();
        foreach (var name in Options.Dimensions.Keys.Where(name => !symbols.Contains(name) && !places.Contains(name)))
            throw new InvalidModelException(
                $"The model has no dimension '{name}' to fix beside the batch; its inputs are {Listed(model.Inputs)}.");

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
