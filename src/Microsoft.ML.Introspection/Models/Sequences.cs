using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Writes sequences out whose elements are known, so that gradients can pass: what takes an element out, joins or counts them then names
/// the elements themselves. Other uses of sequences stay as they are.
/// </summary>
internal static class Sequences
{
    /// <summary>The model with as few sequences as can be.</summary>
    public static OnnxModel WriteOut(OnnxModel settled)
    {
        if (!settled.Proto.Graph.Node.Any(n => OperatorFacts.Of(n)?.Kind == OperatorKind.Sequence || n.OpType == "SequenceEmpty"))
            return settled;
        var proto = settled.ProtoToChange();
        var names = new Onnx.Reading.FreshNames(proto.Graph);
        var elements = new Dictionary<string, List<string>>();
        var nodes = proto.Graph.Node.ToList();
        proto.Graph.Node.Clear();
        foreach (var node in nodes)
            proto.Graph.Node.Add(OperatorFacts.Of(node) is null ? [node] : Written(node, proto.Graph, elements, names) ?? [node]);
        return new OnnxModel(proto);
    }

    // The nodes that stand for one; null where it stays.
    private static List<NodeProto>? Written(NodeProto node, GraphProto graph, Dictionary<string, List<string>> elements,
        Onnx.Reading.FreshNames names)
    {
        var held = node.Input.Count > 0 ? elements.GetValueOrDefault(node.Input[0]) : null;
        switch (node.OpType)
        {
            // These make sequences; the nodes stay for whoever takes the sequence itself, else nobody asks for them.
            case "SequenceConstruct":
                elements[node.Output[0]] = [.. node.Input];
                return null;
            case "SequenceEmpty":
                elements[node.Output[0]] = [];
                return null;
            case "Identity" when held is not null:
                elements[node.Output[0]] = held;
                return null;
            case "SequenceInsert" when held is not null && Position(graph, node, 2, held.Count + 1, held.Count) is { } at:
                elements[node.Output[0]] = [.. held[..at], node.Input[1], .. held[at..]];
                return null;
            case "SequenceErase" when held is not null && Position(graph, node, 1, held.Count, held.Count - 1) is { } at:
                elements[node.Output[0]] = [.. held[..at], .. held[(at + 1)..]];
                return null;
            case "SequenceAt" when held is not null && Position(graph, node, 1, held.Count, null) is { } at:
                return [NodeOf("Identity", node, [held[at]])];
            case "SequenceLength" when held is not null:
                graph.Initializer.Add(Tensor.Scalar((long)held.Count).ToProto(node.Output[0]));
                return [];
            case "ConcatFromSequence" when held is { Count: > 0 }:
                return Joined(node, held, graph, names);
            default:
                return null;
        }
    }

    private static List<NodeProto> Joined(NodeProto node, List<string> held, GraphProto graph, Onnx.Reading.FreshNames names)
    {
        var axis = node.Attribute.First(a => a.Name == "axis");
        if (node.Attribute.FirstOrDefault(a => a.Name == "new_axis")?.I is not 1)
            return [NodeOf("Concat", node, held, axis)];
        var axes = names.Make($"{node.Output[0]}/axis");
        graph.Initializer.Add(Tensor.Vector(axis.I).ToProto(axes));
        var result = held.ConvertAll(element =>
        {
            var apart = new NodeProto { OpType = "Unsqueeze", Input = { element, axes }, Output = { names.Make($"{element}/apart") } };
            apart.Name = apart.Output[0];
            return apart;
        });
        result.Add(NodeOf("Concat", node, [.. result.Select(n => n.Output[0])], axis));
        return result;
    }

    private static NodeProto NodeOf(string operatorType, NodeProto stead, List<string> inputs, params AttributeProto[] attributes) =>
        new() { OpType = operatorType, Name = stead.Name, Input = { inputs }, Output = { stead.Output[0] }, Attribute = { attributes } };

    // A constant place among so many, counted from the front; null where it is not known, or not there.
    private static int? Position(GraphProto graph, NodeProto node, int input, int count, int? otherwise)
    {
        if (input >= node.Input.Count || node.Input[input].Length == 0)
            return otherwise;
        var tensor = graph.Initializer.FirstOrDefault(i => i.Name == node.Input[input]) is { } constant ? Tensor.FromProto(constant)
            : graph.Node.FirstOrDefault(n => n.Output.Contains(node.Input[input]) && n.OpType == "Constant") is { } literal
                ? ConstantFolding.Literal(Attributes.FromProtos(literal.Attribute)) : null;
        return tensor is { Count: 1, Type: ElementType.Int64 or ElementType.Int32 } && tensor.ToInt64()[0] is var at && at >= -count
            && at < count ? (int)(at < 0 ? at + count : at) : null;
    }
}
