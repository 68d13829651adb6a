namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>
/// A file of which a part can be read. Behind it nothing is: Parquet's reader takes the end of a file for numbers without end, and what
/// other columns have for values of this one.
/// </summary>
internal sealed class ParquetWindow(FileStream file) : Stream
{
    private long _end = file.Length;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <summary>Lets be read what stands before a place.</summary>
    public void EndAt(long end) => _end = end;

    public override int Read(Span<byte> buffer)
    {
        var left = _end - file.Position;
        if (left <= 0 && buffer.Length > 0)
            throw new EndOfStreamException("it goes on behind its end.");
        return file.Read(buffer[..(int)Math.Min(buffer.Length, left)]);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int ReadByte() =>
        file.Position < _end ? file.ReadByte() : throw new EndOfStreamException("it goes on behind its end.");

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer, offset, count));

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
