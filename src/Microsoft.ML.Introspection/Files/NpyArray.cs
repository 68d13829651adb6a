using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Files;

/// <summary>An array of numbers as NumPy's <c>.npy</c> files hold it, wholly in memory.</summary>
/// <remarks>
/// Read are versions 1.0 to 3.0, both byte orders and both index orders; written is version 1.0, little-endian, C order.
/// Python objects, records, strings and complex numbers are refused. Use <see cref="NpyReader"/> and <see cref="NpyWriter"/>
/// for arrays larger than memory.
/// </remarks>
public sealed class NpyArray
{
    private readonly string _source;

    // Elements in C order and this machine's byte order.
    private readonly ReadOnlyMemory<byte> _elements;

    private NpyArray(NpyType type, int[] shape, ReadOnlyMemory<byte> elements, string source) =>
        (Type, Shape, _elements, _source) = (type, Array.AsReadOnly(shape), elements, source);

    /// <summary>The element type in the file.</summary>
    public NpyType Type { get; }

    /// <summary>The dimensions, slowest first; none for a scalar.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Number of elements.</summary>
    public int Count => _elements.Length / Type.Size();

    /// <summary>An array of 32-bit floating-point numbers.</summary>
    /// <param name="values">The elements in C order; copied.</param>
    /// <param name="shape">The dimensions; without any, one dimension of all values.</param>
    public static NpyArray From(ReadOnlySpan<float> values, params int[] shape) => Create(NpyType.Single, values, shape);

    /// <summary>An array of 64-bit floating-point numbers.</summary>
    /// <inheritdoc cref="From(ReadOnlySpan{float}, int[])"/>
    public static NpyArray From(ReadOnlySpan<double> values, params int[] shape) => Create(NpyType.Double, values, shape);

    /// <summary>An array of 64-bit integers.</summary>
    /// <inheritdoc cref="From(ReadOnlySpan{float}, int[])"/>
    public static NpyArray From(ReadOnlySpan<long> values, params int[] shape) => Create(NpyType.Int64, values, shape);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumBytes">The largest file to accept; it is held in memory once.</param>
    /// <exception cref="InvalidDataException">The file is damaged, is no array of numbers, or is too large.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static NpyArray Load(string path, long maximumBytes = int.MaxValue)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Read(stream, path, maximumBytes);
    }

    /// <summary>Reads a stream that holds one array and ends with it.</summary>
    /// <param name="stream">The stream; it need not be able to seek. Left open.</param>
    /// <param name="source">What to call it in error messages.</param>
    /// <param name="maximumBytes">The largest content to accept.</param>
    /// <exception cref="InvalidDataException">The content is damaged, is no array of numbers, or is too large.</exception>
    public static NpyArray Read(Stream stream, string source = "stream", long maximumBytes = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Parse(BoundedContent.Read(stream, maximumBytes, source), source);
    }

    /// <summary>The elements in C order, converted to 32-bit floating point (rounding where they have more digits).</summary>
    public float[] ToSingles() => Decode<float>();

    /// <summary>The elements in C order, converted to 64-bit floating point (rounding integers beyond 2⁵³).</summary>
    public double[] ToDoubles() => Decode<double>();

    /// <summary>The elements in C order as 64-bit integers.</summary>
    /// <exception cref="InvalidDataException">An element has a fraction, is not finite or is out of range.</exception>
    public long[] ToInt64s() => Decode<long>();

    /// <summary>Writes the array to a file, which appears whole or not at all.</summary>
    public void Save(string path) => AtomicFile.Write(path, Write);

    /// <summary>Writes the array to a stream, which is left open.</summary>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(NpyHeader.Encode(Type, [.. Shape.Select(dimension => (long)dimension)]));
        if (BitConverter.IsLittleEndian || Type.Size() == 1)
        {
            stream.Write(_elements.Span);
            return;
        }

        var reversed = _elements.ToArray();
        NpyElements.ReverseBytes(reversed, Type.Size());
        stream.Write(reversed);
    }

    /// <summary>Type and shape, as <c>Single (10, 3, 32, 32)</c>.</summary>
    public override string ToString() => $"{Type} ({string.Join(", ", Shape)})";

    /// <summary>The array by rows, without copying it.</summary>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="InvalidDataException">It is a single number, or its rows are empty.</exception>
    internal NpyReader ToReader(string source) => new(_elements, Type, [.. Shape.Select(d => (long)d)], source);

    /// <summary>Takes over the content of a whole file.</summary>
    internal static NpyArray Parse(Memory<byte> file, string source)
    {
        var header = NpyHeader.Parse(file.Span, source);
        var elements = file[header.DataOffset..];
        header.CheckSize(elements.Length, source);
        if (header.Shape.Any(dimension => dimension > int.MaxValue))
        {
            throw new InvalidDataException(
                $"'{source}' claims the shape ({string.Join(", ", header.Shape)}); no dimension may exceed {int.MaxValue}.");
        }

        var shape = Array.ConvertAll(header.Shape, dimension => (int)dimension);
        if (header.SwapsBytes)
            NpyElements.ReverseBytes(elements.Span, header.Type.Size());
        if (header.NeedsTransposing)
            elements = ToCOrder(elements.Span, shape, header.Type.Size());
        return new NpyArray(header.Type, shape, elements, source);
    }

    private static NpyArray Create<T>(NpyType type, ReadOnlySpan<T> values, int[] shape) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(shape);
        int[] dimensions = shape.Length == 0 ? [values.Length] : [.. shape];
        var count = dimensions.Aggregate((Int128)1, (product, dimension) => Int128.Min(product * dimension, long.MaxValue));
        if (count != values.Length || dimensions.Any(dimension => dimension < 0))
        {
            throw new ArgumentException(
                $"The shape ({string.Join(", ", dimensions)}) does not hold the {values.Length} values given.",
                nameof(shape));
        }

        return new NpyArray(type, dimensions, MemoryMarshal.AsBytes(values).ToArray(), "array");
    }

    private T[] Decode<T>() where T : unmanaged, INumber<T>
    {
        var values = new T[Count];
        NpyElements.Decode<T>(Type, _elements.Span, values, _source);
        return values;
    }

    private static byte[] ToCOrder(ReadOnlySpan<byte> fortran, int[] shape, int size)
    {
        var result = new byte[fortran.Length];
        var stride = new long[shape.Length];
        for (var axis = 0; axis < shape.Length; axis++)
            stride[axis] = axis == 0 ? size : stride[axis - 1] * shape[axis - 1];

        // Counts through the indices as C orders them, keeping the place in the file along.
        var index = new int[shape.Length];
        long from = 0;
        for (var to = 0; to < result.Length; to += size)
        {
            fortran.Slice((int)from, size).CopyTo(result.AsSpan(to));
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                from += stride[axis];
                if (++index[axis] < shape[axis])
                    break;
                from -= stride[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return result;
    }
}
