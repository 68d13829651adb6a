using System.Buffers.Binary;
using System.Text.Json;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>
/// Changes single fields within the structures of an HDF5 file (trees, heaps, tables of symbols, headers of objects and their messages),
/// or the description in JSON in it: the rest stays as it was, so that the reader gets as far as the field.
/// </summary>
internal static class Hdf5Mutation
{
    private static readonly long[] Wild =
    [
        0, 1, -1, 2, 3, 4, 5, 7, 8, 9, 16, 24, 255, 256, 4096, 65535, 65536, 1 << 30, int.MaxValue, 1L << 32, 1L << 40, 1L << 62,
        long.MaxValue, long.MinValue,
    ];

    public static byte[] Of(byte[] content, Random random)
    {
        if (random.Next(2) == 0 && WithOtherText(content, random) is { } other)
            return other;
        var places = Places(content);
        if (places.Count == 0)
            return ByteMutation.Of(content, random);
        var bytes = (byte[])content.Clone();
        for (var times = random.Next(1, 3); times > 0; times--)
        {
            // Of each kind as often: there are few headers among many entries.
            var kinds = places.GroupBy(p => p.Kind).ToList();
            var kind = kinds[random.Next(kinds.Count)].ToList();
            var (at, size, _) = kind[random.Next(kind.Count)];
            Write(bytes, at, size, random.Next(5) switch
            {
                0 => Read(bytes, at, size) + random.Next(-8, 9),
                1 => Read(bytes, at, size) ^ (1L << random.Next(8 * size)),
                2 when kind[random.Next(kind.Count)] is var another => Read(bytes, another.At, another.Size),
                3 => random.Next(content.Length),
                _ => Wild[random.Next(Wild.Length)],
            });
        }
        return bytes;
    }

    /// <summary>The fields of a file: where each begins, its bytes, and of what it is.</summary>
    private static List<(int At, int Size, string Kind)> Places(byte[] content)
    {
        var fields = new List<(int, int, string)>();
        void Add(int at, string kind, params ReadOnlySpan<int> sizes)
        {
            foreach (var size in sizes)
            {
                if (at >= 0 && at + size <= content.Length)
                    fields.Add((at, size, kind));
                at += size;
            }
        }
        Add(8, "start", 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 4, 8, 8, 8, 8, 8, 8, 4, 4, 8, 8);
        var headers = new HashSet<long> { content.Length >= 72 ? Read(content, 64, 8) : -1 };
        for (var at = 0; at + 64 <= content.Length; at += 8)
            switch (content.AsSpan(at, 4))
            {
                case [(byte)'T', (byte)'R', (byte)'E', (byte)'E']:
                    Add(at + 4, "tree", 1, 1, 2, 8, 8, 8, 8, 8);
                    break;
                case [(byte)'H', (byte)'E', (byte)'A', (byte)'P']:
                    Add(at + 4, "heap", 1, 3, 8, 8, 8);
                    break;
                case [(byte)'G', (byte)'C', (byte)'O', (byte)'L']:
                    Add(at + 4, "texts", 1, 3, 8, 2, 2, 4, 8);
                    break;
                case [(byte)'S', (byte)'N', (byte)'O', (byte)'D']:
                    Add(at + 4, "table", 1, 1, 2);
                    var entries = BinaryPrimitives.ReadUInt16LittleEndian(content.AsSpan(at + 6));
                    for (var i = 0; i < entries && at + 48 + 40 * i <= content.Length; i++)
                    {
                        Add(at + 8 + 40 * i, "table", 8, 8, 4, 4, 8, 8);
                        headers.Add(Read(content, at + 16 + 40 * i, 8));
                    }
                    break;
            }
        foreach (var header in headers.Where(h => h > 0 && h + 16 <= content.Length))
        {
            var at = (int)header;
            Add(at, "header", 1, 1, 2, 4, 4);
            var end = Math.Min(content.Length, at + 16 + (long)BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(at + 8)));
            for (at += 16; at + 8 <= end;)
            {
                var (type, size) = ((int)Read(content, at, 2), (int)Read(content, at + 2, 2));
                Add(at, "message", 2, 2, 1);
                for (var i = 0; i < Math.Min(size, 64); i++)
                    Add(at + 8 + i, $"message {type}", i % 8 == 0 ? [1, 2, 4, 8] : i % 4 == 0 ? [1, 2, 4] : [1]);
                at += 8 + size;
            }
        }
        return fields;
    }

    // The description stands among the other bytes, without a break; another one is filled up with blanks.
    private static byte[]? WithOtherText(byte[] content, Random random)
    {
        var start = content.AsSpan().IndexOf("{\"class_name\""u8);
        if (start < 0)
            return null;
        var reader = new Utf8JsonReader(content.AsSpan(start), new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 256 });
        try
        {
            reader.Read();
            reader.Skip();
        }
        catch (JsonException)
        {
            return null;
        }
        var length = (int)reader.BytesConsumed;
        var other = JsonMutation.Of(content.AsSpan(start, length), random);
        if (other.Length > length)
            return null;
        var bytes = (byte[])content.Clone();
        bytes.AsSpan(start, length).Fill((byte)' ');
        other.CopyTo(bytes, start);
        return bytes;
    }

    private static long Read(byte[] bytes, int at, int size)
    {
        var value = 0L;
        for (var i = 0; i < size; i++)
            value |= (long)bytes[at + i] << (8 * i);
        return value;
    }

    private static void Write(byte[] bytes, int at, int size, long value)
    {
        for (var i = 0; i < size; i++)
            bytes[at + i] = (byte)(value >> (8 * i));
    }
}
