using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading.Opsets;

/// <summary>A node that is being written in other operators: what is known of its inputs, and the nodes that are added for it.</summary>
/// <param name="node">The node.</param>
/// <param name="scope">The graph around it.</param>
/// <param name="stem">What the names of added nodes begin with.</param>
internal abstract class NodeSite(NodeProto node, ConversionScope scope, string stem)
{
    private readonly List<NodeProto> _emitted = [];

    /// <summary>The element type of an input; single precision, what nearly all networks compute in, where it is not known.</summary>
    public ElementType TypeOf(int index) =>
        scope.Find(NameOf(index)) is { Type: not ElementType.Undefined } value ? value.Type : ElementType.Float;

    /// <summary>The shape of an input, or null where not even its rank is known.</summary>
    public Shape? ShapeOf(int index) => scope.Find(NameOf(index))?.ShapeOrNull;

    /// <summary>Adds a node.</summary>
    /// <returns>The name of what it makes.</returns>
    public string Emit(string operatorType, IEnumerable<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var output = scope.FreshName($"{stem}/{operatorType}");
        var emitted = new NodeProto { OpType = operatorType, Name = output, Output = { output } };
        emitted.Input.AddRange(inputs);
        foreach (var (name, value) in attributes)
            emitted.Attribute.Add(Attributes.ToProto(name, value));
        _emitted.Add(emitted);
        return output;
    }

    public InvalidModelException Invalid(string why) => new($"{Place} {why}");

    protected NodeProto Node => node;

    protected ConversionScope Scope => scope;

    /// <summary>The added nodes, in order.</summary>
    protected List<NodeProto> Emitted => _emitted;

    /// <summary>The operator and the node, as messages begin.</summary>
    protected string Place =>
        $"The operator '{node.OpType}' (node '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault())}')";

    /// <summary>The name of an input; empty where it is left out.</summary>
    protected string NameOf(int index) => index < node.Input.Count ? node.Input[index] : "";
}
