using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Types, shapes and constants of a model's tensors: those ONNX Runtime tells, shape arithmetic folded, and those of nodes
/// that are being written, as far as they follow.
/// </summary>
internal sealed class ModelFacts
{
    // Conditions and counts are small. Nodes of bodies are worked out many times, and must not fill the memory.
    private const int MaximumElements = 64;

    private readonly Graph _scratch;
    private readonly Dictionary<string, Value> _values;

    private ModelFacts(Graph scratch, Dictionary<string, Value> values) => (_scratch, _values) = (scratch, values);

    /// <summary>What is known of a settled model.</summary>
    public static ModelFacts Of(OnnxModel settled, TrialTime time)
    {
        var (definition, tensors, _, _) = NetworkReader.Read(settled, time);
        var graph = new Graph(definition.Opset);
        var inputs = definition.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, i.Shape));
        var traced = Tracer.Trace(definition, graph, inputs, new Dictionary<Value, Value>());
        return new ModelFacts(graph, tensors.ToDictionary(
            t => t.Key, t => traced.GetValueOrDefault(t.Value) ?? (t.Value.Constant is { } constant ? graph.Constant(constant) : t.Value)));
    }

    /// <summary>What the file itself says: its constants.</summary>
    public static ModelFacts OfConstants(OnnxModel settled)
    {
        var facts = new ModelFacts(new Graph(settled.Opset), []);
        foreach (var initializer in settled.Proto.Graph.Initializer.Where(i => i.RawData.Length <= 8 * MaximumElements))
            facts.Add(initializer.Name, Tensor.FromProto(initializer));
        foreach (var node in settled.Proto.Graph.Node.Where(n => n.OpType == "Constant"))
            if (ConstantFolding.Literal(Attributes.FromProtos(node.Attribute)) is { } literal)
                facts.Add(node.Output[0], literal);
        return facts;
    }

    /// <summary>A tensor by name; null where nothing is known of it.</summary>
    public Value? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>A constant of one integer; null where it is none.</summary>
    public long? Integer(string name) =>
        Find(name)?.Constant is { Count: 1, Type: ElementType.Int64 } constant ? constant.ToInt64()[0] : null;

    /// <summary>A constant of one truth value; null where it is none.</summary>
    public bool? Truth(string name) =>
        Find(name)?.Constant is { Count: 1, Type: ElementType.Bool } constant ? constant.ToDouble()[0] != 0 : null;

    /// <summary>Notes a new constant.</summary>
    public void Add(string name, Tensor tensor) =>
        _values[name] = Small(new Value(_scratch, name, tensor.Type, tensor.Shape, null, 0, tensor));

    /// <summary>Notes a new node, and what follows of its results.</summary>
    public void Add(NodeProto node)
    {
        var outputs = Infer(node);
        for (var i = 0; i < node.Output.Count; i++)
            if (node.Output[i].Length > 0 && outputs is not null && i < outputs.Count)
                _values[node.Output[i]] = outputs[i];
    }

    private IReadOnlyList<Value>? Infer(NodeProto node)
    {
        if (OperatorFacts.Of(node) is not { } operatorFacts || operatorFacts.Has(OperatorTraits.Grows) && operatorFacts.Fold is not null
            || node.Attribute.Any(a => a.T?.RawData.Length > 8 * MaximumElements || Subgraphs.Of(a).Any()))
            return null;
        var inputs = new List<Value?>();
        foreach (var name in node.Input)
        {
            if (name.Length > 0 && Find(name) is null)
                return null;
            inputs.Add(name.Length == 0 ? null : Small(Find(name)!));
        }
        try
        {
            return _scratch.Emit(node.OpType, inputs, Attributes.FromProtos(node.Attribute), node.Output.Count);
        }
        catch (Exception e)
            when (e is InvalidModelException or UnsupportedOperatorException or InvalidOperationException or ArgumentException)
        {
            // Operators that we do not write have no shapes of ours; nothing follows then.
            return null;
        }
    }

    private Value Small(Value value) => value.Constant is { } constant && (constant.Opaque is not null || constant.Count > MaximumElements)
        ? new Value(_scratch, value.Name, value.Type, value.ShapeOrNull, null, 0, null)
        : value;
}
