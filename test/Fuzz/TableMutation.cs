using System.Buffers.Binary;
using Microsoft.ML.Introspection.Importers.TensorFlow;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>
/// Changes bytes within the index of variables of a SavedModel, and writes checksums that fit: without them all is refused at once.
/// </summary>
internal static class TableMutation
{
    public static byte[] Of(byte[] content, Random random)
    {
        var bytes = (byte[])content.Clone();
        if (bytes.Length < 64)
            return ByteMutation.Of(content, random);
        // Such a file is one block of entries, mostly, and small ones that tell where blocks lie. The footer tells where the last is.
        var (ends, at) = (new List<(int Offset, int Size)>(), bytes.Length - 48);
        Span<int> numbers = stackalloc int[4];
        foreach (ref var number in numbers)
            number = (int)Number(bytes, ref at);
        ends.Add((numbers[2], numbers[3]));
        if (numbers[0] > 5)
            ends.Add((0, numbers[0] - 5));
        var (offset, size) = ends[random.Next(4) == 0 ? 0 : ends.Count - 1];
        if (offset < 0 || size <= 0 || offset > bytes.Length - size - 5)
            return ByteMutation.Of(content, random);
        for (var times = random.Next(1, 4); times > 0; times--)
            bytes[offset + random.Next(size)] = (byte)(random.Next(3) == 0 ? random.Next(256) : random.Next(12));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset + size + 1), Checksum.Of(bytes.AsSpan(offset, size + 1)));
        return bytes;
    }

    private static ulong Number(byte[] bytes, ref int at)
    {
        var number = 0UL;
        for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            number |= (ulong)(bytes[at] & 0x7F) << shift;
            if (bytes[at++] < 0x80)
                break;
        }
        return number;
    }
}
