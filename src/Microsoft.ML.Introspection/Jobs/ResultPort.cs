using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>The numbers of the first rows of the last block.</summary>
/// <param name="rows">How many rows.</param>
public delegate ReadOnlySpan<T> RowsOf<T>(int rows);

/// <summary>Numbers that a work gives for each row, under a name.</summary>
/// <param name="name">The name.</param>
/// <param name="type">The type of the numbers; one that NumPy has too.</param>
/// <param name="rowShape">The extents of one row; none where a row is one number.</param>
/// <param name="bytes">The bytes of the first rows of the last block, in this machine's order.</param>
/// <exception cref="NotSupportedException">Numbers of this type cannot be written to a file.</exception>
public sealed class ResultPort(string name, ElementType type, IReadOnlyList<int> rowShape, RowsOf<byte> bytes)
{
    /// <summary>The name.</summary>
    public string Name => name;

    /// <summary>The type of the numbers.</summary>
    public ElementType Type => type;

    /// <summary>The extents of one row.</summary>
    public IReadOnlyList<int> RowShape => rowShape;

    /// <summary>The numbers in a row.</summary>
    public int Width { get; } = rowShape.Aggregate(1, (product, extent) => checked(product * extent));

    /// <summary>The type of the numbers in a file.</summary>
    public NpyType FileType { get; } = type.Array() ?? throw new NotSupportedException(
        $"The output '{name}' is of type {type}, which cannot be written to a file. Convert the model to 32-bit floating point.");

    /// <summary>The port of some memory.</summary>
    /// <param name="name">The name.</param>
    /// <param name="rowShape">The extents of one row.</param>
    /// <param name="rows">Gives the numbers of the first rows of the last block.</param>
    public static ResultPort Of<T>(string name, IReadOnlyList<int> rowShape, Func<int, ReadOnlyMemory<T>> rows) where T : unmanaged =>
        new(name, ElementTypes.Of<T>(), rowShape, count => MemoryMarshal.AsBytes(rows(count).Span));

    /// <inheritdoc cref="Of{T}(string, IReadOnlyList{int}, Func{int, ReadOnlyMemory{T}})"/>
    public static ResultPort Of<T>(string name, IReadOnlyList<int> rowShape, RowsOf<T> rows) where T : unmanaged =>
        new(name, ElementTypes.Of<T>(), rowShape, count => MemoryMarshal.AsBytes(rows(count)));

    /// <summary>The bytes of the results of the first rows of the last block.</summary>
    public ReadOnlySpan<byte> Bytes(int rows) => bytes(rows);

    /// <summary>The results of a row of the last block.</summary>
    public ReadOnlySpan<T> Row<T>(int row) where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes(row + 1))[^Width..];

    /// <summary>Appends some results of a row as texts that read back as the same numbers.</summary>
    /// <param name="row">The row.</param>
    /// <param name="start">The first number.</param>
    /// <param name="count">How many.</param>
    /// <param name="write">Takes the texts.</param>
    public void Write(int row, int start, int count, Action<string> write)
    {
        switch (type)
        {
            case ElementType.Float: Write<float>(row, start, count, write); break;
            case ElementType.Double: Write<double>(row, start, count, write); break;
            case ElementType.Float16: Write<Half>(row, start, count, write); break;
            case ElementType.Int64: Write<long>(row, start, count, write); break;
            case ElementType.Int32: Write<int>(row, start, count, write); break;
            case ElementType.Int16: Write<short>(row, start, count, write); break;
            case ElementType.Int8: Write<sbyte>(row, start, count, write); break;
            case ElementType.UInt64: Write<ulong>(row, start, count, write); break;
            case ElementType.UInt32: Write<uint>(row, start, count, write); break;
            case ElementType.UInt16: Write<ushort>(row, start, count, write); break;
            default: Write<byte>(row, start, count, write); break;
        }
    }

    private void Write<T>(int row, int start, int count, Action<string> write) where T : unmanaged, INumber<T>
    {
        foreach (var number in Row<T>(row).Slice(start, count))
            write(number.ToString(null, CultureInfo.InvariantCulture));
    }
}
