using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading.Opsets;

/// <summary>
/// A node at one step of its way to a newer operator set: what the step may ask, and what it may do. The node itself keeps
/// its outputs; nodes that prepare its inputs are put before it.
/// </summary>
internal sealed class StepSite(NodeProto node, ConversionScope scope, int version)
{
    private readonly List<NodeProto> _before = [];

    /// <summary>The nodes put before this one, in order.</summary>
    public IReadOnlyList<NodeProto> Before => _before;

    public string Operator
    {
        get => node.OpType;
        set => node.OpType = value;
    }

    public int Outputs => node.Output.Count;

    /// <summary>The name of an input; empty where it is left out.</summary>
    public string Input(int index) => index < node.Input.Count ? node.Input[index] : "";

    public bool HasInput(int index) => Input(index).Length > 0;

    /// <summary>Sets an input, or with an empty name leaves it out.</summary>
    public void SetInput(int index, string name)
    {
        while (node.Input.Count <= index)
            node.Input.Add("");
        node.Input[index] = name;
        while (node.Input.Count > 0 && node.Input[^1].Length == 0)
            node.Input.RemoveAt(node.Input.Count - 1);
    }

    public void SetInput(int index, Tensor constant, string name) => SetInput(index, scope.Constant(constant, name));

    /// <summary>The element type of an input; single precision, what nearly all networks compute in, where it is not known.</summary>
    public ElementType TypeOf(int index) =>
        scope.Find(Input(index)) is { Type: not ElementType.Undefined } value ? value.Type : ElementType.Float;

    /// <summary>The shape of an input, or null where not even its rank is known.</summary>
    public Shape? ShapeOf(int index) => scope.Find(Input(index))?.ShapeOrNull;

    /// <summary>The elements of an input that is a (small) constant; else null.</summary>
    public Tensor? ConstantOf(int index) => scope.Find(Input(index))?.Constant;

    public bool Has(string attribute) => Find(attribute) is not null;

    public long? Int(string attribute) => Find(attribute)?.I;

    public string Text(string attribute, string otherwise) => Find(attribute)?.S.ToStringUtf8() ?? otherwise;

    public void Set(string attribute, object value)
    {
        Take(attribute);
        node.Attribute.Add(Attributes.ToProto(attribute, value));
    }

    /// <summary>The attribute, which the node has no more afterwards; null where it had none.</summary>
    public AttributeProto? Take(string attribute)
    {
        var found = Find(attribute);
        if (found is not null)
            node.Attribute.Remove(found);
        return found;
    }

    /// <summary>Puts a node before this one.</summary>
    /// <returns>The name of its output.</returns>
    public string Emit(string operatorType, IEnumerable<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var output = scope.FreshName($"{(node.Output.Count > 0 ? node.Output[0] : node.Name)}/{operatorType}");
        var emitted = new NodeProto { OpType = operatorType, Name = output, Output = { output } };
        emitted.Input.AddRange(inputs);
        foreach (var (name, value) in attributes)
            emitted.Attribute.Add(Attributes.ToProto(name, value));
        _before.Add(emitted);
        return output;
    }

    /// <summary>The name of a constant for nodes put before this one.</summary>
    public string Constant(Tensor tensor, string name) => scope.Constant(tensor, name);

    /// <summary>Makes the node another operator on other inputs, without attributes; its outputs stay.</summary>
    public void Become(string operatorType, params ReadOnlySpan<string> inputs)
    {
        node.OpType = operatorType;
        node.Attribute.Clear();
        node.Input.Clear();
        foreach (var input in inputs)
            node.Input.Add(input);
    }

    /// <summary>Takes outputs away that newer operator sets do not have.</summary>
    /// <exception cref="UnsupportedOperatorException">Something uses one of them.</exception>
    public void DropOutputs(int first, string why)
    {
        while (node.Output.Count > first)
        {
            if (node.Output[^1] is { Length: > 0 } name && scope.IsUsed(name))
                throw Unsupported($"its output '{name}' is used, and {why}.");
            node.Output.RemoveAt(node.Output.Count - 1);
        }
    }

    public UnsupportedOperatorException Unsupported(string why) => new(
        $"The operator '{Operator}' {Place()} cannot be brought from opset {version - 1} to {version}: {why} Export the network again "
            + "with opset 13 or later.");

    public InvalidModelException Invalid(string why) => new($"The operator '{Operator}' {Place()} {why}");

    private string Place() => $"(node '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault())}')";

    private AttributeProto? Find(string name) => node.Attribute.FirstOrDefault(a => a.Name == name);
}
