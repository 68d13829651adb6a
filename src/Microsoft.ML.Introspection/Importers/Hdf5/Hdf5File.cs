namespace Microsoft.ML.Introspection.Importers.Hdf5;

/// <summary>
/// An HDF5 file as h5py writes them: groups, numbers and texts. A reader of our own, since files are untrusted: it takes no memory that the
/// file's length does not warrant, goes round no circle, and follows no link out of the file.
/// </summary>
internal sealed class Hdf5File : IDisposable
{
    private readonly Hdf5Source _source;

    private Hdf5File(Hdf5Source source)
    {
        _source = source;
        Base = Start(source);
        var head = new Hdf5Cursor(source.Take(Base, Math.Min(source.Length - Base, 128), "the first block"), "the first block");
        head.Skip(8);
        var version = head.Byte();
        long root;
        switch (version)
        {
            case 0 or 1:
                head.Skip(4);
                (OffsetSize, LengthSize) = (head.Byte(), head.Byte());
                head.Skip(1 + 4 + 4 + (version == 1 ? 4 : 0));
                CheckSizes();
                head.Skip(4 * OffsetSize + OffsetSize);
                root = head.Number(OffsetSize);
                break;
            case 2 or 3:
                (OffsetSize, LengthSize) = (head.Byte(), head.Byte());
                CheckSizes();
                head.Skip(1 + 3 * OffsetSize);
                root = head.Number(OffsetSize);
                break;
            default:
                throw Hdf5Source.Damaged($"it is of version {version}, which is not known");
        }
        Root = new Hdf5Group(this, root, "/");
    }

    /// <summary>How every such file begins, perhaps behind a block of the user's.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>The outermost group.</summary>
    public Hdf5Group Root { get; }

    /// <summary>Bytes of an address.</summary>
    public int OffsetSize { get; }

    /// <summary>Bytes of a length.</summary>
    public int LengthSize { get; }

    /// <summary>The number of bytes.</summary>
    public long Length => _source.Length;

    private long Base { get; }

    public static Hdf5File Open(string path) => Open(new Hdf5Source(path));

    public static Hdf5File Parse(ReadOnlyMemory<byte> bytes) => Open(new Hdf5Source(bytes));

    /// <summary>Some of the bytes, by their address.</summary>
    public byte[] Take(long address, long count, string what) => _source.Take(Base + address, count, what);

    /// <summary>As many bytes from an address on, or as many as there are.</summary>
    public byte[] TakeUpTo(long address, long count, string what) =>
        address < 0 || address > Length - Base
            ? throw Hdf5Source.Damaged($"{what} is said to lie at {address:N0}; the file has {Length:N0} bytes")
            : _source.Take(Base + address, Math.Min(count, Length - Base - address), what);

    public void Dispose() => _source.Dispose();

    private static Hdf5File Open(Hdf5Source source)
    {
        try
        {
            return new Hdf5File(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static long Start(Hdf5Source source)
    {
        for (long at = 0; at <= source.Length - 8; at = at == 0 ? 512 : at * 2)
            if (source.Take(at, 8, "the signature").AsSpan().SequenceEqual(Signature))
                return at;
        throw Hdf5Source.Damaged("it does not begin as such files do");
    }

    private void CheckSizes()
    {
        if (OffsetSize is not (2 or 4 or 8) || LengthSize is not (2 or 4 or 8))
            throw Hdf5Source.Damaged($"addresses of {OffsetSize} bytes and lengths of {LengthSize}; 2, 4 or 8 were expected");
    }
}
