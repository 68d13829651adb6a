using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>Changes fields of protocol buffers: numbers, texts, bytes, and which parts there are.</summary>
internal abstract class MessageMutation(Random random)
{
    protected static readonly long[] Wild =
    [
        0, 1, -1, 2, -2, 3, 4, 7, 63, 64, 65, 255, 1 << 16, 1 << 30, int.MaxValue, int.MinValue, 1L << 31, 1L << 32, 1L << 40, 1L << 62,
        long.MaxValue, long.MinValue, long.MinValue + 1,
    ];

    protected static readonly float[] WildReal =
    [
        0, -0f, 1, -1, 0.5f, 1e-30f, -1e30f, 1e10f, float.MaxValue, float.MinValue, float.NaN, float.PositiveInfinity,
        float.NegativeInfinity,
    ];

    protected Random Random => random;

    /// <summary>A name that something of a model may have.</summary>
    protected abstract string Name(List<IMessage> places);

    /// <summary>A number for a field of a message.</summary>
    protected virtual long Number(IMessage message) => Any(Wild);

    protected T Any<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];

    protected static void Collect(IMessage message, List<IMessage> into, int depth)
    {
        into.Add(message);
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(f => f.FieldType == FieldType.Message && depth < 40))
        {
            var value = field.Accessor.GetValue(message);
            foreach (var child in value is System.Collections.IDictionary map ? map.Values.OfType<IMessage>()
                : value is System.Collections.IList list ? list.OfType<IMessage>() : value is IMessage one ? [one] : [])
                Collect(child, into, depth + 1);
        }
    }

    protected void Field(IMessage message, List<IMessage> places)
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
            case System.Collections.IDictionary { Count: > 0 } map:
                var keys = map.Keys.Cast<object>().ToList();
                if (random.Next(2) == 0)
                    map.Remove(Any(keys));
                else
                    map[Any(keys)] = map[Any(keys)];
                break;
            case System.Collections.IList { Count: > 0 } list:
                if (random.Next(2) == 0)
                    list.RemoveAt(random.Next(list.Count));
                else
                    list.Add(list[random.Next(list.Count)]);
                break;
            case long: field.Accessor.SetValue(message, Number(message)); break;
            case int: field.Accessor.SetValue(message, random.Next(4) == 0 ? unchecked((int)Any(Wild)) : random.Next(25)); break;
            case bool truth: field.Accessor.SetValue(message, !truth); break;
            case Enum: field.Accessor.SetValue(message, Enum.ToObject(value.GetType(), random.Next(40))); break;
            case double: field.Accessor.SetValue(message, (double)Any(WildReal)); break;
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
