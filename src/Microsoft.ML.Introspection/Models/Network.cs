using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.Introspection.Onnx.Reading.Learners;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// A function read from an ONNX file: its inputs, outputs and layers with their shapes, and the means to write it, applied to
/// any values, into a graph.
/// </summary>
public sealed class Network
{
    private readonly Graph _definition;
    // Who ConvertToOnnx says it is, and what it calls the column Score.
    private const string MlNet = "ML.NET", MlNetScores = "Score.output";

    private readonly Dictionary<string, Value> _tensors;
    private readonly Dictionary<string, Value> _files;
    private readonly Dictionary<string, Value> _outputs;
    private readonly bool _isOfMlNet;

    private Network(OnnxModel model, NetworkOptions options)
    {
        (Options, _isOfMlNet) = (options, model.Producer == MlNet);
        var time = new TrialTime();
        var current = WrittenSoftmax.Joined(LearnerOperators.WriteOut(OpsetConversion.ToCurrent(
            NodeBound.Checked(FunctionInlining.Inline(NeededNodes.Of(model)), options.MostNodes))));
        var settled = Settled(options);
        (_definition, _tensors, var isOneRow, var takesOneRow) = NetworkReader.Read(settled, time);
        // Scores of one row, however many are given, are those of a network that takes one at a time.
        var open = _definition.Inputs.Where(i => i.ShapeOrNull is { Rank: > 0 } shape && !shape[0].IsKnown).Select(i => $"{i.Name}[0]");
        if ((takesOneRow || settled.Outputs.Select(o => _tensors[o.Name]).FirstOrDefault(o => o.Type.IsFloating())
            is { ShapeOrNull: { Rank: > 0 } scores } && scores[0] == 1) && open.Any())
        {
            var one = new Dictionary<string, long>(options.Dimensions.Concat(open.Select(place => KeyValuePair.Create(place, 1L))));
            settled = Settled(options with { Dimensions = one });
            (_definition, _tensors, isOneRow, _) = NetworkReader.Read(settled, time);
        }
        TensorBound.Check(_definition, options.LargestTensor);
        Inputs = [.. _definition.Inputs.Select(i => new TensorInfo(i.Name, i.Type, i.ShapeOrNull))];
        OutputNames = [.. settled.Outputs.Select(o => o.Name)];
        var rows = _definition.Inputs.Select(i => _tensors[i.Name].Producer).ToHashSet();
        Layers = [.. _definition.Nodes.Where(n => n.Outputs[0].Name.Length > 0 && !rows.Contains(n)).Select(n => new Layer(
            n.Name.Length > 0 ? n.Name : n.Outputs[0].Name, n.OperatorType, n.Outputs[0].Name, n.Outputs[0].Type, n.Outputs[0].ShapeOrNull,
            n.Inputs.Sum(i => i?.Constant is { } c && c.Type.IsFloating() ? c.Count : 0)))];
        _files = OutputNames.ToDictionary(name => name, name => AsRow(_tensors[name]));
        _outputs = OutputNames.ToDictionary(name => name,
            name => options.KeepFinalActivation ? _files[name] : AsRow(FinalActivation.Before(_tensors[name])));

        OnnxModel Settled(NetworkOptions options) =>
            Sequences.WriteOut(ControlFlow.WriteOut(InputShapes.Settle(current, options), time));

        Value AsRow(Value output) =>
            isOneRow && output.ShapeOrNull is { } shape && (shape.Rank == 0 || shape[0] != 1) ? output.Unsqueeze(0) : output;
    }

    /// <summary>The operator set the network is written in; graphs to trace it into start at it.</summary>
    public int Opset => _definition.Opset;

    /// <summary>The options the network was read with.</summary>
    public NetworkOptions Options { get; }

    /// <summary>The inputs; the batch axis is the symbol <c>batch</c>, or a number where the file fixes it.</summary>
    public IReadOnlyList<TensorInfo> Inputs { get; }

