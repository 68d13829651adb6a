using System.Buffers;
using System.IO.Compression;
using System.IO.Hashing;

namespace Microsoft.ML.Introspection.Files;

/// <summary>
/// An array within an archive, read from its beginning on. What is stored as it is can be read from anywhere; what is compressed is
/// unpacked up to the place that is asked for, and once more from the start where that lies behind.
/// </summary>
/// <remarks>The checksum is compared once all has been read in order. Not for use by several threads at once.</remarks>
internal sealed class EntryContent : ArrayContent
{
    private readonly ZipArchiveEntry _entry;
    private readonly string _source;
    private readonly FileStream _file;
    private readonly Crc32 _checksum = new();
    private Stream? _stream;
    private long _position;
    private readonly long? _start;

    /// <summary>Begins with an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="file">The file of the archive.</param>
    /// <param name="source">What to call the entry in messages.</param>
    public EntryContent(ZipArchiveEntry entry, FileStream file, string source)
    {
        (_entry, _file, _source) = (entry, file, source);
        if (entry.CompressedLength == entry.Length && entry.Length > 0)
            _start = FindStart();
    }

    public override long Length => _entry.Length;

    /// <summary>Whether any place can be read without unpacking what lies before it.</summary>
    public bool CanSeek => _start is not null;

    public override int Read(long offset, Span<byte> bytes)
    {
        if (offset != _position && _start is { } start)
            return FileContent.ReadAt(_file, start + offset, bytes[..(int)Math.Clamp(Length - offset, 0, bytes.Length)]);
        var read = NpzArchive.Guard(_source, bytes, into => ReadOn(offset, into));
        return _position < Length || _position == Length && _checksum.GetCurrentHashAsUInt32() == _entry.Crc32
            ? read : throw NpzArchive.Damaged(_source);
    }

    public override void Dispose() => _stream?.Dispose();

    // Reading a first byte of what is stored as it is leaves the file behind that byte.
    private long? FindStart() => NpzArchive.Guard<long?>(_source, () =>
    {
        using var stream = _entry.Open();
        return stream is not DeflateStream && stream.ReadByte() >= 0 ? _file.Position - 1 : null;
    });

    private int ReadOn(long offset, Span<byte> bytes)
    {
        if (offset < _position)
            Restart();
        _stream ??= _entry.Open();
        Skip(offset - _position);
        var read = _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        Passed(bytes[..read]);
        return read;
    }

    private void Skip(long count)
    {
        if (count <= 0)
            return;
        var passed = ArrayPool<byte>.Shared.Rent((int)Math.Min(count, 1 << 16));
        try
        {
            while (count > 0 && _stream!.Read(passed, 0, (int)Math.Min(count, passed.Length)) is > 0 and var read)
            {
                Passed(passed.AsSpan(0, read));
                count -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(passed);
        }
    }

    private void Passed(ReadOnlySpan<byte> bytes)
    {
        _checksum.Append(bytes);
        _position += bytes.Length;
    }

    private void Restart()
    {
        _stream?.Dispose();
        (_stream, _position) = (null, 0);
        _checksum.Reset();
    }
}
