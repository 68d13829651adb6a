namespace Microsoft.ML.Introspection.Files;

/// <summary>The bytes of an array with its header, wherever they lie.</summary>
internal abstract class ArrayContent : IDisposable
{
    /// <summary>How many there are.</summary>
    public abstract long Length { get; }

    /// <summary>Reads until the memory is full, or to the end.</summary>
    /// <returns>How many bytes were read.</returns>
    public abstract int Read(long offset, Span<byte> bytes);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>
/// A file of its own. Several threads may read at once. Small reads that follow each other, as those of rows, are served out of a window:
/// a call of the system for each of them takes longer than all else.
/// </summary>
internal sealed class FileContent : ArrayContent
{
    private const int WindowBytes = 1 << 18, SmallBytes = 1 << 15;

    private readonly FileStream _file;
    private readonly Lock _gate = new();
    private byte[] _window = [];
    private (long From, int Count) _held;
    private long _next = -1;

    public FileContent(string path)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.RandomAccess);
        if (_file.CanSeek)
            return;
        _file.Dispose();
        throw new InvalidDataException($"'{path}' cannot be read by rows: an ordinary file was expected.");
    }

    public override long Length => _file.Length;

    public override int Read(long offset, Span<byte> bytes)
    {
        if (bytes.Length > SmallBytes)
            return ReadAt(_file, offset, bytes);
        lock (_gate)
        {
            var (goesOn, end) = (offset == _next, offset + bytes.Length);
            _next = end;
            if (offset < _held.From || end > _held.From + _held.Count)
            {
                if (!goesOn)
                    return ReadAt(_file, offset, bytes);
                if (_window.Length == 0)
                    _window = new byte[WindowBytes];
                _held = (offset, ReadAt(_file, offset, _window));
            }
            var count = (int)Math.Min(bytes.Length, _held.From + _held.Count - offset);
            _window.AsSpan((int)(offset - _held.From), count).CopyTo(bytes);
            return count;
        }
    }

    public override void Dispose() => _file.Dispose();

    /// <summary>Reads from a place in a file, whatever its position.</summary>
    public static int ReadAt(FileStream file, long offset, Span<byte> bytes)
    {
        var filled = 0;
        while (filled < bytes.Length && RandomAccess.Read(file.SafeFileHandle, bytes[filled..], offset + filled) is > 0 and var read)
            filled += read;
        return filled;
    }
}

/// <summary>What has been read into memory.</summary>
internal sealed class MemoryContent(ReadOnlyMemory<byte> content) : ArrayContent
{
    public override long Length => content.Length;

    public override int Read(long offset, Span<byte> bytes)
    {
        var count = (int)Math.Clamp(content.Length - offset, 0, bytes.Length);
        content.Span.Slice((int)Math.Min(offset, content.Length), count).CopyTo(bytes);
        return count;
    }

    public override void Dispose() { }
}
