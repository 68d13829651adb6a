using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Division of integers by what comes from the data. ONNX leaves open what a quotient by 0 is, the smallest integer has none by -1, and
/// ONNX Runtime has the processor end the process at either. Here a quotient by 0 is 0, as is any remainder; the smallest integer by -1 is
/// itself, as with all others whose digits run over.
/// </summary>
internal static class IntegerDivision
{
    /// <summary>The model with such divisions made safe. The nodes put in front of one are named after it.</summary>
    /// <param name="model">The model; bodies of loops and branches that stay are left as they are.</param>
    /// <param name="told">The types of its tensors; those of the nodes put in are added.</param>
    public static OnnxModel Guarded(OnnxModel model, IDictionary<string, TensorInfo> told)
    {
        var graph = model.Proto.Graph;
        HashSet<string> constants = [.. graph.Initializer.Select(i => i.Name),
            .. graph.Node.Where(n => n is { OpType: "Constant", Attribute: [{ T: not null }] }).Select(n => n.Output[0])];
        bool IsOpen(NodeProto node) => node is { OpType: "Div" or "Mod", Domain: "" or "ai.onnx", Input.Count: 2 }
            && !constants.Contains(node.Input[1]) && told.TryGetValue(node.Output[0], out var info) && Divides(info.Type);
        if (!graph.Node.Any(IsOpen))
            return model;
        var proto = model.ProtoToChange();
        var writer = new Writer(proto.Graph, told);
        foreach (var node in graph.Node)
        {
            if (IsOpen(node))
                writer.Write(node, told[node.Output[0]].Type);
            else
                writer.Nodes.Add(node);
        }
        proto.Graph.Node.Clear();
        proto.Graph.Node.Add(writer.Nodes);
        return new OnnxModel(proto);
    }

    private static bool Divides(ElementType type) => type is ElementType.Int32 or ElementType.Int64 || Narrow(type) || Unsigned(type);

    private static bool Narrow(ElementType type) =>
        type is ElementType.Int8 or ElementType.Int16 or ElementType.UInt8 or ElementType.UInt16;

    private static bool Unsigned(ElementType type) => type is ElementType.UInt32 or ElementType.UInt64;

    private sealed class Writer(GraphProto graph, IDictionary<string, TensorInfo> told)
    {
        private readonly FreshNames _names = new(graph);

        public List<NodeProto> Nodes { get; } = [];

        public void Write(NodeProto node, ElementType type)
        {
            var (label, x, divisor, result) = (KnownControlFlow.Label(node), node.Input[0], node.Input[1], node.Output[0]);
            string Add(ElementType made, string name, string operatorType, string[] inputs, string? output = null)
            {
                output ??= _names.Make($"{label}/{name}");
                Nodes.Add(new NodeProto { OpType = operatorType, Input = { inputs }, Output = { output } });
                told.TryAdd(output, new TensorInfo(output, made, null));
                return output;
            }
            string Cast(string tensor, ElementType to, string? output = null)
            {
                var made = Add(to, "cast", "Cast", [tensor], output);
                Nodes[^1].Attribute.Add(Attributes.ToProto("to", (long)to));
                return made;
            }
            string Number(double value)
            {
                var name = _names.Make($"{label}/number");
                graph.Initializer.Add(Tensor.Filled(type, value).ToProto(name));
                return name;
            }
            string Divided(string by, string? output = null)
            {
                var made = Add(type, "quotient", node.OpType, [x, by], output);
                Nodes[^1].Attribute.Add(node.Attribute);
                return made;
            }

            if (Narrow(type))
            {
                var narrow = type;
                type = ElementType.Int32;
                (x, divisor, result) = (Cast(x, type), Cast(divisor, type), _names.Make($"{label}/wide"));
                told[result] = new TensorInfo(result, type, told[node.Output[0]].Shape);
                WriteSigned();
                Cast(result, narrow, node.Output[0]);
            }
            else if (Unsigned(type))
            {
                Divided(Add(type, "divisor", "Max", [divisor, Number(1)]), result);
            }
            else
            {
                WriteSigned();
            }

            void WriteSigned()
            {
                var (zero, minus) = (Number(0), Number(-1));
                var byZero = Add(ElementType.Bool, "by zero", "Equal", [divisor, zero]);
                var byMinus = Add(ElementType.Bool, "by minus one", "Equal", [divisor, minus]);
                var wild = Add(ElementType.Bool, "wild", "Or", [byZero, byMinus]);
                var safe = Add(type, "divisor", "Where", [wild, Number(1), divisor]);
                // By 1, every remainder is 0.
                if (node.OpType == "Mod")
                {
                    Divided(safe, result);
                    return;
                }
                var negative = Add(type, "negative", "Sub", [zero, x]);
                var signed = Add(type, "signed", "Where", [byMinus, negative, Divided(safe)]);
                Add(type, "whole", "Where", [byZero, zero, signed], result);
            }
        }
    }
}
