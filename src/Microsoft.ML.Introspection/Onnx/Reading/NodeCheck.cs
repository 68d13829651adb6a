using System.Collections.Frozen;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>What is defined at some place of a graph: in it, and in the graphs around it.</summary>
internal sealed class NodeScope(NodeScope? outer)
{
    private readonly HashSet<string> _names = [];

    /// <summary>The tensors whose elements the file tells.</summary>
    public Dictionary<string, TensorProto> Constants { get; } = [];

    /// <summary>The inputs of the graph.</summary>
    public Dictionary<string, ValueInfoProto> Inputs { get; } = [];

    /// <summary>Notes a name; false where it is taken.</summary>
    public bool Add(string name) => !Contains(name) && _names.Add(name);

    public bool Contains(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._names.Contains(name))
                return true;
        return false;
    }

    /// <summary>How many elements an input of the model has that is declared to be of one axis; 0 where nothing tells.</summary>
    public long Extent(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope.Inputs.TryGetValue(name, out var input))
                return TensorInfo.FromProto(input).Shape is [{ IsKnown: true } extent] ? extent.Value : 0;
        return 0;
    }

    /// <summary>Notes what a <c>Constant</c> holds.</summary>
    public void Note(NodeProto node)
    {
        if (node is { OpType: "Constant", Output.Count: 1, Attribute: [{ T: { } value }] })
            Constants[node.Output[0]] = value;
    }

    /// <summary>A constant; null where the tensor is none.</summary>
    public Tensor? Constant(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope.Constants.TryGetValue(name, out var tensor))
                return Tensor.FromProto(tensor);
        return null;
    }

    private NodeScope? Outer { get; } = outer;
}

/// <summary>
/// What ONNX Runtime takes for granted of a node. Where it does not hold, it may not refuse the model but end the process, run on for ever
/// or ask for all memory; so it is looked at before anything is handed over.
/// </summary>
internal static class NodeCheck
{
    /// <summary>No tensor has more axes than this.</summary>
    private const int MostAxes = 64;

    // Numbers among the attributes, of whatever operator, and between what bounds they make sense.
    private static readonly FrozenDictionary<string, (long Least, long Most)> Bounds = new (string Names, long Least, long Most)[]
    {
        ("axis axes batch_axis time_axis scan_input_axes scan_output_axes", -MostAxes, MostAxes - 1),
        ("perm batch_dims", 0, MostAxes - 1),
        ("""
            group blocksize q_num_heads kv_num_heads hidden_size num_outputs num_groups kernel_shape strides dilations sample_size
            output_height output_width num_scan_inputs ngram_size offset_group pooled_shape size min_gram_length max_gram_length
            """, 1, int.MaxValue),
        ("num_heads rotary_embedding_dim output_padding block_size sampling_ratio max_skip_count shape output_shape", 0, int.MaxValue),
        ("pads k", int.MinValue, int.MaxValue),
    }.SelectMany(b => b.Names.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
        .Select(name => KeyValuePair.Create(name, (b.Least, b.Most)))).ToFrozenDictionary();

    /// <summary>Whether no node of a graph can do harm on inputs that do not suit it.</summary>
    public static bool CanBeTried(GraphProto graph, NodeScope? outer = null)
    {
        var scope = new NodeScope(outer);
        foreach (var tensor in graph.Initializer)
            scope.Constants[tensor.Name] = tensor;
        foreach (var node in graph.Node)
        {
            scope.Note(node);
            if (OperatorInputs.Of(node.OpType, InputRole.Trusted).Any(i =>
                node.Input.ElementAtOrDefault(i) is { Length: > 0 } input && scope.Constant(input) is null)
                || !node.Attribute.SelectMany(Subgraphs.Of).All(body => CanBeTried(body, scope)))
                return false;
        }
        return true;
    }

    /// <summary>Throws where ONNX Runtime cannot be trusted with the node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="place">What messages call it.</param>
    /// <param name="scope">What is defined before it.</param>
    /// <exception cref="InvalidModelException">Says which attribute or input is out of bounds.</exception>
    public static void Check(NodeProto node, string place, NodeScope scope)
    {
        foreach (var attribute in node.Attribute)
        {
            if (attribute.Name == "sparse_value" || attribute.Type is AttributeProto.Types.AttributeType.SparseTensor
                or AttributeProto.Types.AttributeType.SparseTensors)
                throw Wrong("holds a sparse tensor, which is not supported; export the network with dense constants");
            if (Bounds.TryGetValue(attribute.Name, out var bounds)
                && (attribute.HasI ? attribute.Ints.Append(attribute.I) : attribute.Ints).Where(n => n < bounds.Least || n > bounds.Most)
                    .ToList() is [var wild, ..])
                throw Wrong($"has {wild} in its attribute '{attribute.Name}'; {bounds.Least} to {bounds.Most} makes sense");
        }
        scope.Note(node);
        if (node is { Domain: "com.microsoft", OpType: "Attention" } && (node.Input.Count < 3 || node.Input[2].Length == 0))
            throw Wrong("lacks its input 2, the bias");
        if (OperatorFacts.Of(node) is null)
            return;
        foreach (var input in OperatorInputs.Of(node.OpType, InputRole.Number))
            if (Constant(input) is { Count: not 1 } several)
                throw Wrong($"is given {several.Count} elements as its input {input}; a single number was expected");
        foreach (var input in OperatorInputs.Of(node.OpType, InputRole.Axes))
            if (input < node.Input.Count && (Constant(input)?.Count ?? scope.Extent(node.Input[input])) is > 2 * MostAxes and var many)
                throw Wrong($"is given {many:N0} numbers as its input {input}; one for each axis was expected");
        if (node.OpType == "Split" && (Constant(1)?.Count ?? node.Attribute.FirstOrDefault(a => a.Name == "num_outputs")?.I) is { } parts
            && parts != node.Output.Count)
            throw Wrong($"makes {parts:N0} parts for {node.Output.Count} outputs");
        // The processor has no quotient by 0, nor of the smallest integer and -1, and stops the process where it is asked for one.
        if (node.OpType is "Div" or "Mod" && Constant(1) is { Opaque: null } divisor && !divisor.Type.IsFloating())
        {
            var numbers = divisor.ToDouble();
            if (numbers.Contains(0))
                throw Wrong("divides integers by 0, of which there is no quotient");
            if (divisor.Type is ElementType.Int64 or ElementType.Int32 && numbers.Contains(-1)
                && Constant(0)?.ToInt64().Any(n => n is long.MinValue or int.MinValue) != false)
                throw Wrong("divides integers by -1, of which the smallest has no quotient; write Neg in its place");
        }

        Tensor? Constant(int input) => input < node.Input.Count ? scope.Constant(node.Input[input]) : null;

        InvalidModelException Wrong(string what) => new($"The node '{place}' ({node.OpType}) {what}.");
    }
}
