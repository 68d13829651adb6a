using System.Buffers;
using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Memory;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>
/// The batches of a file of Arrow, one in memory at a time. What it begins with tells the file format from the stream format, since
/// programs disagree about the endings of their names.
/// </summary>
internal sealed class ArrowBatches : IDisposable
{
    private const int LongestDescription = 1 << 26;

    // Stands before the length of every message but those of old writers; a length of 0 ends a stream.
    private const int Continuation = -1;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly BoundedMemory _memory;
    private readonly ArrowStreamReader _reader;
    private readonly int? _count;
    private int _read;
    private bool _isAtEnd;

    /// <summary>Opens a file, and reads what columns it has.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is of another kind, or damaged.</exception>
    public ArrowBatches(string path)
    {
        _path = path;
        if (!File.Exists(path))
            throw new FileNotFoundException($"The data file '{path}' does not exist.", path);
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        _memory = new BoundedMemory(_file.Length);
        try
        {
            (_reader, _count) = Foreseen(Open);
            Schema = Foreseen(() => _reader.Schema);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The columns.</summary>
    public Schema Schema { get; }

    /// <summary>The batch at hand; null before the first, and behind the last.</summary>
    public RecordBatch? Current { get; private set; }

    /// <summary>How much of the file has been read, from 0 to 1.</summary>
    public double Progress => (double)_file.Position / Math.Max(1, _file.Length);

    /// <summary>Goes to the next batch.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (_isAtEnd)
            return false;
        // Not disposed of: with a batch go the texts that later ones count on.
        Current = null;
        _memory.Begin();
        var before = _file.Position;
        Current = Foreseen(_reader.ReadNextRecordBatch);
        if (Current is not null)
            _read++;
        else if (_count is { } count ? _read < count : !Foreseen(() => HasEnd(before)))
            throw Damaged("it is cut short.");
        return !(_isAtEnd = Current is null);
    }

    /// <summary>What is said of a file that cannot be read.</summary>
    public InvalidDataException Damaged(string what, Exception? cause = null) => new(
        $"'{_path}' is no Arrow file that can be read{(_reader is null ? "" : $" (batch {_read + (Current is null ? 1 : 0)})")}: {what}",
        cause);

    public void Dispose()
    {
        _reader?.Dispose();
        _file.Dispose();
    }

    private (ArrowStreamReader, int?) Open()
    {
        Span<byte> start = stackalloc byte[8];
        start = start[.._file.ReadAtLeast(start, 8, throwOnEndOfStream: false)];
        if (start.Length < 8)
            throw Damaged("it is empty, or cut short.");
        if (start.StartsWith("FEA1"u8))
            throw Damaged("it has the first version of Feather; write it in the second (version=2), which is Arrow's own.");
        var isFile = start.StartsWith("ARROW1"u8);
        CheckDescription(start, isFile);
        _file.Position = 0;
        if (!isFile)
            return (new ArrowStreamReader(_file, _memory, new CompressionCodecFactory(), leaveOpen: true), null);
        var reader = new ArrowFileReader(_file, _memory, new CompressionCodecFactory(), leaveOpen: true);
        return (reader, reader.RecordBatchCountAsync().AsTask().GetAwaiter().GetResult());
    }

    private void CheckDescription(ReadOnlySpan<byte> start, bool isFile)
    {
        // Behind a footer stand its length and six letters; before a message its length.
        const int behind = 4 + 6;
        int length;
        if (isFile)
        {
            Span<byte> end = stackalloc byte[behind];
            _file.Position = Math.Max(0, _file.Length - behind);
            _file.ReadExactly(end);
            if (!end[4..].SequenceEqual("ARROW1"u8))
                throw Damaged("it is cut short, or was not written to its end.");
            length = BinaryPrimitives.ReadInt32LittleEndian(end);
        }
        else
        {
            var first = BinaryPrimitives.ReadInt32LittleEndian(start);
            length = first == Continuation ? BinaryPrimitives.ReadInt32LittleEndian(start[4..]) : first;
            start = start[(first == Continuation ? 8 : 4)..];
        }
        if (length <= 0 || length > Math.Min(LongestDescription, _file.Length - 8))
            throw Damaged("it begins with neither the mark nor a message of Arrow, or is damaged.");
        _file.Position = isFile ? _file.Length - behind - length : 8 - start.Length;
        var description = new byte[length];
        _file.ReadExactly(description);
        ArrowDescription.Check(description, isFile);
    }

    // A writer that came to its end says so; a stream that was cut between two messages looks whole without.
    private bool HasEnd(long before)
    {
        Span<byte> end = stackalloc byte[4];
        if (_file.Position < before + end.Length)
            return false;
        _file.Position -= end.Length;
        _file.ReadExactly(end);
        return BinaryPrimitives.ReadInt32LittleEndian(end) == 0;
    }

    // The reader has exceptions of every kind for what is damaged.
    private T Foreseen<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e) when (e.Message.StartsWith($"'{_path}'", StringComparison.Ordinal))
        {
            throw;
        }
        catch (Exception e) when (e is not UnauthorizedAccessException)
        {
            throw Damaged(e.Message, e);
        }
    }

    /// <summary>Memory for a batch, with a bound: a file says itself how much it needs.</summary>
    private sealed class BoundedMemory(long fileLength) : MemoryAllocator
    {
        private const long Least = 1L << 28, Most = 1L << 30, PackedAtMost = 1 << 10;

        private long _left;

        public void Begin() => _left = Math.Clamp(fileLength * PackedAtMost, Least, Most);

        protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
        {
            if ((_left -= length) < 0)
                throw new InvalidDataException($"a batch needs {length:N0} bytes and more; at most {Most:N0} are read at once. "
                    + "Write it in smaller batches.");
            bytesAllocated = length;
            return new Owned(GC.AllocateUninitializedArray<byte>(length));
        }

        private sealed class Owned(byte[] bytes) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory => bytes;

            public void Dispose()
            {
            }
        }
    }
}
