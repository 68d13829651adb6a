using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>
/// A table of sorted keys in the format of LevelDB, as <c>variables.index</c> is one: blocks of entries whose keys share beginnings, a
/// checksum behind each, a block that tells where the others lie, and a footer that tells where that one is.
/// </summary>
internal static class SortedTable
{
    private const int FooterBytes = 48, TrailerBytes = 5;
    private const ulong Magic = 0xdb4775248b80fb57;

    /// <summary>All entries in their order.</summary>
    /// <exception cref="InvalidModelException">The table is damaged, or packed in a way that TensorFlow does not write.</exception>
    public static IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Read(ReadOnlyMemory<byte> file, string name)
    {
        var reader = new Reader(file, name);
        if (file.Length < FooterBytes || BinaryPrimitives.ReadUInt64LittleEndian(file.Span[^8..]) != Magic)
            throw reader.Damaged("its last bytes are not those of such a table; it may be cut off");
        var footer = new Cursor(reader, file[^FooterBytes..]);
        _ = (footer.Number(), footer.Number());
        var entries = new List<KeyValuePair<string, ReadOnlyMemory<byte>>>();
        foreach (var (_, handle) in reader.Block(footer.Number(), footer.Number()))
        {
            var block = new Cursor(reader, handle);
            entries.AddRange(reader.Block(block.Number(), block.Number()));
        }
        return entries;
    }

    private sealed class Reader(ReadOnlyMemory<byte> file, string name)
    {
        // Blocks are disjoint; a table whose blocks say otherwise could repeat one any number of times.
        private long _left = file.Length;

        public InvalidModelException Damaged(string why) => new($"Its file '{name}' is damaged: {why}.");

        public IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> Block(ulong offset, ulong size)
        {
            var length = (ulong)file.Length;
            if (size > length || offset > length - size || length - size - offset < TrailerBytes)
                throw Damaged($"a block lies at byte {offset:N0} with {size:N0} bytes, beyond the {length:N0} of the file");
            if ((_left -= (long)size + TrailerBytes) < 0)
                throw Damaged("its blocks overlap");
            var content = file.Slice((int)offset, (int)size);
            var trailer = file.Span.Slice((int)(offset + size), TrailerBytes);
            if (Checksum.Of(file.Span.Slice((int)offset, (int)size + 1)) != BinaryPrimitives.ReadUInt32LittleEndian(trailer[1..]))
                throw Damaged($"the checksum of its block at byte {offset:N0} is wrong");
            if (trailer[0] != 0)
                throw new InvalidModelException($"Its file '{name}' is compressed (kind {trailer[0]}), which TensorFlow does not do.");
            return Entries(content);
        }

        private List<KeyValuePair<string, ReadOnlyMemory<byte>>> Entries(ReadOnlyMemory<byte> block)
        {
            if (block.Length < 4)
                throw Damaged("a block has no list of restarts");
            var restarts = BinaryPrimitives.ReadUInt32LittleEndian(block.Span[^4..]);
            if (restarts > (uint)(block.Length - 4) / 4)
                throw Damaged($"a block of {block.Length:N0} bytes claims {restarts:N0} restarts");
            var cursor = new Cursor(this, block[..^(int)(4 + 4 * restarts)]);
            var entries = new List<KeyValuePair<string, ReadOnlyMemory<byte>>>();
            var key = Array.Empty<byte>();
            while (!cursor.AtEnd)
            {
                var (shared, added, value) = (cursor.Number(), cursor.Number(), cursor.Number());
                if (shared > (ulong)key.Length)
                    throw Damaged("a key shares more than the key before it has");
                key = [.. key.AsSpan(0, (int)shared), .. cursor.Bytes(added).Span];
                entries.Add(new(Encoding.UTF8.GetString(key), cursor.Bytes(value)));
            }
            return entries;
        }
    }

    /// <summary>Reads numbers of variable length and bytes, one after the other.</summary>
    private sealed class Cursor(Reader reader, ReadOnlyMemory<byte> bytes)
    {
        private int _position;

        public bool AtEnd => _position >= bytes.Length;

        public ulong Number()
        {
            var number = 0UL;
            for (var shift = 0; shift < 64; shift += 7)
            {
                if (AtEnd)
                    throw reader.Damaged("it ends within a number");
                var next = bytes.Span[_position++];
                number |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return number;
            }
            throw reader.Damaged("a number has no end");
        }

        public ReadOnlyMemory<byte> Bytes(ulong count)
        {
            if (count > (ulong)(bytes.Length - _position))
                throw reader.Damaged("it ends within an entry");
            _position += (int)count;
            return bytes.Slice(_position - (int)count, (int)count);
        }
    }
}
