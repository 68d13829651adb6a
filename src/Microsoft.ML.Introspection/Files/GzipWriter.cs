using System.IO.Compression;

namespace Microsoft.ML.Introspection.Files;

/// <summary>
/// Packs what is written by gzip, in blocks of one size: the same bytes give the same file, however they come. Whoever flushes waits for
/// the end of the block.
/// </summary>
/// <param name="packed">Where the packed bytes go; left open.</param>
public sealed class GzipWriter(Stream packed) : Stream
{
    private readonly GZipStream _gzip = new(packed, CompressionLevel.Optimal, leaveOpen: true);
    private readonly byte[] _block = new byte[1 << 16];
    private int _held;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var taken = Math.Min(buffer.Length, _block.Length - _held);
            buffer[..taken].CopyTo(_block.AsSpan(_held));
            _held += taken;
            buffer = buffer[taken..];
            if (_held == _block.Length)
                WriteBlock();
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void WriteByte(byte value) => Write([value]);

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            WriteBlock();
            _gzip.Dispose();
        }
        base.Dispose(disposing);
    }

    private void WriteBlock()
    {
        _gzip.Write(_block, 0, _held);
        _held = 0;
    }
}
