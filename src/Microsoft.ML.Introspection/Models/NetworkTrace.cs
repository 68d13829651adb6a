using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>A network as it stands in a graph, applied to certain values.</summary>
public sealed class NetworkTrace
{
    private readonly Network _network;
    private readonly Dictionary<Value, Value> _values;
    private Dictionary<Value, Value>? _definitions;

    internal NetworkTrace(Network network, Graph graph, Dictionary<Value, Value> values) =>
        (_network, Graph, _values) = (network, graph, values);

    /// <summary>The graph.</summary>
    public Graph Graph { get; }

    /// <summary>The logits (or whatever the output is before a final activation, unless that is kept).</summary>
    public Value Output(string name) => Traced(_network.OutputDefinition(name));

    /// <summary>The output as the file has it, final activation included.</summary>
    public Value FileOutput(string name) => Traced(_network.FileDefinition(name));

    /// <summary>The tensor a layer makes, by the layer's name or the tensor's own.</summary>
    public Value Layer(string name) => Tensor(_network.TensorOf(name));

    internal Network Network => _network;

    /// <summary>The network's nodes in this graph.</summary>
    internal IEnumerable<Node> Nodes => _values.Values.Select(v => v.Producer).OfType<Node>().Distinct();

    /// <summary>An input or inner tensor by the tensor's own name.</summary>
    internal Value Tensor(string name) => Traced(_network.Definition(name));

    /// <summary>What a value of the network's own graph is here.</summary>
    internal Value Traced(Value definition) =>
        _values.TryGetValue(definition, out var value) ? value : Graph.Constant(definition.Constant!, definition.Name);

    /// <summary>
    /// What a value of this trace is in another of the same network, applied to other inputs; null for values that are not of the network.
    /// </summary>
    internal Value? Counterpart(Value value, NetworkTrace other)
    {
        if (_definitions is null)
        {
            _definitions = [];
            foreach (var (definition, traced) in _values)
                _definitions.TryAdd(traced, definition);
        }
        return _definitions.TryGetValue(value, out var origin) ? other.Traced(origin) : null;
    }
}
