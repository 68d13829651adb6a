using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>A model with all its floating-point numbers in another precision, so that small differences of it can be told.</summary>
internal static class DoublePrecision
{
    /// <summary>The model in a precision; null where it holds what cannot be retyped.</summary>
    public static OnnxModel? Of(ModelProto model, ElementType type)
    {
        var copy = model.Clone();
        try
        {
            Retype(copy.Graph, type);
        }
        catch (NotSupportedException)
        {
            return null;
        }
        return new OnnxModel(copy);
    }

    public static Tensor Of(Tensor tensor, ElementType type) =>
        tensor.Type.IsFloating() && tensor.Type != type ? Tensor.FromDoubles(type, tensor.ToDouble(), tensor.Dimensions) : tensor;

    private static void Retype(GraphProto graph, ElementType type)
    {
        foreach (var info in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
            if (info.Type?.TensorType is { } tensor && ((ElementType)tensor.ElemType).IsFloating())
                tensor.ElemType = (int)type;
        for (var i = 0; i < graph.Initializer.Count; i++)
            graph.Initializer[i] = Retyped(graph.Initializer[i], type);
        foreach (var node in graph.Node)
        {
            foreach (var attribute in node.Attribute)
            {
                if (attribute.T is not null)
                    attribute.T = Retyped(attribute.T, type);
                if (attribute.Name is "to" or "dtype" or "output_dtype" or "stash_type" && ((ElementType)attribute.I).IsFloating()
                    && (attribute.Name != "stash_type" || type == ElementType.Float))
                    attribute.I = (int)type;
                if (attribute.G is not null)
                    Retype(attribute.G, type);
            }
            if (node.OpType == "Constant" && ConstantFolding.Literal(Attributes.FromProtos(node.Attribute)) is { } literal
                && literal.Type.IsFloating())
            {
                node.Attribute.Clear();
                node.Attribute.Add(Attributes.ToProto("value", Of(literal, type)));
            }
        }
    }

    private static TensorProto Retyped(TensorProto proto, ElementType type) =>
        ((ElementType)proto.DataType).IsFloating() ? Of(Tensor.FromProto(proto), type).ToProto(proto.Name) : proto;
}