    /// <summary>The names of the outputs.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>The layers in an order in which they can be computed.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Types and shapes of the outputs as the file has them, final activation included.</summary>
    public IReadOnlyList<TensorInfo> Outputs => [.. OutputNames.Select(n => new TensorInfo(n, _files[n].Type, _files[n].ShapeOrNull))];

    /// <summary>
    /// The one input that is explained where none is named: the only input of floating-point numbers, or the only one that the explained
    /// output is made of.
    /// </summary>
    /// <exception cref="ArgumentException">There is none, or there are several.</exception>
    public TensorInfo DefaultInput => Inputs.Where(i => i.Type.IsFloating()).ToList() switch
    {
        [var only] => only,
        [_, _, ..] many when _files[DefaultOutput] is var scores
            && many.FindAll(i => scores.DependsOn(Definition(i.Name))) is [var used] => used,
        [] => throw new ArgumentException("The network has no input of floating-point numbers to attribute to; it has "
            + $"{Named(Inputs.Select(i => i.ToString()))}. Name an input of token numbers to explain their embeddings, or a layer."),
        var several => throw new ArgumentException("The network has several inputs that can be explained: "
            + $"{Named(several.Select(i => i.Name))}. Name those to explain."),
    };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The ONNX file; external data must lie in its folder.</param>
    /// <param name="options">What the file leaves open.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">The file is damaged, hostile, or leaves a dimension open.</exception>
    /// <exception cref="UnsupportedOperatorException">ONNX Runtime does not know an operator of the network.</exception>
    public static Network Load(string path, NetworkOptions? options = null)
    {
        var model = OnnxModel.Load(path);
        try
        {
            return new Network(model, options ?? new NetworkOptions());
        }
        catch (InvalidModelException e)
        {
            throw new InvalidModelException($"The model file '{path}' cannot be used. {e.Message}", e);
        }
    }

    /// <summary>Takes a model from memory.</summary>
    /// <inheritdoc cref="Load(string, NetworkOptions?)"/>
    public static Network From(OnnxModel model, NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new Network(model, options ?? new NetworkOptions());
    }

    /// <summary>An input by name.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public TensorInfo Input(string name) => Inputs.FirstOrDefault(i => i.Name == name)
        ?? throw new ArgumentException($"The network has no input '{name}'; it has {Named(Inputs.Select(i => i.Name))}.", nameof(name));

    /// <summary>A layer by its node's name or by the name of the tensor it makes.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message suggests similar ones.</exception>
    public Layer Layer(string name) => Layers.FirstOrDefault(l => l.Name == name) ?? Layers.FirstOrDefault(l => l.Output == name)
        ?? throw new ArgumentException(
            $"The network has no layer '{name}'. Similar: {Named(Similar(name))}. `introspect layers` lists them all.", nameof(name));

    /// <summary>Writes the network, applied to some values, into their graph.</summary>
    /// <param name="graph">The graph to write into.</param>
    /// <param name="inputs">A value for each input: the type and row shape of the network's, any batch.</param>
    /// <param name="replaced">
    /// Values to put in place of inner tensors, by the names of these or of their layers; what lies behind computes with them.
    /// </param>
    /// <exception cref="ArgumentException">An input is missing, or a value does not fit.</exception>
    public NetworkTrace Trace(
        Graph graph, IReadOnlyDictionary<string, Value> inputs, IReadOnlyDictionary<string, Value>? replaced = null) =>
        Trace(graph, inputs, replaced, null);

