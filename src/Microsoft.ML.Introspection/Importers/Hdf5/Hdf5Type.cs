using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Hdf5;

/// <summary>What kind of elements lie in a data set or an attribute, and how many along each axis.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="BigEndian">Whether the most significant byte comes first.</param>
/// <param name="Signed">Whether whole numbers may be negative.</param>
/// <param name="ExponentBits">Bits of the exponent of a real number.</param>
internal sealed record Hdf5Type(Hdf5Kind Kind, int Size, bool BigEndian, bool Signed, int ExponentBits)
{
    public static Hdf5Type Read(ReadOnlySpan<byte> data, string what)
    {
        var cursor = new Hdf5Cursor(data, what);
        var (kind, bits) = (cursor.Byte() & 15, cursor.Byte());
        cursor.Skip(2);
        var size = (int)Math.Min(cursor.Word(), int.MaxValue);
        var bigEndian = (bits & 1) != 0;
        switch (kind)
        {
            case 0 when size is 1 or 2 or 4 or 8:
                return new(Hdf5Kind.Whole, size, bigEndian, (bits & 8) != 0, 0);
            case 1 when size is 2 or 4 or 8:
                cursor.Skip(5);
                return new(Hdf5Kind.Real, size, bigEndian, true, cursor.Byte());
            case 3 when size > 0:
                return new(Hdf5Kind.Text, size, false, false, 0);
            case 8:
                return Read(cursor.Bytes(cursor.Left), what);
            case 9 when (bits & 15) == 1:
                return new(Hdf5Kind.OpenText, size, false, false, 0);
            default:
                return new(Hdf5Kind.Other, size, false, false, 0);
        }
    }

    /// <summary>The extents that a dataspace message tells; none for a single element.</summary>
    public static long[] Extents(Hdf5File file, ReadOnlySpan<byte> data, string what)
    {
        var cursor = new Hdf5Cursor(data, what);
        var (version, rank) = (cursor.Byte(), cursor.Byte());
        cursor.Skip(version == 1 ? 6 : version == 2 ? 1 : throw Hdf5Source.Damaged($"the extents of {what} are of an unknown version"));
        // A space of version 2 may be null: no element at all.
        if (version == 2 && cursor.Byte() == 2)
            return [0];
        var extents = new long[rank];
        for (var i = 0; i < rank; i++)
            if ((extents[i] = cursor.Number(file.LengthSize)) < 0)
                throw Hdf5Source.Damaged($"the extents of {what} are beyond all measure");
        return extents;
    }

    /// <summary>The number of bytes of some elements.</summary>
    public long Bytes(ReadOnlySpan<long> extents, string what)
    {
        Int128 bytes = Size;
        foreach (var extent in extents)
            if ((bytes *= extent) > Array.MaxLength)
                throw new InvalidModelException(
                    $"{what} of shape {Shape.Of(extents)} has more bytes than are read ({Array.MaxLength:N0}).");
        return (long)bytes;
    }

    /// <summary>Texts of an attribute or a data set.</summary>
    public string[] Texts(Hdf5File file, ReadOnlySpan<byte> data, long count, string what)
    {
        if (count * Size > data.Length)
            throw Hdf5Source.Damaged($"{what} ends too early");
        var texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            var element = data.Slice(i * Size, Size);
            if (Kind == Hdf5Kind.OpenText)
            {
                var cursor = new Hdf5Cursor(element, what);
                var (length, heap, index) = (cursor.Word(), cursor.Number(file.OffsetSize), cursor.Word());
                texts[i] = length == 0 ? "" : Encoding.UTF8.GetString(FromHeap(file, heap, index, length, what)).TrimEnd('\0');
            }
            else
                texts[i] = Encoding.UTF8.GetString(element).TrimEnd('\0', ' ');
        }
        return texts;
    }

    /// <summary>Elements in the order of bytes of this machine, as the graph language has them.</summary>
    public (ElementType Type, byte[] Bytes) Numbers(byte[] data, string what)
    {
        if (BigEndian && Size > 1)
            for (var i = 0; i + Size <= data.Length; i += Size)
                data.AsSpan(i, Size).Reverse();
        var type = (Kind, Size, Signed) switch
        {
            (Hdf5Kind.Real, 4, _) => ElementType.Float,
            (Hdf5Kind.Real, 8, _) => ElementType.Double,
            (Hdf5Kind.Real, 2, _) => ExponentBits == 8 ? ElementType.BFloat16 : ElementType.Float16,
            (Hdf5Kind.Whole, 8, true) => ElementType.Int64,
            (Hdf5Kind.Whole, 8, false) => ElementType.UInt64,
            (Hdf5Kind.Whole, 4, true) => ElementType.Int32,
            (Hdf5Kind.Whole, 4, false) => ElementType.UInt32,
            (Hdf5Kind.Whole, 2, true) => ElementType.Int16,
            (Hdf5Kind.Whole, 2, false) => ElementType.UInt16,
            (Hdf5Kind.Whole, 1, true) => ElementType.Int8,
            (Hdf5Kind.Whole, 1, false) => ElementType.UInt8,
            _ => throw new InvalidModelException($"{what} holds no numbers, or numbers of a kind that is not read."),
        };
        return (type, data);
    }

    // A collection holds objects, one behind another; the text is the object of that number.
    private static ReadOnlySpan<byte> FromHeap(Hdf5File file, long address, uint index, uint length, string what)
    {
        var head = new Hdf5Cursor(file.Take(address, 8 + file.LengthSize, what), what);
        head.Expect("GCOL"u8);
        head.Skip(4);
        var size = head.Number(file.LengthSize);
        var cursor = new Hdf5Cursor(file.Take(address + 8 + file.LengthSize, size - 8 - file.LengthSize, what), what);
        while (cursor.Left >= 8 + file.LengthSize)
        {
            var number = cursor.Short();
            cursor.Skip(6);
            var bytes = cursor.Number(file.LengthSize);
            if (number == 0)
                break;
            if (number == index)
                return bytes >= length ? cursor.Bytes(bytes)[..(int)length] : throw Hdf5Source.Damaged($"{what} ends too early");
            cursor.Skip(Math.Min((bytes + 7) / 8 * 8, cursor.Left));
        }
        throw Hdf5Source.Damaged($"{what} is not where it should be");
    }
}

/// <summary>What elements are.</summary>
internal enum Hdf5Kind
{
    Whole,
    Real,
    Text,       // of a fixed number of bytes
    OpenText,   // of any length, in a heap
    Other,
}
