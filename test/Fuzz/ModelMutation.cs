using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>Changes an ONNX model where it hurts: numbers, shapes, names, operators, constants, and which parts there are.</summary>
internal sealed class ModelMutation(Random random) : MessageMutation(random)
{
    public byte[] Of(byte[] content)
    {
        var model = ModelProto.Parser.ParseFrom(content);
        for (var times = Random.Next(1, 4); times > 0; times--)
        {
            // Half of the changes go to the graph's nodes and constants, where there is something to break.
            var places = new List<IMessage>();
            Collect(Random.Next(2) == 0 && model.Graph is { } graph ? graph : model, places, 0);
            var tensors = places.OfType<TensorProto>().Where(t => t.RawData.Length > 0).ToList();
            var nodes = places.OfType<NodeProto>().ToList();
            switch (Random.Next(5))
            {
                case 0 when tensors.Count > 0:
                    Elements(Any(tensors));
                    break;
                case 1 when nodes.Count > 0:
                    Node(Any(nodes), places);
                    break;
                case 2 when places.OfType<AttributeProto>().ToList() is { Count: > 0 } attributes:
                    Field(Any(attributes), places);
                    break;
                default:
                    Field(Any(places), places);
                    break;
            }
        }
        return model.ToByteArray();
    }

    private void Node(NodeProto node, List<IMessage> places)
    {
        switch (Random.Next(6))
        {
            case 0:
                node.OpType = Any([.. OperatorFacts.All.Select(f => f.Name)]);
                break;
            case 1 when node.Input.Count > 0:
                node.Input[Random.Next(node.Input.Count)] = Name(places);
                break;
            case 2 when node.Input.Count > 0:
                node.Input.RemoveAt(Random.Next(node.Input.Count));
                break;
            case 3:
                node.Input.Add(Name(places));
                break;
            case 4:
                node.Output.Add($"more{Random.Next(99)}");
                break;
            default:
                node.Attribute.Add(Attributes.ToProto(
                    Any((string[])["axis", "axes", "batch_dims", "num_heads", "group", "p", "size", "k", "to", "dtype", "num_outputs"]),
                    Random.Next(2) == 0 ? Any(Wild) : (object)new[] { Any(Wild), Any(Wild) }));
                break;
        }
    }

    protected override string Name(List<IMessage> places) =>
        Any([.. places.OfType<NodeProto>().SelectMany(n => n.Output).Concat(places.OfType<TensorProto>().Select(t => t.Name)), "x", ""]);

    private void Elements(TensorProto tensor)
    {
        var bytes = tensor.RawData.ToByteArray();
        var size = Math.Max(1, ((ElementType)tensor.DataType).Size());
        var at = Random.Next(Math.Max(1, bytes.Length / size));
        switch ((ElementType)tensor.DataType)
        {
            case ElementType.Int64: MemoryMarshal.Cast<byte, long>(bytes.AsSpan())[at] = Any(Wild); break;
            case ElementType.Int32: MemoryMarshal.Cast<byte, int>(bytes.AsSpan())[at] = unchecked((int)Any(Wild)); break;
            case ElementType.Float: MemoryMarshal.Cast<byte, float>(bytes.AsSpan())[at] = Any(WildReal); break;
            default: Random.NextBytes(bytes.AsSpan(at * size, 1)); break;
        }
        tensor.RawData = ByteString.CopyFrom(bytes);
        if (Random.Next(4) == 0)
            Extents(tensor, bytes.Length / size);
    }

    // Other extents of as many elements: none, one more, one less.
    private void Extents(TensorProto tensor, int count)
    {
        tensor.Dims.Clear();
        switch (Random.Next(4))
        {
            case 0: tensor.Dims.Add(count); break;
            case 1: tensor.Dims.Add([1, count]); break;
            case 2: tensor.Dims.Add([count, 1, 1]); break;
            default:
                tensor.Dims.Add(0);
                tensor.RawData = ByteString.Empty;
                break;
        }
    }

    // Most models are of an operator set that is known.
    protected override long Number(IMessage message) => message is OperatorSetIdProto ? Random.NextInt64(6, 26) : base.Number(message);
}
