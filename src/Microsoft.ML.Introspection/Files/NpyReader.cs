using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Files;

/// <summary>Reads rows (entries of the first dimension) of a <c>.npy</c> file of any size, wherever in the file they lie.</summary>
/// <remarks>Holds no position, so several threads may read at once.</remarks>
internal sealed class NpyReader : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    private readonly ArrayContent _content;
    private readonly NpyHeader _header;
    private readonly string _source;

    // Where the values of one row, in the file's order, go in C order; null if the orders agree.
    private readonly int[]? _places;

    internal NpyReader(ArrayContent content, string path) : this(content, ReadHeader(content, path), path)
    {
    }

    internal NpyReader(ReadOnlyMemory<byte> elements, NpyType type, long[] shape, string source)
        : this(new MemoryContent(elements), new NpyHeader(type, !BitConverter.IsLittleEndian, FortranOrder: false, shape, 0), source)
    {
    }

    private NpyReader(ArrayContent content, NpyHeader header, string path)
    {
        (_content, _header, _source) = (content, header, path);
        _header.CheckSize(content.Length - _header.DataOffset, path);
        if (_header.Shape.Length == 0)
            throw new InvalidDataException($"'{path}' holds a single number; an array with at least one dimension was expected.");

        RowShape = Array.AsReadOnly(Array.ConvertAll(_header.Shape[1..], dimension => (int)dimension));
        var length = RowShape.Aggregate((Int128)1, (count, dimension) => count * dimension);
        if (length < 1 || length > Array.MaxLength / sizeof(double))
        {
            throw new InvalidDataException(
                $"'{path}' has rows of shape ({string.Join(", ", RowShape)}); between 1 and {Array.MaxLength / sizeof(double)} values a " +
                "row were expected.");
        }

        RowLength = (int)length;
        _places = _header.NeedsTransposing ? CPlaces([.. RowShape], RowLength) : null;
    }

    /// <summary>The element type in the file.</summary>
    public NpyType Type => _header.Type;

    /// <summary>Number of rows.</summary>
    public long Rows => _header.Shape[0];

    /// <summary>The dimensions of one row; none if a row is one number.</summary>
    public IReadOnlyList<int> RowShape { get; }

    /// <summary>Number of values in a row.</summary>
    public int RowLength { get; }

    /// <summary>Whether the numbers of a row lie all over the file.</summary>
    internal bool JumpsAbout => _places is not null;

    /// <summary>Opens a file and checks its header against its size.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or is no array of numbers.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static NpyReader Open(string path)
    {
        var content = new FileContent(path);
        try
        {
            return new NpyReader(content, path);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    /// <summary>Reads as many whole rows as remain and fit.</summary>
    /// <param name="firstRow">The row to begin with, from 0.</param>
    /// <param name="destination">Takes the rows one after the other, each in C order; must hold one at least.</param>
    /// <returns>The number of rows read; 0 at the end.</returns>
    /// <exception cref="InvalidDataException">The file has been cut short since it was opened.</exception>
    public int Read(long firstRow, Span<float> destination) => ReadRows(firstRow, destination);

    /// <inheritdoc cref="Read(long, Span{float})"/>
    public int Read(long firstRow, Span<double> destination) => ReadRows(firstRow, destination);

    /// <inheritdoc cref="Read(long, Span{float})"/>
    /// <exception cref="InvalidDataException">A value is no integer, or the file has been cut short since it was opened.</exception>
    public int Read(long firstRow, Span<long> destination) => ReadRows(firstRow, destination);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _content.Dispose();

    /// <inheritdoc cref="Read(long, Span{long})"/>
    internal int ReadRows<T>(long firstRow, Span<T> destination) where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        if (destination.Length < RowLength)
        {
            throw new ArgumentException(
                $"A row of '{_source}' has {RowLength} values; there is room for {destination.Length}.",
                nameof(destination));
        }

        var rows = (int)Math.Clamp(Rows - firstRow, 0, destination.Length / RowLength);
        if (rows == 0)
            return 0;
        if (_places is null)
            ReadValues(firstRow * RowLength, destination[..(rows * RowLength)]);
        else
            ReadColumns(firstRow, rows, destination);
        return rows;
    }

    /// <summary>Appends all rows to a file of the same type and shape, as they are.</summary>
    /// <param name="writer">The file.</param>
    /// <param name="buffer">Memory on the way; of some size.</param>
    internal void CopyTo(NpyWriter writer, byte[] buffer)
    {
        if (JumpsAbout)
            throw new InvalidDataException($"'{_source}' is in Fortran order; C order was expected.");
        // Rows may be larger than the buffer, whose whole elements need be no whole rows.
        var size = Type.Size();
        for (var at = 0L; at < _header.DataBytes;)
        {
            var bytes = buffer.AsSpan(0, (int)Math.Min(buffer.Length / size * size, _header.DataBytes - at));
            ReadBytes(at, bytes);
            writer.AppendElements(bytes);
            at += bytes.Length;
        }
    }

    /// <summary>Fortran order: value p of all rows lies together, so each p is a read of its own.</summary>
    private void ReadColumns<T>(long firstRow, int rows, Span<T> destination) where T : unmanaged, INumber<T>
    {
        var column = ArrayPool<T>.Shared.Rent(rows);
        try
        {
            for (var p = 0; p < RowLength; p++)
            {
                ReadValues(p * Rows + firstRow, column.AsSpan(0, rows));
                for (var row = 0; row < rows; row++)
                    destination[row * RowLength + _places![p]] = column[row];
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(column);
        }
    }

    private void ReadValues<T>(long firstValue, Span<T> destination) where T : unmanaged, INumber<T>
    {
        var size = Type.Size();
        if (Type.Stores<T>())
        {
            ReadBytes(firstValue * size, MemoryMarshal.AsBytes(destination));
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, (long)destination.Length * size));
        try
        {
            while (!destination.IsEmpty)
            {
                var count = Math.Min(destination.Length, buffer.Length / size);
                var bytes = buffer.AsSpan(0, count * size);
                ReadBytes(firstValue * size, bytes);
                NpyElements.Decode(Type, bytes, destination[..count], _source);
                destination = destination[count..];
                firstValue += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadBytes(long offset, Span<byte> bytes)
    {
        if (_content.Read(_header.DataOffset + offset, bytes) < bytes.Length)
            throw new InvalidDataException($"'{_source}' has been cut short while it was being read.");
        if (_header.SwapsBytes)
            NpyElements.ReverseBytes(bytes, Type.Size());
    }

    private static NpyHeader ReadHeader(ArrayContent content, string path)
    {
        // Just the header, so that what is read in order goes on with the elements.
        var head = new byte[NpyHeader.PreambleLength];
        var read = content.Read(0, head);
        Array.Resize(ref head, Math.Max(read, NpyHeader.FullLength(head.AsSpan(0, read))));
        return NpyHeader.Parse(head.AsSpan(0, read + content.Read(read, head.AsSpan(read))), path);
    }

    private static int[] CPlaces(int[] shape, int length)
    {
        var stride = new int[shape.Length];
        for (var axis = shape.Length - 1; axis >= 0; axis--)
            stride[axis] = axis == shape.Length - 1 ? 1 : stride[axis + 1] * shape[axis + 1];

        var places = new int[length];
        for (var p = 0; p < length; p++)
        {
            var rest = p;
            for (var axis = 0; axis < shape.Length; axis++)
            {
                places[p] += rest % shape[axis] * stride[axis];
                rest /= shape[axis];
            }
        }

        return places;
    }
}
