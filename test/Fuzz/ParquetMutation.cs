using System.Buffers.Binary;
using Parquet;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>
/// Changes single numbers of what describes a Parquet file, which Thrift writes in as many bytes as they need: counts, sizes, places,
/// kinds, lengths of texts and lists; in the description at the end, and in what stands before each page.
/// </summary>
internal static class ParquetMutation
{
    private const int Behind = 8, DeepestPart = 16, MostNumbers = 1 << 16;

    public static byte[] Of(byte[] content, Random random)
    {
        var footer = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(content.Length - Behind));
        var start = content.Length - Behind - footer;
        var (bytes, chunks) = (content, Chunks(content));
        for (var times = random.Next(1, 4); times > 0; times--)
            bytes = bytes.Length < start + Behind ? ByteMutation.Of(bytes, random)
                : random.Next(2) == 0 ? OfFooter(bytes, start, random) : OfPage(bytes, start, chunks, random);
        return bytes;
    }

    private static byte[] OfFooter(byte[] bytes, int start, Random random)
    {
        var numbers = new List<(int At, int Length)>();
        Numbers(bytes, start, bytes.Length - Behind, numbers);
        var changed = random.Next(24) == 0 ? Nested(bytes, start, random) : Changed(bytes, numbers, random, keepsLength: false);
        if (random.Next(16) > 0 && changed.Length >= Behind)
            BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(changed.Length - Behind), changed.Length - Behind - start);
        return changed;
    }

    // Lists of lists, or structures in structures, without end, at the beginning of the description.
    private static byte[] Nested(byte[] bytes, int at, Random random)
    {
        var isList = random.Next(2) == 0;
        byte[] nested = [.. isList ? [0xF9] : Array.Empty<byte>(),
            .. Enumerable.Repeat((byte)(isList ? 0x19 : 0xFC), 1 << random.Next(4, 18))];
        return [.. bytes[..at], .. nested, .. bytes[at..]];
    }

    // Pages of the last column may become longer: nothing but the description stands behind them, and that is found from the end.
    private static byte[] OfPage(byte[] bytes, int start, List<long> chunks, Random random)
    {
        var chunk = random.Next(2) == 0 ? chunks.Count - 1 : random.Next(chunks.Count);
        var numbers = new List<(int At, int Length)>();
        Numbers(bytes, (int)chunks[chunk], start, numbers);
        if (numbers.Count == 0)
            return bytes;
        // The first is the page's; of what follows, its numbers are those of the levels and values.
        if (random.Next(6) > 0)
            return Changed(bytes, numbers, random, keepsLength: chunk < chunks.Count - 1);
        var result = (byte[])bytes.Clone();
        var at = numbers[^1].At + numbers[^1].Length;
        result[Math.Min(at + random.Next(40), start - 1)] = (byte)random.Next(256);
        return result;
    }

    // Where the columns of the sound file begin.
    private static List<long> Chunks(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        var reader = ParquetReader.CreateAsync(stream).GetAwaiter().GetResult();
        return [.. reader.Metadata!.RowGroups.SelectMany(g => g.Columns).Select(c => c.MetaData!)
            .Select(m => m.DictionaryPageOffset is > 0 and var first ? first : m.DataPageOffset).Order()];
    }

    private static byte[] Changed(byte[] bytes, List<(int At, int Length)> numbers, Random random, bool keepsLength)
    {
        if (numbers.Count == 0)
            return ByteMutation.Of(bytes, random);
        var (at, length) = numbers[random.Next(numbers.Count)];
        if (keepsLength)
        {
            var result = (byte[])bytes.Clone();
            for (var i = 0; i < length; i++)
                result[at + i] = (byte)(random.Next(128) | (i + 1 < length ? 0x80 : 0));
            return result;
        }
        return [.. bytes[..at], .. Written(random.Next(9) switch
        {
            0 => 0,
            1 => 1,
            2 => ulong.MaxValue >> random.Next(64),
            3 => 1UL << random.Next(64),
            4 => uint.MaxValue - (ulong)random.Next(3),
            5 => (ulong)random.Next(64),
            6 => (ulong)random.Next(1 << 20),
            7 => bytes[at] + (ulong)random.Next(5),
            _ => (ulong)random.NextInt64(),
        }), .. bytes[(at + length)..]];
    }

    private static List<byte> Written(ulong number)
    {
        var result = new List<byte>();
        for (; number > 127; number >>= 7)
            result.Add((byte)(number | 0x80));
        result.Add((byte)number);
        return result;
    }

    // Where the numbers of a structure stand, those of the structures in it with them: also lengths, counts, and what kind follows.
    private static void Numbers(byte[] bytes, int from, int end, List<(int, int)> found)
    {
        var at = from;
        end = Math.Min(end, bytes.Length - 1);
        try
        {
            Structure(0);
        }
        catch (InvalidDataException)
        {
            // It has been changed before; what was found so far can be changed again.
        }

        ulong Number()
        {
            var (start, number) = (at, 0UL);
            for (var shift = 0; ; shift += 7)
            {
                if (at >= end || shift > 63)
                    throw new InvalidDataException();
                number |= (ulong)(bytes[at] & 0x7F) << shift;
                if (bytes[at++] < 0x80)
                    break;
            }
            found.Add((start, at - start));
            return number;
        }

        void Structure(int depth)
        {
            while (at < end && found.Count < MostNumbers && depth < DeepestPart && bytes[at++] is not 0 and var header)
            {
                if (header >> 4 == 0)
                    Number();
                Value(header & 15, depth);
            }
        }

        void Value(int kind, int depth)
        {
            switch (kind)
            {
                case var _ when depth >= DeepestPart:
                    throw new InvalidDataException();
                case 1 or 2:
                    break;
                case 3:
                    at++;
                    break;
                case 7:
                    at += 8;
                    break;
                case 8:
                    at += (int)Math.Min(Number(), (ulong)(end - at));
                    break;
                case 9:
                    found.Add((at, 1));
                    var of = bytes[at++];
                    for (var left = of >> 4 == 15 ? Number() : (ulong)of >> 4; left > 0 && at < end; left--)
                    {
                        var before = at;
                        Value(of & 15, depth + 1);
                        if (at <= before)
                            break;
                    }
                    break;
                case 12:
                    Structure(depth + 1);
                    break;
                default:
                    Number();
                    break;
            }
        }
    }
}
