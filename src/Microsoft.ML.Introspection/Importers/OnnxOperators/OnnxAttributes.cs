using System.Globalization;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>The attributes of an operator with trees, of the lengths that they must have.</summary>
internal sealed class OnnxAttributes(NodeProto node)
{
    private readonly Attributes _attributes = Attributes.FromProtos(node.Attribute);

    /// <summary>A whole number.</summary>
    public long Whole(string name, long otherwise) => _attributes.Int(name, otherwise);

    /// <summary>A text.</summary>
    public string Text(string name, string otherwise) => _attributes.Text(name, otherwise);

    /// <summary>Texts; null where there are none.</summary>
    public string[]? Texts(string name) => _attributes.Texts(name) is { Length: > 0 } texts ? texts : null;

    /// <summary>Whole numbers; null where there are none.</summary>
    /// <exception cref="InvalidModelException">There are more or fewer than <paramref name="count"/>.</exception>
    public long[]? Wholes(string name, int? count = null) =>
        _attributes.Ints(name) is { Length: > 0 } numbers ? OfLength(numbers, name, count) : null;

    /// <summary>Whole numbers that must be there.</summary>
    /// <inheritdoc cref="Wholes"/>
    public long[] Required(string name, int? count = null) => Wholes(name, count) ?? (count is null or 0 ? [] : throw Lacks(name, count));

    /// <summary>Numbers of single precision from a list, of double from a tensor, whichever is there; null where neither is.</summary>
    /// <exception cref="InvalidModelException">There are more or fewer than <paramref name="count"/>.</exception>
    public double[]? Reals(string name, int? count = null) =>
        _attributes.Floats(name) is { Length: > 0 } singles ? OfLength(Array.ConvertAll(singles, s => (double)s), name, count)
        : (Tensor(name + "_as_tensor") ?? Tensor(name)) is { } tensor ? OfLength(tensor, name, count)
        : null;

    /// <summary>Small whole numbers from a tensor.</summary>
    /// <inheritdoc cref="Required"/>
    public byte[] Bytes(string name) => _attributes.Tensor(name) is { Type: ElementType.UInt8 } tensor
        ? tensor.As<byte>().ToArray()
        : throw new InvalidModelException($"It has no tensor of bytes '{name}'. The file is damaged.");

    /// <summary>That an attribute is missing.</summary>
    public static InvalidModelException Lacks(string name, int? count = null) => new(
        "It has no "
            + $"'{name}'{(count is null ? "" : $"; {count.Value.ToString("N0", CultureInfo.InvariantCulture)} values were expected")}. "
                + "The file is damaged.");

    private double[]? Tensor(string name) => _attributes.Tensor(name) switch
    {
        null or { Count: 0 } => null,
        { Type: ElementType.Float or ElementType.Double or ElementType.Float16 } tensor => tensor.ToDouble(),
        var other =>
            throw new InvalidModelException($"'{name}' holds elements of type {other.Type}; floating-point numbers were expected."),
    };

    private static T[] OfLength<T>(T[] list, string name, int? count) => count is null || list.Length == count
        ? list
        : throw new InvalidModelException($"'{name}' holds {list.Length:N0} values; {count:N0} were expected. The file is damaged.");
}
