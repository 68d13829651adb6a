using System.Buffers.Binary;
using System.Numerics;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>CRC-32C (Castagnoli), turned and shifted as TensorFlow and LevelDB store it beside what it is of.</summary>
internal static class Checksum
{
    /// <summary>The masked checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        crc = ~crc;
        return BitOperations.RotateRight(crc, 15) + 0xa282ead8;
    }
}
