using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading.Opsets;

/// <summary>A graph, or a body within one, whose nodes are being brought to a newer operator set.</summary>
internal sealed class ConversionScope
{
    private readonly GraphProto _graph;
    private readonly FreshNames _names;
    private readonly HashSet<string> _used;
    private readonly ValueFacts _facts;
    private readonly Dictionary<string, string> _constants = [];

    public ConversionScope(GraphProto graph, FreshNames? names = null)
        : this(graph, names ?? new FreshNames(graph), [], new ValueFacts(graph, null))
    {
        _used.UnionWith(graph.Output.Select(o => o.Name));
        Use(graph.Node);
    }

    public ConversionScope(GraphProto body, ConversionScope outer)
        : this(body, outer._names, outer._used, new ValueFacts(body, outer._facts))
    {
    }

    private ConversionScope(GraphProto graph, FreshNames names, HashSet<string> used, ValueFacts facts) =>
        (_graph, _names, _used, _facts) = (graph, names, used, facts);

    public string FreshName(string wanted) => _names.Make(wanted);

    /// <summary>Tells of nodes that are in the graph, or will be.</summary>
    public void Use(IEnumerable<NodeProto> nodes)
    {
        foreach (var node in nodes)
        {
            _used.UnionWith(node.Input);
            foreach (var body in node.Attribute.SelectMany(Subgraphs.Of))
            {
                _used.UnionWith(body.Output.Select(o => o.Name));
                Use(body.Node);
            }
        }
    }

    /// <summary>Whether some node takes the tensor, or some graph gives it.</summary>
    public bool IsUsed(string name) => _used.Contains(name);

    /// <summary>What is known of a tensor at this place; null where nothing is.</summary>
    public Value? Find(string name) => _facts.Find(name);

    /// <summary>Tells that a node, in its new form, comes next in the graph.</summary>
    public void Note(NodeProto converted) => _facts.Note(converted);

    /// <summary>The name of an initializer with the given content, added to the graph unless it has one already.</summary>
    public string Constant(Tensor tensor, string wanted)
    {
        var key = $"{tensor}{Convert.ToHexString(tensor.Bytes.Span)}";
        if (_constants.TryGetValue(key, out var name))
            return name;
        name = FreshName(wanted);
        var proto = tensor.ToProto(name);
        _graph.Initializer.Add(proto);
        _facts.Add(proto);
        return _constants[key] = name;
    }
}