    /// <param name="graph">The graph to write into.</param>
    /// <param name="inputs">A value for each input.</param>
    /// <param name="replaced">Values to put in place of inner tensors; null for none.</param>
    /// <param name="factors">What inner tensors are multiplied by, by the names of these or of their layers; null for nothing.</param>
    internal NetworkTrace Trace(Graph graph, IReadOnlyDictionary<string, Value> inputs, IReadOnlyDictionary<string, Value>? replaced,
        IReadOnlyDictionary<string, Value>? factors)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(inputs);
        Dictionary<Value, Value>? Inner(IReadOnlyDictionary<string, Value>? given) =>
            given?.ToDictionary(r => Definition(TensorOf(r.Key)), r => r.Value);
        return new NetworkTrace(this, graph, Tracer.Trace(_definition, graph, inputs, Inner(replaced) ?? [], Inner(factors)));
    }

    /// <summary>The name of an inner tensor from its own or its layer's; of a layer that makes several, the first.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message suggests similar ones.</exception>
    public string TensorOf(string layer)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        return _tensors.TryGetValue(layer, out var tensor) && tensor.Producer is not null && Layers.All(l => l.Name != layer)
            ? layer
            : Layer(layer).Output;
    }

    /// <summary>
    /// The output that is explained where none is named: the first of floating-point scores that is no input handed on; of files that
    /// ML.NET wrote, which give all columns, the one of its scores.
    /// </summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public string DefaultOutput
    {
        get
        {
            var scores = Outputs.Where(o => o.Type.IsFloating() && o.Shape is { Rank: > 0 }).Select(o => o.Name).ToList();
            return scores.Find(name => _isOfMlNet && name == MlNetScores) ?? scores.Find(name => !IsHandedOn(_files[name]))
                ?? scores.FirstOrDefault() ?? throw new ArgumentException("The network has no output of floating-point scores to explain.");
        }
    }

    /// <summary>The axis that holds the channels of an input: behind the batch, or the last where the network moves them first.</summary>
    /// <exception cref="ArgumentException">There is no input of that name.</exception>
    public int ChannelsOf(string input) => Axes.Channels(Definition(Input(input).Name));

    /// <summary>The tensors of the embeddings of an input of token numbers, to which methods attribute in its place.</summary>
    /// <param name="input">The input.</param>
    /// <exception cref="ArgumentException">There is no input of that name, or no embedding of it was found.</exception>
    public IReadOnlyList<TensorInfo> EmbeddingsOf(string input) =>
        [.. Embedding.Of(this, Input(input).Name).Select(Definition).Select(e => new TensorInfo(e.Name, e.Type, e.ShapeOrNull))];

    /// <summary>
    /// How many classes an output tells: the extent of the axis of its final softmax, or of the one behind the batch; null where it is
    /// open.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such output, or nothing tells which of its axes is that of the classes.</exception>
    public long? ClassesOf(string output) => FileDefinition(output).Shape is { Rank: > 1 } shape
        ? shape[Axes.Classes(this, output)] is { IsKnown: true } classes ? classes.Value : null : 1;

    internal Value Definition(string tensor) => _definition.Inputs.FirstOrDefault(i => i.Name == tensor) ?? _tensors[tensor];

    internal bool HasLayer(string name) => Layers.Any(l => l.Name == name || l.Output == name)
        || _tensors.TryGetValue(name, out var tensor) && tensor.Producer is not null;

    /// <summary>An output as the file has it, final activation included.</summary>
    internal Value FileDefinition(string output)
    {
        OutputDefinition(output);
        return _files[output];
    }

    internal Value OutputDefinition(string output) => _outputs.TryGetValue(output, out var value)
        ? value
        : throw new ArgumentException($"The network has no output '{output}'; it has {Named(OutputNames)}.", nameof(output));

    private IEnumerable<string> Similar(string name) => Layers
        .SelectMany(l => new[] { l.Name, l.Output }).Distinct()
        .OrderBy(candidate => Distance(candidate, name)).Take(5);

    private static bool IsHandedOn(Value value)
    {
        while (value.Producer is { OperatorType: "Identity" } node)
            value = node.Inputs[0]!;
        return value is { Producer: null, Constant: null };
    }

    private static string Named(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));

    // Edit distance (Levenshtein 1966) over one row.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
