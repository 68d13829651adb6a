using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.Introspection.Onnx.Proto;
using AttributeType = Microsoft.ML.Introspection.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>The attributes of a node, by name. Immutable.</summary>
public sealed class Attributes
{
    private readonly SortedDictionary<string, AttributeProto> _byName = new(StringComparer.Ordinal);

    private Attributes() { }

    /// <summary>No attributes.</summary>
    public static Attributes None { get; } = new();

    /// <summary>
    /// Attributes from names and values; a value is a long, float, string, <see cref="Tensor"/>, or an array of longs,
    /// floats or strings. A null leaves the attribute out.
    /// </summary>
    public static Attributes Of(params ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        var result = new Attributes();
        foreach (var (name, value) in attributes)
            if (value is not null)
                result._byName[name] = ToProto(name, value);
        return result;
    }

    /// <summary>Whether the attribute is given.</summary>
    public bool Has(string name) => _byName.ContainsKey(name);

    /// <summary>An integer, or the default where it is not given.</summary>
    public long Int(string name, long otherwise = 0) => _byName.TryGetValue(name, out var a) ? a.I : otherwise;

    /// <summary>A number, or the default where it is not given.</summary>
    public float Float(string name, float otherwise = 0) => _byName.TryGetValue(name, out var a) ? a.F : otherwise;

    /// <summary>A text, or the default where it is not given.</summary>
    public string Text(string name, string otherwise = "") => _byName.TryGetValue(name, out var a) ? a.S.ToStringUtf8() : otherwise;

    /// <summary>A list of integers, or null where it is not given.</summary>
    public long[]? Ints(string name) => _byName.TryGetValue(name, out var a) ? [.. a.Ints] : null;

    /// <summary>A list of numbers, or null where it is not given.</summary>
    public float[]? Floats(string name) => _byName.TryGetValue(name, out var a) ? [.. a.Floats] : null;

    /// <summary>A list of texts, or null where it is not given.</summary>
    public string[]? Texts(string name) => _byName.TryGetValue(name, out var a) ? [.. a.Strings.Select(s => s.ToStringUtf8())] : null;

    /// <summary>A tensor, or null where it is not given.</summary>
    public Tensor? Tensor(string name) => _byName.TryGetValue(name, out var a) && a.T is not null ? Onnx.Tensor.FromProto(a.T) : null;

    /// <summary>These attributes with some added, replaced, or (with null) taken away.</summary>
    public Attributes With(params ReadOnlySpan<(string Name, object? Value)> changes)
    {
        var result = new Attributes();
        foreach (var (name, attribute) in _byName)
            result._byName[name] = attribute;
        foreach (var (name, value) in changes)
        {
            if (value is null)
                result._byName.Remove(name);
            else
                result._byName[name] = ToProto(name, value);
        }
        return result;
    }

    internal IEnumerable<AttributeProto> Protos => _byName.Values;

    internal bool HasSubgraph => _byName.Values.Any(a => a.G is not null || a.Graphs.Count > 0);

    internal static Attributes FromProtos(IEnumerable<AttributeProto> protos)
    {
        var result = new Attributes();
        foreach (var proto in protos)
            result._byName[proto.Name] = proto;
        return result;
    }

    /// <summary>A text that is equal for equal attributes: the key under which equal nodes are shared.</summary>
    internal string Key => string.Join(';', _byName.Values.Select(a => a.ToByteString().ToBase64()));

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _byName.Values.Select(a => $"{a.Name}={Describe(a)}"));

    private static string Describe(AttributeProto a) => a.Type switch
    {
        AttributeType.Int => a.I.ToString(CultureInfo.InvariantCulture),
        AttributeType.Float => a.F.ToString(CultureInfo.InvariantCulture),
        AttributeType.String => a.S.ToStringUtf8(),
        AttributeType.Ints => $"[{string.Join(", ", a.Ints)}]",
        AttributeType.Floats => $"[{string.Join(", ", a.Floats.Select(f => f.ToString(CultureInfo.InvariantCulture)))}]",
        AttributeType.Strings => $"[{string.Join(", ", a.Strings.Select(s => s.ToStringUtf8()))}]",
        _ => a.Type.ToString().ToLowerInvariant(),
    };

    internal static AttributeProto ToProto(string name, object value)
    {
        var proto = new AttributeProto { Name = name };
        switch (value)
        {
            case long i: (proto.Type, proto.I) = (AttributeType.Int, i); break;
            case int i: (proto.Type, proto.I) = (AttributeType.Int, i); break;
            case bool b: (proto.Type, proto.I) = (AttributeType.Int, b ? 1 : 0); break;
            case float f: (proto.Type, proto.F) = (AttributeType.Float, f); break;
            case string s: (proto.Type, proto.S) = (AttributeType.String, ByteString.CopyFromUtf8(s)); break;
            case Tensor t: (proto.Type, proto.T) = (AttributeType.Tensor, t.ToProto("")); break;
            case long[] ints: proto.Type = AttributeType.Ints; proto.Ints.AddRange(ints); break;
            case float[] floats: proto.Type = AttributeType.Floats; proto.Floats.AddRange(floats); break;
            case string[] texts: proto.Type = AttributeType.Strings; proto.Strings.AddRange(texts.Select(ByteString.CopyFromUtf8)); break;
            case GraphProto graph: (proto.Type, proto.G) = (AttributeType.Graph, graph); break;
            default: throw new ArgumentException($"The attribute '{name}' cannot hold a value of type {value.GetType()}.");
        }
        return proto;
    }
}
