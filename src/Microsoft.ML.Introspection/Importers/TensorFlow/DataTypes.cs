using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>TensorFlow's types, shapes and constants as those of ONNX.</summary>
internal static class DataTypes
{
    // Types of references, which graphs of the first TensorFlow have, are those of values and this.
    private const int Reference = 100;

    /// <summary>The type of elements.</summary>
    /// <param name="type">TensorFlow's.</param>
    /// <param name="of">What has it, for messages.</param>
    /// <exception cref="InvalidModelException">No network can compute with it.</exception>
    public static ElementType Of(DataType type, string of) => (DataType)((int)type > Reference ? (int)type - Reference : (int)type) switch
    {
        DataType.DtFloat => ElementType.Float,
        DataType.DtDouble => ElementType.Double,
        DataType.DtHalf => ElementType.Float16,
        DataType.DtBfloat16 => ElementType.BFloat16,
        DataType.DtInt64 => ElementType.Int64,
        DataType.DtInt32 => ElementType.Int32,
        DataType.DtInt16 => ElementType.Int16,
        DataType.DtInt8 => ElementType.Int8,
        DataType.DtUint64 => ElementType.UInt64,
        DataType.DtUint32 => ElementType.UInt32,
        DataType.DtUint16 => ElementType.UInt16,
        DataType.DtUint8 => ElementType.UInt8,
        DataType.DtBool => ElementType.Bool,
        _ => throw new InvalidModelException($"'{of}' holds elements of TensorFlow's type {Name(type)}, with which no network here "
            + "can compute."),
    };

    /// <summary>The type that is computed with: 32-bit integers are extents and positions, which ONNX has with 64 bits.</summary>
    public static ElementType Computed(ElementType type) => type == ElementType.Int32 ? ElementType.Int64 : type;

    /// <summary>How a type is called in messages.</summary>
    public static string Name(DataType type) => type switch
    {
        DataType.DtString => "string",
        DataType.DtVariant => "variant",
        DataType.DtResource => "resource",
        _ => type.ToString(),
    };

    /// <summary>A constant's extents.</summary>
    /// <exception cref="InvalidModelException">One is open.</exception>
    public static long[] Extents(TensorShapeProto? shape, string of)
    {
        if (shape is { UnknownRank: true } || shape?.Dim.Any(d => d.Size < 0) == true)
            throw new InvalidModelException($"The shape of '{of}' is open; that of a constant was expected.");
        return [.. shape?.Dim.Select(d => d.Size) ?? []];
    }

    /// <summary>A constant with 32-bit integers as 64-bit ones.</summary>
    public static Tensor Widened(Tensor tensor) => tensor.Type == ElementType.Int32
        ? Tensor.From(tensor.ToInt64(), tensor.Dimensions) : tensor;

    /// <summary>A constant of a graph: its bytes, or numbers of which the last fills what they leave open.</summary>
    /// <exception cref="InvalidModelException">It is damaged, or holds what no network can compute with.</exception>
    public static Tensor Constant(TensorProto proto, string of)
    {
        var type = Of(proto.Dtype, of);
        var shape = Extents(proto.TensorShape, of);
        var count = Sizes.Count(shape, of);
        if (proto.TensorContent.Length > 0)
            return (Int128)count * type.Size() == proto.TensorContent.Length
                ? Widened(Tensor.FromBytes(type, shape, proto.TensorContent.Memory))
                : throw new InvalidModelException($"The constant '{of}' of type {type} and shape {Shape.Of(shape)} needs {count:N0} "
                    + $"elements of {type.Size()} bytes; the file holds {proto.TensorContent.Length:N0} bytes.");
        return Widened(type switch
        {
            ElementType.Float => Filled<float>([.. proto.FloatVal]),
            ElementType.Double => Filled<double>([.. proto.DoubleVal]),
            ElementType.Int64 => Filled<long>([.. proto.Int64Val]),
            ElementType.UInt64 => Filled<ulong>([.. proto.Uint64Val]),
            ElementType.UInt32 => Filled<uint>([.. proto.Uint32Val]),
            ElementType.Int32 => Filled<int>([.. proto.IntVal]),
            ElementType.Bool => Filled<bool>([.. proto.BoolVal]),
            ElementType.Float16 or ElementType.BFloat16 => Bits(Filled<ushort>([.. proto.HalfVal.Select(h => (ushort)h)])),
            ElementType.Int16 => Filled<short>([.. proto.IntVal.Select(i => (short)i)]),
            ElementType.UInt16 => Filled<ushort>([.. proto.IntVal.Select(i => (ushort)i)]),
            ElementType.Int8 => Filled<sbyte>([.. proto.IntVal.Select(i => (sbyte)i)]),
            _ => Filled<byte>([.. proto.IntVal.Select(i => (byte)i)]),
        });

        Tensor Filled<T>(ReadOnlySpan<T> given) where T : unmanaged
        {
            if (given.Length > count)
                throw new InvalidModelException($"The constant '{of}' of shape {Shape.Of(shape)} is given {given.Length:N0} numbers.");
            // A few bytes can claim any number of elements.
            if (count > ConstantShaping.MaximumElements && given.Length < count)
                throw new InvalidModelException($"The constant '{of}' of shape {Shape.Of(shape)} is told by {given.Length:N0} numbers "
                    + $"alone; at most {ConstantShaping.MaximumElements:N0} elements are made of fewer.");
            var elements = new T[Sizes.Bytes(count, 1)];
            given.CopyTo(elements);
            elements.AsSpan(given.Length).Fill(given.IsEmpty ? default : given[^1]);
            return Tensor.From((ReadOnlySpan<T>)elements, shape);
        }

        Tensor Bits(Tensor bits) => Tensor.FromBytes(type, shape, bits.Bytes);
    }
}
