using System.Globalization;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>
/// Whether what Thrift wrote is what it should be: of the kinds that are expected, each text and list within its bytes, and at an end.
/// Parquet's reader believes all of it: behind the end it reads on for ever, and takes memory for as many items as a list says.
/// </summary>
/// <param name="bytes">What begins with the structure.</param>
/// <param name="seen">Told of whole numbers and truth values: whose member, its number, and the value; and with 0 that one begins.</param>
internal ref struct ThriftBounds(ReadOnlySpan<byte> bytes, Action<ThriftShape, int, long>? seen)
{
    // Each becomes an object.
    private const int MostStructures = 1 << 22;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at, _structures;

    /// <summary>Goes over a structure.</summary>
    /// <param name="bytes">What begins with it.</param>
    /// <param name="shape">What it holds.</param>
    /// <param name="seen">Told of whole numbers and truth values: whose member, its number, the value; and with 0 that one begins.</param>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="EndOfStreamException">It goes on behind the bytes.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static int Check(ReadOnlySpan<byte> bytes, ThriftShape shape, Action<ThriftShape, int, long>? seen = null)
    {
        var bounds = new ThriftBounds(bytes, seen);
        bounds.Structure(shape);
        return bounds._at;
    }

    private void Structure(ThriftShape shape)
    {
        if (++_structures > MostStructures)
            throw new InvalidDataException($"it is described by more than {MostStructures:N0} parts.");
        seen?.Invoke(shape, 0, 0);
        // The numbers of members count on from the one before.
        var number = 0;
        while (Next() is not 0 and var header)
        {
            number = header >> 4 > 0 ? number + (header >> 4) : (short)Signed((uint)Whole(5));
            var kind = (ThriftKind)(header & 15);
            if (shape[number] is { } member)
                Known(shape, number, member, kind);
            else
                Unknown(kind);
        }
    }

    private void Known(ThriftShape shape, int number, ThriftMember member, ThriftKind kind)
    {
        var isAsExpected = member.IsList ? kind == ThriftKind.List
            : kind == member.Kind || member.Kind == ThriftKind.True && kind == ThriftKind.False;
        if (!isAsExpected)
            throw Damaged($"a part is of the kind {kind} where {(member.IsList ? ThriftKind.List : member.Kind)} was expected");
        if (member.IsList)
        {
            var (count, items) = Items();
            // Of an empty list some writers do not say what it would hold.
            if (count > 0 && items != member.Kind)
                throw Damaged($"a list is of the kind {items} where {member.Kind} was expected");
            for (; count > 0; count--)
                Value(member.Kind, member.Of);
        }
        else if (Value(kind, member.Of) is { } value)
            seen?.Invoke(shape, number, value);
    }

    // What is newer than the reader: it can pass over plain values, and over lists of them, but over nothing deeper.
    private void Unknown(ThriftKind kind)
    {
        if (kind == ThriftKind.List)
        {
            var (count, items) = Items();
            if (items is < ThriftKind.Tiny or > ThriftKind.Bytes)
                throw Damaged($"a part that is not known holds a list of the kind {items}");
            for (; count > 0; count--)
                Value(items, null);
        }
        else if (kind is < ThriftKind.True or > ThriftKind.Structure || kind == ThriftKind.Structure && Next() != 0)
            throw Damaged($"a part that is not known is of the kind {kind}");
        else if (kind != ThriftKind.Structure)
            Value(kind, null);
    }

    private long? Value(ThriftKind kind, ThriftShape? shape)
    {
        switch (kind)
        {
            case ThriftKind.True or ThriftKind.False:
                return kind == ThriftKind.True ? 1 : 0;
            case ThriftKind.Tiny:
                return Next();
            case ThriftKind.Short or ThriftKind.Int:
                return Signed((uint)Whole(5));
            case ThriftKind.Long:
                return Signed(Whole(10));
            case ThriftKind.Real:
                Skip(8);
                return null;
            case ThriftKind.Bytes:
                Skip((uint)Whole(5));
                return null;
            case ThriftKind.Structure when shape is not null:
                Structure(shape);
                return null;
            default:
                throw Damaged($"a part is of the kind {kind}");
        }
    }

    private (uint Count, ThriftKind Items) Items()
    {
        var header = Next();
        var count = header >> 4 < 15 ? (uint)header >> 4 : (uint)Whole(5);
        // An item takes a byte at least.
        return count <= _bytes.Length - _at ? (count, (ThriftKind)(header & 15)) : throw new EndOfStreamException(
            $"a list of {count:N0} items goes on behind the end.");
    }

    private static long Signed(ulong number) => (long)(number >> 1) ^ -(long)(number & 1);

    private ulong Whole(int longest)
    {
        var number = 0UL;
        for (var i = 0; i < longest; i++)
        {
            var next = Next();
            number |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
                return number;
        }
        throw Damaged("a number has no end");
    }

    private byte Next() => _at < _bytes.Length ? _bytes[_at++] : throw new EndOfStreamException("its description goes on behind the end.");

    private void Skip(uint length)
    {
        if (length > _bytes.Length - _at)
            throw new EndOfStreamException($"a text of {length:N0} bytes goes on behind the end.");
        _at += (int)length;
    }

    private readonly InvalidDataException Damaged(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"its description is damaged: {what} (byte {_at:N0} of it)."));
}
