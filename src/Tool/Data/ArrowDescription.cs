using System.Buffers.Binary;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>
/// Whether the columns that a file of Arrow describes can be told without harm: their reader goes down into fields of fields by itself, so
/// that a file made for it would end the process.
/// </summary>
internal static class ArrowDescription
{
    private const int MostFields = 1 << 20, DeepestField = 64;

    // What stands where in the tables of FlatBuffers, as the format of Arrow has them.
    private const int SchemaOfFooter = 1, HeaderOfMessage = 2, FieldsOfSchema = 1, ChildrenOfField = 5;

    /// <summary>Goes over all fields.</summary>
    /// <param name="description">The message that begins a stream, or what ends a file.</param>
    /// <param name="isFooter">Whether it is what ends a file.</param>
    /// <exception cref="InvalidDataException">There are too many, or they lie too deep in one another.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It is damaged.</exception>
    public static void Check(ReadOnlySpan<byte> description, bool isFooter)
    {
        var waiting = new Stack<(int Table, int Depth)>();
        var schema = Table(description, Table(description, 0, null), isFooter ? SchemaOfFooter : HeaderOfMessage);
        if (schema < 0)
            return;
        var left = MostFields;
        Push(description, schema, FieldsOfSchema, 1);
        while (waiting.TryPop(out var field))
            Push(description, field.Table, ChildrenOfField, field.Depth + 1);

        void Push(ReadOnlySpan<byte> bytes, int table, int member, int depth)
        {
            var vector = Table(bytes, table, member);
            var count = vector < 0 ? 0 : Number(bytes, vector);
            if (count < 0 || (left -= count) < 0)
                throw new InvalidDataException($"it has more than {MostFields:N0} fields");
            if (count > 0 && depth > DeepestField)
                throw new InvalidDataException($"its fields lie more than {DeepestField} deep in one another");
            for (var i = 0; i < count; i++)
                waiting.Push((Table(bytes, checked(vector + 4 + 4 * i), null), depth));
        }
    }

    // What a place leads to: the place itself, or that of a member of a table; -1 where the table has no such member.
    private static int Table(ReadOnlySpan<byte> bytes, int at, int? member)
    {
        if (member is { } number)
        {
            var members = checked(at - Number(bytes, at));
            if (4 + 2 * number >= Short(bytes, members) || Short(bytes, members + 4 + 2 * number) is not (> 0 and var place))
                return -1;
            at = checked(at + place);
        }
        return checked(at + Number(bytes, at));
    }

    private static int Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);

    private static int Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}
