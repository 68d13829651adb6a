namespace Microsoft.ML.Introspection.Onnx;

/// <summary>The element types of ONNX tensors; the numbers are those of the file format.</summary>
public enum ElementType
{
    /// <summary>No type is known.</summary>
    Undefined = 0,
    /// <summary>32-bit floating point.</summary>
    Float = 1,
    /// <summary>Unsigned byte.</summary>
    UInt8 = 2,
    /// <summary>Signed byte.</summary>
    Int8 = 3,
    /// <summary>Unsigned 16-bit integer.</summary>
    UInt16 = 4,
    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 5,
    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 6,
    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 7,
    /// <summary>Text; carried along, never computed with.</summary>
    String = 8,
    /// <summary>Truth value, one byte.</summary>
    Bool = 9,
    /// <summary>16-bit floating point (IEEE half).</summary>
    Float16 = 10,
    /// <summary>64-bit floating point.</summary>
    Double = 11,
    /// <summary>Unsigned 32-bit integer.</summary>
    UInt32 = 12,
    /// <summary>Unsigned 64-bit integer.</summary>
    UInt64 = 13,
    /// <summary>16-bit floating point with eight exponent bits.</summary>
    BFloat16 = 16,
}

/// <summary>What the engine needs to know of an element type.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element, or 0 for text and packed types that have no whole number of bytes.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Float or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Double or ElementType.Int64 or ElementType.UInt64 => 8,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 or ElementType.UInt16 => 2,
        ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 1,
        _ => 0,
    };

    /// <summary>Whether gradients can flow through values of this type.</summary>
    public static bool IsFloating(this ElementType type) =>
        type is ElementType.Float or ElementType.Double or ElementType.Float16 or ElementType.BFloat16;

    /// <summary>The element type that stores <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">ONNX has no tensor of <typeparamref name="T"/>.</exception>
    public static ElementType Of<T>() where T : unmanaged =>
        Cached<T>.Type is var type and not ElementType.Undefined ? type : Of(typeof(T));

    /// <summary>The element type that stores a CLR type.</summary>
    /// <exception cref="NotSupportedException">ONNX has no tensor of that type.</exception>
    public static ElementType Of(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Single => ElementType.Float,
        TypeCode.Double => ElementType.Double,
        TypeCode.SByte => ElementType.Int8,
        TypeCode.Byte => ElementType.UInt8,
        TypeCode.Int16 => ElementType.Int16,
        TypeCode.UInt16 => ElementType.UInt16,
        TypeCode.Int32 => ElementType.Int32,
        TypeCode.UInt32 => ElementType.UInt32,
        TypeCode.Int64 => ElementType.Int64,
        TypeCode.UInt64 => ElementType.UInt64,
        TypeCode.Boolean => ElementType.Bool,
        _ when type == typeof(Half) => ElementType.Float16,
        _ => throw new NotSupportedException($"A tensor cannot hold elements of type {type}."),
    };

    // Asked for every row of every batch.
    private static class Cached<T>
    {
        public static readonly ElementType Type =
            System.Type.GetTypeCode(typeof(T)) is TypeCode.Object && typeof(T) != typeof(Half) ? ElementType.Undefined : Of(typeof(T));
    }
}
