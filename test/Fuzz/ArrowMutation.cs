using System.Buffers.Binary;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>
/// Changes single numbers of what describes a file of Arrow: lengths, counts, places of tables and buffers; and the numbers by which a body
/// says where texts end, which entry of a dictionary is meant, and how large a packed buffer becomes.
/// </summary>
internal static class ArrowMutation
{
    private const int Most = 1 << 16;

    public static byte[] Of(byte[] content, Random random)
    {
        var bytes = (byte[])content.Clone();
        var (described, bodies) = Parts(bytes);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var parts = random.Next(4) == 0 && bodies.Count > 0 ? bodies : described;
            if (parts.Count == 0)
                return ByteMutation.Of(content, random);
            var (from, length) = parts[random.Next(parts.Count)];
            Change(bytes.AsSpan(from, length), random);
        }
        return bytes;
    }

    private static void Change(Span<byte> part, Random random)
    {
        var size = random.Next(5) switch { 0 => 1, 1 => 2, 2 => 8, _ => 4 };
        if (part.Length < size)
            return;
        var at = random.Next(part.Length - size + 1) / size * size;
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, random.Next(8) switch
        {
            0 => 0,
            1 => -1,
            2 => 1L << random.Next(63),
            3 => (1L << random.Next(1, 63)) - 1,
            4 => -(1L << random.Next(63)),
            5 => random.Next(64),
            6 => part[at] + random.Next(-9, 10),
            _ => random.NextInt64(),
        });
        number[..size].CopyTo(part[at..]);
    }

    // A message: 0xFFFFFFFF, its length, what describes it, and behind that its body. The end of a file describes it once more.
    private static (List<(int From, int Length)> Described, List<(int From, int Length)> Bodies) Parts(byte[] bytes)
    {
        var (described, bodies) = (new List<(int, int)>(), new List<(int, int)>());
        var end = 0;
        for (var at = 0; at + 8 < bytes.Length; at += 8)
        {
            if (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)) != -1
                || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4)) is not (> 0 and < Most and var length)
                || at + 8 + length > bytes.Length)
                continue;
            if (end > 0 && at > end)
                bodies.Add((end, at - end));
            // The length itself is one of the numbers.
            described.Add((at + 4, length + 4));
            end = at + 8 + length;
            at = (end + 7) / 8 * 8 - 8;
        }
        if (bytes.AsSpan().EndsWith("ARROW1"u8) && BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(bytes.Length - 10)) is > 0 and var footer
            && footer + 10 < bytes.Length)
            described.Add((bytes.Length - 10 - footer, footer + 4));
        return (described, bodies);
    }
}
