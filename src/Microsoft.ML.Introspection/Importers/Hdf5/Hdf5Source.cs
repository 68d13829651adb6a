using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Hdf5;

/// <summary>The bytes of an HDF5 file, on disk or in memory. Nothing is taken that is not there.</summary>
internal sealed class Hdf5Source : IDisposable
{
    private readonly SafeFileHandle? _file;
    private readonly ReadOnlyMemory<byte> _bytes;

    /// <summary>Opens a file.</summary>
    public Hdf5Source(string path)
    {
        _file = File.OpenHandle(path);
        Length = RandomAccess.GetLength(_file);
    }

    /// <summary>Takes bytes from memory.</summary>
    public Hdf5Source(ReadOnlyMemory<byte> bytes) => (_bytes, Length) = (bytes, bytes.Length);

    /// <summary>The number of bytes.</summary>
    public long Length { get; }

    /// <summary>Some of the bytes.</summary>
    /// <exception cref="InvalidModelException">They lie outside the file.</exception>
    public byte[] Take(long offset, long count, string what)
    {
        Check(offset, count, what);
        var result = GC.AllocateUninitializedArray<byte>(checked((int)count));
        if (_file is null)
            _bytes.Span.Slice((int)offset, (int)count).CopyTo(result);
        else
            for (var read = 0; read < result.Length;)
            {
                var got = RandomAccess.Read(_file, result.AsSpan(read), offset + read);
                if (got == 0)
                    throw Damaged($"it ends within {what}");
                read += got;
            }
        return result;
    }

    /// <summary>Fails unless bytes lie within the file.</summary>
    public void Check(long offset, long count, string what)
    {
        if (offset < 0 || count < 0 || count > Array.MaxLength || offset > Length - count)
            throw Damaged($"{what} is said to have {count:N0} bytes at {offset:N0}; the file has {Length:N0}");
    }

    public static InvalidModelException Damaged(string why) => new($"The HDF5 file is damaged or cut short: {why}.");

    public void Dispose() => _file?.Dispose();
}

/// <summary>Reads the fields of a structure one after another.</summary>
internal ref struct Hdf5Cursor(ReadOnlySpan<byte> data, string what)
{
    private ReadOnlySpan<byte> _left = data;

    public readonly int Left => _left.Length;

    public byte Byte() => Bytes(1)[0];

    public int Short() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public uint Word() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    /// <summary>An unsigned number of some bytes; all ones (an address that is none) are -1.</summary>
    public long Number(int bytes)
    {
        ulong result = 0;
        var taken = Bytes(bytes);
        for (var i = bytes - 1; i >= 0; i--)
            result = (result << 8) | taken[i];
        return bytes < 8 && result == (1UL << (8 * bytes)) - 1 && bytes > 2 ? -1
            : result <= long.MaxValue ? (long)result
            : result == ulong.MaxValue ? -1 : throw Hdf5Source.Damaged($"a number in {what} is beyond all measure");
    }

    public ReadOnlySpan<byte> Bytes(long count)
    {
        if (count < 0 || count > _left.Length)
            throw Hdf5Source.Damaged($"{what} ends too early");
        var result = _left[..(int)count];
        _left = _left[(int)count..];
        return result;
    }

    public void Skip(long count) => Bytes(count);

    /// <summary>Text up to a zero, or all that is left.</summary>
    public string Text()
    {
        var end = _left.IndexOf((byte)0);
        var text = System.Text.Encoding.UTF8.GetString(end < 0 ? _left : _left[..end]);
        _left = end < 0 ? default : _left[(end + 1)..];
        return text;
    }

    public void Expect(ReadOnlySpan<byte> signature)
    {
        if (!Bytes(signature.Length).SequenceEqual(signature))
            throw Hdf5Source.Damaged($"'{System.Text.Encoding.ASCII.GetString(signature)}' was expected at the start of {what}");
    }
}
