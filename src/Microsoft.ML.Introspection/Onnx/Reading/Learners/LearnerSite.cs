using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading.Opsets;

namespace Microsoft.ML.Introspection.Onnx.Reading.Learners;

/// <summary>
/// A node of <c>ai.onnx.ml</c> that is being written in the operators of networks: what it says, and the nodes in its place.
/// </summary>
internal sealed class LearnerSite(NodeProto node, ConversionScope scope)
    : NodeSite(node, scope, node.Name.Length > 0 ? node.Name : node.OpType)
{
    /// <summary>What the node says of itself.</summary>
    public Attributes Attributes { get; } = Attributes.FromProtos(node.Attribute);

    /// <summary>The nodes in its place, in order.</summary>
    public IReadOnlyList<NodeProto> Nodes => Emitted;

    /// <summary>How many inputs it has.</summary>
    public int Inputs => Node.Input.Count;

    /// <summary>The name of an input, as it is.</summary>
    /// <exception cref="InvalidModelException">The node lacks it.</exception>
    public string Input(int index) => NameOf(index) is { Length: > 0 } name ? name : throw Invalid($"lacks its input {index}.");

    /// <summary>The name of an input as rows of single precision, which is what these operators compute in.</summary>
    /// <inheritdoc cref="Input"/>
    public string Numbers(int index)
    {
        var name = Input(index);
        return TypeOf(index) is ElementType.Float ? name : Emit("Cast", [name], ("to", (long)ElementType.Float));
    }

    /// <summary>Whether something needs an output.</summary>
    public bool Gives(int output) => output < Node.Output.Count && Node.Output[output].Length > 0;

    /// <summary>A constant of single precision.</summary>
    public string Constant(float[] numbers, params ReadOnlySpan<long> dimensions) => Constant(Tensor.From(numbers, dimensions));

    /// <summary>A constant of a list of rows, [rows, columns], turned to [columns, rows], as products of matrices want it.</summary>
    public string Transposed(float[] numbers, long rows, long columns) =>
        Constant(ConstantShaping.Transpose(Tensor.From(numbers, [rows, columns]), null));

    /// <summary>A constant.</summary>
    public string Constant(Tensor tensor) => Scope.Constant(tensor, "constant");

    /// <summary>Says what an output of the node is; the last that is said of any.</summary>
    /// <param name="output">Which of the node's.</param>
    /// <param name="name">What was emitted for it.</param>
    public void Give(int output, string name)
    {
        if (!Gives(output))
            return;
        // The node that makes it bears the name that the graph knows; the last, the name of the whole node, by which a layer is found.
        if (Emitted.Count > 0 && Emitted[^1].Output[0] == name)
        {
            Emitted[^1].Output[0] = Node.Output[output];
            Emitted[^1].Name = output == Node.Output.Count - 1 && Node.Name.Length > 0 ? Node.Name : Node.Output[output];
            return;
        }
        Emitted.Add(new NodeProto { OpType = "Identity", Name = Node.Output[output], Input = { name }, Output = { Node.Output[output] } });
    }

    /// <summary>A list of numbers that must be there.</summary>
    /// <exception cref="InvalidModelException">It is not.</exception>
    public float[] Floats(string attribute) =>
        Attributes.Floats(attribute) is { Length: > 0 } list ? list : throw Invalid($"lacks the attribute '{attribute}'.");

    public UnsupportedOperatorException Unsupported(string why) => new($"{Place} {why}");
}
