using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>What a model's file declares of an input or output.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its extents; null where the file does not even tell the rank.</param>
public sealed record TensorInfo(string Name, ElementType Type, Shape? Shape)
{
    internal static TensorInfo FromProto(ValueInfoProto proto)
    {
        var tensor = proto.Type?.TensorType;
        var shape = tensor?.Shape is null ? null : new Shape(tensor.Shape.Dim.Select(d => d.ValueCase switch
        {
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue => (Dimension)d.DimValue,
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam => Dimension.Symbol(d.DimParam),
            _ => Dimension.Unknown,
        }));
        return new TensorInfo(proto.Name, (ElementType)(tensor?.ElemType ?? 0), shape);
    }

    internal static TypeProto ToProto(ElementType type, Shape? shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type };
        if (shape is not null)
        {
            tensor.Shape = new TensorShapeProto();
            tensor.Shape.Dim.AddRange(shape.Select(d => d switch
            {
                { IsKnown: true } => new TensorShapeProto.Types.Dimension { DimValue = d.Value },
                { IsUnknown: true } => new TensorShapeProto.Types.Dimension(),
                _ => new TensorShapeProto.Types.Dimension { DimParam = d.ToString() },
            }));
        }
        return new TypeProto { TensorType = tensor };
    }

    /// <summary>An input of a graph for values of this type; brain floats, which no reader of rows has, are made of singles.</summary>
    internal Value AsInput(Graph graph, string? name = null) => Type == ElementType.BFloat16
        ? graph.Input(name ?? Name, ElementType.Float, Shape!).Cast(Type)
        : graph.Input(name ?? Name, Type, Shape!);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type}{Shape}";
}
