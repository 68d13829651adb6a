using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>
/// The attributes of a node. Files leave those out that have the default of the operator's definition, so whoever asks says it.
/// </summary>
internal sealed class NodeAttributes(NodeDef node)
{
    public bool Has(string name) => node.Attr.ContainsKey(name);

    public long Int(string name, long otherwise = 0) => node.Attr.TryGetValue(name, out var a) ? a.I : otherwise;

    public float Float(string name, float otherwise = 0) => node.Attr.TryGetValue(name, out var a) ? a.F : otherwise;

    public bool Truth(string name, bool otherwise = false) => node.Attr.TryGetValue(name, out var a) ? a.B : otherwise;

    public string Text(string name, string otherwise = "") => node.Attr.TryGetValue(name, out var a) ? a.S.ToStringUtf8() : otherwise;

    public long[] Ints(string name, params long[] otherwise) => node.Attr.TryGetValue(name, out var a) && a.List is { } list
        ? [.. list.I] : otherwise;

    public float[] Floats(string name) => node.Attr.TryGetValue(name, out var a) && a.List is { } list ? [.. list.F] : [];

    public TensorProto? Tensor(string name) => node.Attr.TryGetValue(name, out var a) ? a.Tensor : null;

    public TensorShapeProto? Shape(string name) => node.Attr.TryGetValue(name, out var a) ? a.Shape : null;

    public IEnumerable<TensorShapeProto> Shapes(string name) =>
        node.Attr.TryGetValue(name, out var a) && a.List is { } list ? list.Shape : [];

    public DataType Type(string name, DataType otherwise = DataType.DtInvalid) =>
        node.Attr.TryGetValue(name, out var a) ? a.Type : otherwise;

    /// <summary>The type of elements that an attribute names.</summary>
    public ElementType Element(string name, DataType otherwise = DataType.DtFloat) => DataTypes.Of(Type(name, otherwise), node.Name);

    /// <summary>The function that an attribute names.</summary>
    public string Function(string name) => node.Attr.TryGetValue(name, out var a) && a.Func is { } function ? function.Name
        : throw new InvalidModelException($"The node '{node.Name}' ({node.Op}) names no function as its '{name}'.");
}
