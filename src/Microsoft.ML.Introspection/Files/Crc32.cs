namespace Microsoft.ML.Introspection.Files;

/// <summary>The cyclic redundancy check that PNG chunks and ZIP entries carry (ISO 3309, reflected polynomial 0xEDB88320).</summary>
internal static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    /// <summary>The check of <paramref name="data"/>, continuing from that of the bytes before it.</summary>
    public static uint Of(ReadOnlySpan<byte> data, uint previous = 0)
    {
        var crc = ~previous;
        foreach (var value in data)
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint Entry(int index)
    {
        var crc = (uint)index;
        for (var bit = 0; bit < 8; bit++)
            crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320u;
        return crc;
    }
}
