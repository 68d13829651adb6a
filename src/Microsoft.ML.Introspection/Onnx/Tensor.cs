using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>A constant of a graph: element type, extents, and the elements in row-major order. Immutable.</summary>
public sealed class Tensor
{
    private readonly long[] _dimensions;

    private Tensor(ElementType type, long[] dimensions, ReadOnlyMemory<byte> bytes, TensorProto? opaque)
    {
        (Type, _dimensions, Bytes, Opaque) = (type, dimensions, bytes, opaque);
        Count = Sizes.Count(dimensions);
    }

    /// <summary>The type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>The extents; none for a scalar.</summary>
    public ReadOnlySpan<long> Dimensions => _dimensions;

    /// <summary>The extents as a shape.</summary>
    public Shape Shape => Shape.Of(_dimensions);

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>The elements, little-endian; empty for text and for packed types that are only carried along.</summary>
    internal ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The original of a tensor whose elements we only carry along (text, 4-bit and 8-bit floats).</summary>
    internal TensorProto? Opaque { get; }

    /// <summary>A tensor of the given elements.</summary>
    /// <exception cref="ArgumentException">The number of elements is not the product of the extents.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> elements, params ReadOnlySpan<long> dimensions) where T : unmanaged
    {
        if (Sizes.Count(dimensions) != elements.Length)
            throw new ArgumentException($"{elements.Length} elements do not fill a tensor of shape {Shape.Of(dimensions)}.");
        return new Tensor(ElementTypes.Of<T>(), dimensions.ToArray(), MemoryMarshal.AsBytes(elements).ToArray(), null);
    }

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, ReadOnlySpan{long})"/>
    public static Tensor From<T>(T[] elements, params ReadOnlySpan<long> dimensions) where T : unmanaged =>
        From((ReadOnlySpan<T>)elements, dimensions);

    /// <summary>A tensor of rank 0.</summary>
    public static Tensor Scalar<T>(T value) where T : unmanaged => From((ReadOnlySpan<T>)[value]);

    /// <summary>A tensor of rank 1.</summary>
    public static Tensor Vector<T>(params ReadOnlySpan<T> elements) where T : unmanaged => From(elements, elements.Length);

    /// <summary>A tensor of a type chosen at run time; fractions are cut off for whole numbers.</summary>
    public static Tensor FromDoubles(ElementType type, double[] elements, params ReadOnlySpan<long> dimensions) => type switch
    {
        ElementType.Double => From(elements, dimensions),
        ElementType.Float => From(Array.ConvertAll(elements, e => (float)e), dimensions),
        ElementType.Float16 => From(Array.ConvertAll(elements, e => (Half)e), dimensions),
        ElementType.BFloat16 => new(type, dimensions.ToArray(),
            MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(From(elements, dimensions).ToDouble(), Brain)).ToArray(), null),
        ElementType.Int64 => From(Array.ConvertAll(elements, e => (long)e), dimensions),
        ElementType.Int32 => From(Array.ConvertAll(elements, e => (int)e), dimensions),
        ElementType.UInt8 => From(Array.ConvertAll(elements, e => (byte)e), dimensions),
        ElementType.Bool => From(Array.ConvertAll(elements, e => e != 0), dimensions),
        _ => throw new NotSupportedException($"A tensor of type {type} cannot be made from numbers of double precision."),
    };

    /// <summary>A scalar or filled tensor of a floating or integer type chosen at run time.</summary>
    public static Tensor Filled(ElementType type, double value, params ReadOnlySpan<long> dimensions)
    {
        var count = Sizes.Count(dimensions);
        var bytes = new byte[Sizes.Bytes(count, type.Size())];
        switch (type)
        {
            case ElementType.Float: MemoryMarshal.Cast<byte, float>(bytes.AsSpan()).Fill((float)value); break;
            case ElementType.Double: MemoryMarshal.Cast<byte, double>(bytes.AsSpan()).Fill(value); break;
            case ElementType.Float16: MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()).Fill((Half)value); break;
            case ElementType.BFloat16: MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan())
                .Fill(Brain(value)); break;
            case ElementType.Int64: MemoryMarshal.Cast<byte, long>(bytes.AsSpan()).Fill((long)value); break;
            case ElementType.Int32: MemoryMarshal.Cast<byte, int>(bytes.AsSpan()).Fill((int)value); break;
            case ElementType.Int16: MemoryMarshal.Cast<byte, short>(bytes.AsSpan()).Fill((short)value); break;
            case ElementType.UInt32: MemoryMarshal.Cast<byte, uint>(bytes.AsSpan()).Fill((uint)value); break;
            case ElementType.UInt64: MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan()).Fill((ulong)value); break;
            case ElementType.UInt16: MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan()).Fill((ushort)value); break;
            case ElementType.Int8: MemoryMarshal.Cast<byte, sbyte>(bytes.AsSpan()).Fill((sbyte)value); break;
            case ElementType.UInt8: bytes.AsSpan().Fill((byte)value); break;
            case ElementType.Bool: bytes.AsSpan().Fill(value != 0 ? (byte)1 : (byte)0); break;
            default: throw new NotSupportedException($"A tensor of type {type} cannot be filled with a number.");
        }
        return new Tensor(type, dimensions.ToArray(), bytes, null);
    }

    /// <summary>The elements, when they are of type <typeparamref name="T"/>.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<T> As<T>() where T : unmanaged => ElementTypes.Of<T>() == Type
        ? MemoryMarshal.Cast<byte, T>(Bytes.Span)
        : throw new InvalidOperationException($"The tensor holds elements of type {Type}, not {typeof(T).Name}.");

    /// <summary>The elements as 64-bit integers; 32-bit ones are widened.</summary>
    public long[] ToInt64() => Type switch
    {
        ElementType.Int64 => As<long>().ToArray(),
        ElementType.Int32 => Array.ConvertAll(As<int>().ToArray(), i => (long)i),
        _ => throw new InvalidOperationException($"The tensor holds elements of type {Type}; integers were expected."),
    };

    /// <summary>The elements as numbers of double precision.</summary>
    public double[] ToDouble() => Type switch
    {
        ElementType.Double => As<double>().ToArray(),
        ElementType.Float => Array.ConvertAll(As<float>().ToArray(), f => (double)f),
        ElementType.Float16 => Array.ConvertAll(As<Half>().ToArray(), h => (double)h),
        ElementType.BFloat16 => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(Bytes.Span).ToArray(),
            b => (double)BitConverter.UInt32BitsToSingle((uint)b << 16)),
        ElementType.UInt8 => Array.ConvertAll(As<byte>().ToArray(), b => (double)b),
        ElementType.Int8 => Array.ConvertAll(As<sbyte>().ToArray(), b => (double)b),
        ElementType.UInt16 => Array.ConvertAll(As<ushort>().ToArray(), i => (double)i),
        ElementType.Int16 => Array.ConvertAll(As<short>().ToArray(), i => (double)i),
        ElementType.UInt32 => Array.ConvertAll(As<uint>().ToArray(), i => (double)i),
        ElementType.UInt64 => Array.ConvertAll(As<ulong>().ToArray(), i => (double)i),
        ElementType.Bool => Array.ConvertAll(Bytes.ToArray(), b => (double)b),
        _ => Array.ConvertAll(ToInt64(), l => (double)l),
    };

    /// <summary>The same elements under other extents.</summary>
    internal Tensor Reshaped(params ReadOnlySpan<long> dimensions) =>
        Sizes.Count(dimensions) == Count
            ? new Tensor(Type, dimensions.ToArray(), Bytes, null)
            : throw new ArgumentException($"A tensor of shape {Shape} cannot take the shape {Shape.Of(dimensions)}.");

    internal static Tensor FromBytes(ElementType type, ReadOnlySpan<long> dimensions, ReadOnlyMemory<byte> bytes) =>
        new(type, dimensions.ToArray(), bytes, null);

    /// <summary>Reads a tensor of a file whose data lies in the file itself.</summary>
    /// <exception cref="InvalidModelException">The extents and the data do not agree.</exception>
    internal static Tensor FromProto(TensorProto proto)
    {
        var type = (ElementType)proto.DataType;
        long[] dimensions = [.. proto.Dims];
        var count = Sizes.Count(dimensions, proto.Name);
        if (type.Size() == 0)
            return new Tensor(type, dimensions, default, proto);

        var bytes = proto.RawData.Length > 0 || count == 0 ? proto.RawData.Memory : Packed(proto, type);
        if (bytes.Length % type.Size() != 0 || bytes.Length / type.Size() != count)
            throw new InvalidModelException(
                $"The tensor '{proto.Name}' of type {type} and shape {Shape.Of(dimensions)} needs {count:N0} elements of {type.Size()} "
                    + $"bytes; the file holds {bytes.Length:N0} bytes. The file is damaged.");
        return new Tensor(type, dimensions, bytes, null);
    }

    /// <summary>
    /// Puts the elements of weights that a file has as repeated numbers into bytes: copies of a model share those, and would copy the
    /// numbers each time.
    /// </summary>
    internal static void Pack(IEnumerable<TensorProto> weights)
    {
        foreach (var proto in weights.Where(w => w.FloatData.Count > 0 && w.RawData.Length == 0 && w.DataType == (int)ElementType.Float))
        {
            proto.RawData = UnsafeByteOperations.UnsafeWrap(Packed(proto, ElementType.Float));
            proto.FloatData.Clear();
        }
    }

    internal TensorProto ToProto(string name)
    {
        if (Opaque is not null)
            return new TensorProto(Opaque) { Name = name };
        var proto = new TensorProto { Name = name, DataType = (int)Type, RawData = UnsafeByteOperations.UnsafeWrap(Bytes) };
        proto.Dims.AddRange(_dimensions);
        return proto;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Type}{Shape}";

    // Small integers and halves travel in 32-bit fields.
    private static byte[] Packed(TensorProto proto, ElementType type) => type switch
    {
        ElementType.Float => ToBytes<float>([.. proto.FloatData]),
        ElementType.Double => ToBytes<double>([.. proto.DoubleData]),
        ElementType.Int64 => ToBytes<long>([.. proto.Int64Data]),
        ElementType.UInt64 => ToBytes<ulong>([.. proto.Uint64Data]),
        ElementType.UInt32 => ToBytes<uint>([.. proto.Uint64Data.Select(u => (uint)u)]),
        ElementType.Int32 => ToBytes<int>([.. proto.Int32Data]),
        ElementType.Int16 or ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 =>
            ToBytes<short>([.. proto.Int32Data.Select(i => (short)i)]),
        _ => [.. proto.Int32Data.Select(i => (byte)i)],
    };

    private static byte[] ToBytes<T>(T[] elements) where T : unmanaged => MemoryMarshal.AsBytes(elements.AsSpan()).ToArray();

    // The upper half of single precision, rounded to the nearest, to even between two.
    private static ushort Brain(double value) => BitConverter.SingleToUInt32Bits((float)value) is var bits && double.IsNaN(value)
        ? (ushort)((bits >> 16) | 1) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}
