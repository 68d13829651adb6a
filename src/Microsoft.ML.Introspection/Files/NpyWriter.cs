using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Files;

/// <summary>Writes a <c>.npy</c> file row by row, without knowing their number beforehand.</summary>
/// <remarks>
/// The file appears at its path only with <see cref="Complete"/>; disposing earlier (an error, a cancellation) leaves
/// whatever lay there as it was.
/// </remarks>
/// <example><code>
/// using var writer = NpyWriter.Create("attribution.npy", NpyType.Single, 3, 32, 32);
/// foreach (var batch in batches)
///     writer.Append(batch);
/// writer.Complete();
/// </code></example>
internal sealed class NpyWriter : IDisposable
{
    private const int ChunkBytes = 1 << 18;

    private readonly AtomicFile _file;
    private readonly long[] _shape;
    private readonly int _headerLength;
    private long _elements;

    private NpyWriter(string path, NpyType type, int[] rowShape, int rowLength)
    {
        (Type, RowLength, _shape) = (type, rowLength, [0, .. rowShape.Select(dimension => (long)dimension)]);

        // Room for the largest row count, so that the true one can be written over it.
        var header = NpyHeader.Encode(type, [long.MaxValue, .. _shape[1..]]);
        _headerLength = header.Length;
        _file = new AtomicFile(path);
        _file.Stream.Write(header);
    }

    /// <summary>The element type of the file.</summary>
    public NpyType Type { get; }

    /// <summary>Number of values in a row.</summary>
    public int RowLength { get; }

    /// <summary>The dimensions of one row.</summary>
    internal IEnumerable<int> RowShape => _shape.Skip(1).Select(dimension => (int)dimension);

    /// <summary>Number of rows written so far.</summary>
    public long Rows => _shape[0];

    /// <summary>Begins a file.</summary>
    /// <param name="path">Where it shall lie.</param>
    /// <param name="type">The element type; what is appended is converted to it.</param>
    /// <param name="rowShape">The dimensions of one row, each at least 1; none if a row is one number.</param>
    public static NpyWriter Create(string path, NpyType type, params int[] rowShape)
    {
        ArgumentNullException.ThrowIfNull(rowShape);
        if (!Enum.IsDefined(type))
            throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type.");
        var length = rowShape.Aggregate((Int128)1, (count, dimension) => dimension < 1 ? 0 : Int128.Min(count * dimension, int.MaxValue));
        if (length < 1 || length > Array.MaxLength / sizeof(double) || rowShape.Length > 32)
        {
            throw new ArgumentException(
                $"A row of shape ({string.Join(", ", rowShape)}) cannot be written: at most 32 dimensions, each at least 1, " +
                $"and {Array.MaxLength / sizeof(double)} values in all were expected.",
                nameof(rowShape));
        }

        return new NpyWriter(path, type, rowShape, (int)length);
    }

    /// <summary>Appends whole rows.</summary>
    /// <param name="rows">One or more rows, each in C order.</param>
    /// <exception cref="ArgumentException">The values are no whole number of rows.</exception>
    /// <exception cref="InvalidDataException">The file holds integers and a value is none, or out of range.</exception>
    public void Append(ReadOnlySpan<float> rows) => AppendRows(rows);

    /// <inheritdoc cref="Append(ReadOnlySpan{float})"/>
    public void Append(ReadOnlySpan<double> rows) => AppendRows(rows);

    /// <inheritdoc cref="Append(ReadOnlySpan{float})"/>
    public void Append(ReadOnlySpan<long> rows) => AppendRows(rows);

    /// <summary>Appends elements of the file's own type; parts of rows add up to whole ones.</summary>
    /// <param name="rows">Their bytes in this machine's order.</param>
    internal void AppendElements(ReadOnlySpan<byte> rows)
    {
        if (BitConverter.IsLittleEndian || Type.Size() == 1)
        {
            _file.Stream.Write(rows);
        }
        else
        {
            var reversed = rows.ToArray();
            NpyElements.ReverseBytes(reversed, Type.Size());
            _file.Stream.Write(reversed);
        }
        _elements += rows.Length / Type.Size();
        _shape[0] = _elements / RowLength;
    }

    /// <summary>Writes the number of rows into the header and moves the file into place.</summary>
    public void Complete()
    {
        CompleteHeader();
        _file.Commit();
    }

    /// <summary>Copies what would be the file's content, which then need not be completed.</summary>
    internal void CopyTo(Stream stream)
    {
        CompleteHeader();
        _file.Stream.Position = 0;
        _file.Stream.CopyTo(stream);
    }

    /// <summary>Drops the file if it was not completed.</summary>
    public void Dispose() => _file.Dispose();

    private void CompleteHeader()
    {
        _file.Stream.Position = 0;
        _file.Stream.Write(NpyHeader.Encode(Type, _shape, _headerLength));
    }

    private void AppendRows<T>(ReadOnlySpan<T> rows) where T : unmanaged, INumber<T>
    {
        if (rows.Length % RowLength != 0)
        {
            throw new ArgumentException(
                $"'{_file.Path}' takes rows of {RowLength} values; {rows.Length} values are no whole number of rows.",
                nameof(rows));
        }

        if (Type.Stores<T>() && BitConverter.IsLittleEndian)
            _file.Stream.Write(MemoryMarshal.AsBytes(rows));
        else
            AppendConverted(rows);
        _elements += rows.Length;
        _shape[0] = _elements / RowLength;
    }

    private void AppendConverted<T>(ReadOnlySpan<T> values) where T : unmanaged, INumber<T>
    {
        var size = Type.Size();
        var start = _file.Stream.Position;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, (long)values.Length * size));
        try
        {
            while (!values.IsEmpty)
            {
                var part = values[..Math.Min(values.Length, buffer.Length / size)];
                var bytes = buffer.AsSpan(0, part.Length * size);
                NpyElements.Encode(part, Type, bytes, _file.Path);
                if (!BitConverter.IsLittleEndian)
                    NpyElements.ReverseBytes(bytes, size);
                _file.Stream.Write(bytes);
                values = values[part.Length..];
            }
        }
        catch (InvalidDataException)
        {
            // A caller who goes on after a refused value must not be left with half a row.
            _file.Stream.SetLength(start);
            _file.Stream.Position = start;
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
