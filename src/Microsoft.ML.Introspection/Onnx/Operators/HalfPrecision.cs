namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// What the standard has in half precision and ONNX Runtime's processor has not: it is computed in single precision, and rounded.
/// </summary>
internal static class HalfPrecision
{
    /// <summary>The type that an operator cannot be run in; null where it can.</summary>
    public static ElementType? Lacking(string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes)
    {
        var type = operatorType == "ConstantOfShape" ? attributes.Tensor("value")?.Type
            : inputs.FirstOrDefault(i => i?.Type is ElementType.Float16 or ElementType.BFloat16)?.Type;
        return type switch
        {
            // Of the other there are but the operators that move elements of any type.
            ElementType.BFloat16 => operatorType is "Cast" or "CastLike" or "Identity" or "Shape" or "Size" or "Reshape" or "Flatten"
                or "Squeeze" or "Unsqueeze" or "Transpose" ? null : type,
            ElementType.Float16 =>
                operatorType is "ScatterElements" or "ScatterND" && attributes.Text("reduction", "none") != "none" ? type : null,
            _ => null,
        };
    }

    /// <summary>The value as writers of rows have it: brain floats in single precision.</summary>
    public static Value Readable(this Value value) => value.Type == ElementType.BFloat16 ? value.Cast(ElementType.Float) : value;

    /// <summary>The results of the operator in single precision, rounded to the type that it lacks.</summary>
    public static IReadOnlyList<Value> InSingle(Graph graph, string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes,
        int outputs, ElementType lacking)
    {
        Value?[] wide = [.. inputs.Select(i => i?.Type == lacking ? i.Cast(ElementType.Float) : i)];
        if (attributes.Tensor("value") is { } value)
            attributes = attributes.With(("value", Tensor.FromDoubles(ElementType.Float, value.ToDouble(), value.Dimensions)));
        return [.. graph.Emit(operatorType, wide, attributes, outputs).Select(o => o.Type == ElementType.Float ? o.Cast(lacking) : o)];
    }
}
