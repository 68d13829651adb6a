using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>Changes an ONNX model where it hurts: numbers, shapes, names, operators, constants, and which parts there are.</summary>
internal sealed class ModelMutation(Random random)
{
    private static readonly long[] Wild =
    [
        0, 1, -1, 2, -2, 3, 4, 7, 63, 64, 65, 255, 1 << 16, 1 << 30, int.MaxValue, int.MinValue, 1L << 31, 1L << 32, 1L << 40, 1L << 62,
        long.MaxValue, long.MinValue, long.MinValue + 1,
    ];

    private static readonly float[] WildReal =
    [
        0, -0f, 1, -1, 0.5f, 1e-30f, -1e30f, 1e10f, float.MaxValue, float.MinValue, float.NaN, float.PositiveInfinity,
        float.NegativeInfinity,
    ];

    public byte[] Of(byte[] content)
    {
        var model = ModelProto.Parser.ParseFrom(content);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            // Half of the changes go to the graph's nodes and constants, where there is something to break.
            var places = new List<IMessage>();
            Collect(random.Next(2) == 0 && model.Graph is { } graph ? graph : model, places, 0);
            var tensors = places.OfType<TensorProto>().Where(t => t.RawData.Length > 0).ToList();
            var nodes = places.OfType<NodeProto>().ToList();
            switch (random.Next(5))
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

    private T Any<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];

    private static void Collect(IMessage message, List<IMessage> into, int depth)
    {
        into.Add(message);
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(f => f.FieldType == FieldType.Message && depth < 40))
        {
            var value = field.Accessor.GetValue(message);
            foreach (var child in value is System.Collections.IList list ? list.OfType<IMessage>() : value is IMessage one ? [one] : [])
                Collect(child, into, depth + 1);
        }
    }

    private void Node(NodeProto node, List<IMessage> places)
    {
        switch (random.Next(6))
        {
            case 0:
                node.OpType = Any([.. OperatorFacts.All.Select(f => f.Name)]);
                break;
            case 1 when node.Input.Count > 0:
                node.Input[random.Next(node.Input.Count)] = Name(places);
                break;
            case 2 when node.Input.Count > 0:
                node.Input.RemoveAt(random.Next(node.Input.Count));
                break;
            case 3:
                node.Input.Add(Name(places));
                break;
            case 4:
                node.Output.Add($"more{random.Next(99)}");
                break;
            default:
                node.Attribute.Add(Attributes.ToProto(
                    Any((string[])["axis", "axes", "batch_dims", "num_heads", "group", "p", "size", "k", "to", "dtype", "num_outputs"]),
                    random.Next(2) == 0 ? Any(Wild) : (object)new[] { Any(Wild), Any(Wild) }));
                break;
        }
    }

    private string Name(List<IMessage> places) =>
        Any([.. places.OfType<NodeProto>().SelectMany(n => n.Output).Concat(places.OfType<TensorProto>().Select(t => t.Name)), "x", ""]);

    private void Elements(TensorProto tensor)
    {
        var bytes = tensor.RawData.ToByteArray();
        var size = Math.Max(1, ((ElementType)tensor.DataType).Size());
        var at = random.Next(Math.Max(1, bytes.Length / size));
        switch ((ElementType)tensor.DataType)
        {
            case ElementType.Int64: MemoryMarshal.Cast<byte, long>(bytes.AsSpan())[at] = Any(Wild); break;
            case ElementType.Int32: MemoryMarshal.Cast<byte, int>(bytes.AsSpan())[at] = unchecked((int)Any(Wild)); break;
            case ElementType.Float: MemoryMarshal.Cast<byte, float>(bytes.AsSpan())[at] = Any(WildReal); break;
            default: random.NextBytes(bytes.AsSpan(at * size, 1)); break;
        }
        tensor.RawData = ByteString.CopyFrom(bytes);
        if (random.Next(4) == 0)
            Extents(tensor, bytes.Length / size);
    }

    // Other extents of as many elements: none, one more, one less.
    private void Extents(TensorProto tensor, int count)
    {
        tensor.Dims.Clear();
        switch (random.Next(4))
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

    private void Field(IMessage message, List<IMessage> places)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder().Where(f => Holds(f, message)).ToList();
        if (fields.Count == 0)
            return;
        var field = Any(fields);
        var value = field.Accessor.GetValue(message);
        switch (value)
        {
            case RepeatedField<long> longs: Change(longs, () => Any(Wild)); break;
            case RepeatedField<float> floats: Change(floats, () => Any(WildReal)); break;
            case RepeatedField<string> texts: Change(texts, () => Name(places)); break;
            case System.Collections.IList { Count: > 0 } list:
                if (random.Next(2) == 0)
                    list.RemoveAt(random.Next(list.Count));
                else
                    list.Add(list[random.Next(list.Count)]);
                break;
            case long when message is OperatorSetIdProto: field.Accessor.SetValue(message, random.NextInt64(6, 26)); break;
            case long: field.Accessor.SetValue(message, Any(Wild)); break;
            case int: field.Accessor.SetValue(message, random.Next(4) == 0 ? unchecked((int)Any(Wild)) : random.Next(25)); break;
            case float: field.Accessor.SetValue(message, Any(WildReal)); break;
            case string: field.Accessor.SetValue(message, Name(places)); break;
            case ByteString bytes:
                var changed = bytes.ToByteArray();
                if (changed.Length > 0)
                    changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
                field.Accessor.SetValue(message, ByteString.CopyFrom(random.Next(3) == 0 ? changed[..(changed.Length / 2)] : changed));
                break;
            case IMessage when random.Next(3) == 0: field.Accessor.Clear(message); break;
            default: break;
        }
    }

    private void Change<T>(RepeatedField<T> list, Func<T> other)
    {
        switch (random.Next(list.Count == 0 ? 1 : 4))
        {
            case 0: list.Add(other()); break;
            case 1: list.RemoveAt(random.Next(list.Count)); break;
            default: list[random.Next(list.Count)] = other(); break;
        }
    }

    private static bool Holds(FieldDescriptor field, IMessage message) => field.Name is not ("doc_string" or "producer_name")
        && (field.IsRepeated || !field.HasPresence || field.Accessor.HasValue(message));
}
