using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading.Opsets;

/// <summary>
/// Types, shapes and small constants of a file's tensors, as far as the file declares them or our shape inference can tell.
/// Few steps ask, so nodes are looked at only then.
/// </summary>
internal sealed class ValueFacts
{
    /// <summary>Larger constants matter by their shape alone.</summary>
    private const int MaximumElements = 4096;

    private readonly ValueFacts? _outer;
    private readonly Graph _scratch;
    private readonly Dictionary<string, Value> _values = [];
    private readonly Dictionary<string, ValueInfoProto> _declared = [];
    private readonly Queue<NodeProto> _waiting = [];

    public ValueFacts(GraphProto graph, ValueFacts? outer)
    {
        (_outer, _scratch) = (outer, outer?._scratch ?? new Graph());
        foreach (var info in graph.ValueInfo.Concat(graph.Output).Concat(graph.Input))
            _declared[info.Name] = info;
        foreach (var input in graph.Input)
            _values[input.Name] = Declared(input.Name);
        foreach (var initializer in graph.Initializer)
            Add(initializer);
    }

    public void Add(TensorProto initializer)
    {
        var tensor = Tensor.FromProto(initializer);
        _values[initializer.Name] = new Value(
            _scratch, Own(initializer.Name), tensor.Type, tensor.Shape, null, 0, tensor.Count <= MaximumElements ? tensor : null);
    }

    public void Note(NodeProto node) => _waiting.Enqueue(node);

    public Value? Find(string name)
    {
        while (_waiting.TryDequeue(out var node))
            Look(node);
        return _values.GetValueOrDefault(name) ?? _outer?.Find(name);
    }

    private void Look(NodeProto node)
    {
        var outputs = Infer(node);
        for (var i = 0; i < node.Output.Count; i++)
            if (node.Output[i].Length > 0)
                _values[node.Output[i]] = outputs is not null && i < outputs.Count ? outputs[i] : Declared(node.Output[i]);
    }

    private IReadOnlyList<Value>? Infer(NodeProto node)
    {
        if (node.Domain is not ("" or "ai.onnx") || node.Attribute.Any(a => Subgraphs.Of(a).Any()))
            return null;
        var inputs =
            node.Input.Select(name => name.Length == 0 ? null : _values.GetValueOrDefault(name) ?? _outer?.Find(name) ?? Unknown(name))
                .ToList();
        try
        {
            return _scratch.Emit(node.OpType, inputs, Attributes.FromProtos(node.Attribute), node.Output.Count);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever is wrong or missing here, all that follows is that nothing is known of the result.
            return null;
        }
    }

    private Value Declared(string name)
    {
        if (!_declared.TryGetValue(name, out var proto))
            return Unknown(name);
        var info = TensorInfo.FromProto(proto);
        return new Value(_scratch, Own(name), info.Type, info.Shape, null, 0, null);
    }

    private Value Unknown(string name) => new(_scratch, Own(name), ElementType.Undefined, null, null, 0, null);

    // Bodies side by side may use a name for different things; in the scratch graph a name is one thing.
    private string Own(string name) => _scratch.UniqueName(name);
}
