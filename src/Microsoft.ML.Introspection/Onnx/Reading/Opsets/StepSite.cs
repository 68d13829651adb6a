using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading.Opsets;

/// <summary>
/// A node at one step of its way to a newer operator set: what the step may ask, and what it may do. The node itself keeps
/// its outputs; nodes that prepare its inputs are put before it.
/// </summary>
internal sealed class StepSite(NodeProto node, ConversionScope scope, int version)
    : NodeSite(node, scope, node.Output.Count > 0 ? node.Output[0] : node.Name)
{
    /// <summary>The nodes put before this one, in order.</summary>
    public IReadOnlyList<NodeProto> Before => Emitted;

    public string Operator
    {
        get => Node.OpType;
        set => Node.OpType = value;
    }

    public int Outputs => Node.Output.Count;

    /// <summary>The name of an input; empty where it is left out.</summary>
    public string Input(int index) => NameOf(index);

    public bool HasInput(int index) => Input(index).Length > 0;

    /// <summary>Sets an input, or with an empty name leaves it out.</summary>
    public void SetInput(int index, string name)
    {
        while (Node.Input.Count <= index)
            Node.Input.Add("");
        Node.Input[index] = name;
        while (Node.Input.Count > 0 && Node.Input[^1].Length == 0)
            Node.Input.RemoveAt(Node.Input.Count - 1);
    }

    public void SetInput(int index, Tensor constant, string name) => SetInput(index, Scope.Constant(constant, name));

    /// <summary>The elements of an input that is a (small) constant; else null.</summary>
    public Tensor? ConstantOf(int index) => Scope.Find(Input(index))?.Constant;

    public bool Has(string attribute) => Find(attribute) is not null;

    public long? Int(string attribute) => Find(attribute)?.I;

    public string Text(string attribute, string otherwise) => Find(attribute)?.S.ToStringUtf8() ?? otherwise;

    public void Set(string attribute, object value)
    {
        Take(attribute);
        Node.Attribute.Add(Attributes.ToProto(attribute, value));
    }

    /// <summary>The attribute, which the node has no more afterwards; null where it had none.</summary>
    public AttributeProto? Take(string attribute)
    {
        var found = Find(attribute);
        if (found is not null)
            Node.Attribute.Remove(found);
        return found;
    }

    /// <summary>The name of a constant for nodes put before this one.</summary>
    public string Constant(Tensor tensor, string name) => Scope.Constant(tensor, name);

    /// <summary>Makes the node another operator on other inputs, without attributes; its outputs stay.</summary>
    public void Become(string operatorType, params ReadOnlySpan<string> inputs)
    {
        Node.OpType = operatorType;
        Node.Attribute.Clear();
        Node.Input.Clear();
        foreach (var input in inputs)
            Node.Input.Add(input);
    }

    /// <summary>Takes outputs away that newer operator sets do not have.</summary>
    /// <exception cref="UnsupportedOperatorException">Something uses one of them.</exception>
    public void DropOutputs(int first, string why)
    {
        while (Node.Output.Count > first)
        {
            if (Node.Output[^1] is { Length: > 0 } name && Scope.IsUsed(name))
                throw Unsupported($"its output '{name}' is used, and {why}.");
            Node.Output.RemoveAt(Node.Output.Count - 1);
        }
    }

    public UnsupportedOperatorException Unsupported(string why) => new(
        $"{Place} cannot be brought from opset {version - 1} to {version}: {why} Export the network again "
            + "with opset 13 or later.");

    private AttributeProto? Find(string name) => Node.Attribute.FirstOrDefault(a => a.Name == name);
}
