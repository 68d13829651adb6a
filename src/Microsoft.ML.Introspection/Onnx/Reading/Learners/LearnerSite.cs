using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading.Opsets;

namespace Microsoft.ML.Introspection.Onnx.Reading.Learners;

/// <summary>
/// A node of <c>ai.onnx.ml</c> that is being written in the operators of networks: what it says, and the nodes in its place.
/// </summary>
internal sealed class LearnerSite(NodeProto node, ConversionScope scope)
{
    private readonly List<NodeProto> _nodes = [];

    /// <summary>What the node says of itself.</summary>
    public Attributes Attributes { get; } = Attributes.FromProtos(node.Attribute);

    /// <summary>The nodes in its place, in order.</summary>
    public IReadOnlyList<NodeProto> Nodes => _nodes;

    /// <summary>How many inputs it has.</summary>
    public int Inputs => node.Input.Count;

    /// <summary>The name of an input, as it is.</summary>
    /// <exception cref="InvalidModelException">The node lacks it.</exception>
    public string Input(int index) => index < node.Input.Count && node.Input[index].Length > 0
        ? node.Input[index]
        : throw Invalid($"lacks its input {index}.");

    /// <summary>The name of an input as rows of single precision, which is what these operators compute in.</summary>
    /// <inheritdoc cref="Input"/>
    public string Numbers(int index)
    {
        var name = Input(index);
        return TypeOf(index) is ElementType.Float ? name : Emit("Cast", [name], ("to", (long)ElementType.Float));
    }

    /// <summary>The element type of an input; single precision where it is not known.</summary>
    public ElementType TypeOf(int index) =>
        scope.Find(Input(index)) is { Type: not ElementType.Undefined } value ? value.Type : ElementType.Float;

    /// <summary>The shape of an input, or null where not even its rank is known.</summary>
    public Shape? ShapeOf(int index) => scope.Find(Input(index))?.ShapeOrNull;

    /// <summary>Whether something needs an output.</summary>
    public bool Gives(int output) => output < node.Output.Count && node.Output[output].Length > 0;

    /// <summary>Adds a node.</summary>
    /// <returns>The name of what it makes.</returns>
    public string Emit(string operatorType, IEnumerable<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var output = scope.FreshName($"{(node.Name.Length > 0 ? node.Name : node.OpType)}/{operatorType}");
        var emitted = new NodeProto { OpType = operatorType, Name = output, Output = { output } };
        emitted.Input.AddRange(inputs);
        foreach (var (name, value) in attributes)
            emitted.Attribute.Add(Attributes.ToProto(name, value));
        _nodes.Add(emitted);
        return output;
    }

    /// <summary>A constant of single precision.</summary>
    public string Constant(float[] numbers, params ReadOnlySpan<long> dimensions) => Constant(Tensor.From(numbers, dimensions));

    /// <summary>A constant.</summary>
    public string Constant(Tensor tensor) => scope.Constant(tensor, "constant");

    /// <summary>Says what an output of the node is; the last that is said of any.</summary>
    /// <param name="output">Which of the node's.</param>
    /// <param name="name">What was emitted for it.</param>
    public void Give(int output, string name)
    {
        if (!Gives(output))
            return;
        // The node that makes it bears the name that the graph knows; the last, the name of the whole node, by which a layer is found.
        if (_nodes.Count > 0 && _nodes[^1].Output[0] == name)
        {
            _nodes[^1].Output[0] = node.Output[output];
            _nodes[^1].Name = output == node.Output.Count - 1 && node.Name.Length > 0 ? node.Name : node.Output[output];
            return;
        }
        _nodes.Add(new NodeProto { OpType = "Identity", Name = node.Output[output], Input = { name }, Output = { node.Output[output] } });
    }

    /// <summary>A list of numbers that must be there.</summary>
    /// <exception cref="InvalidModelException">It is not.</exception>
    public float[] Floats(string attribute) =>
        Attributes.Floats(attribute) is { Length: > 0 } list ? list : throw Invalid($"lacks the attribute '{attribute}'.");

    public UnsupportedOperatorException Unsupported(string why) => new($"The operator '{node.OpType}' {Place()} {why}");

    public InvalidModelException Invalid(string why) => new($"The operator '{node.OpType}' {Place()} {why}");

    private string Place() => $"(node '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault())}')";
}
