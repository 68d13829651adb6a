using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Hdf5;

/// <summary>The messages of an object (a group or a data set): what it is, where its content lies, what is said of it.</summary>
internal static class Hdf5Header
{
    public const int Dataspace = 1, LinkInfo = 2, Datatype = 3, Link = 6, ExternalFiles = 7, Layout = 8, Filters = 11, Attribute = 12,
        Continuation = 16, SymbolTable = 17, AttributeInfo = 21;

    private const int MostBlocks = 1 << 12, MostMessages = 1 << 16;

    public sealed record Message(int Type, byte[] Data);

    public static IReadOnlyList<Message> Read(Hdf5File file, long address, string path)
    {
        var what = $"the header of '{path}'";
        var messages = new List<Message>();
        var blocks = new Queue<byte[]>();
        var seen = new HashSet<long> { address };
        var start = new Hdf5Cursor(file.TakeUpTo(address, 64, what), what);
        var isNew = start.Left >= 4 && file.Take(address, 4, what).AsSpan().SequenceEqual("OHDR"u8);
        var ordered = false;
        if (isNew)
        {
            start.Skip(4 + 1);
            var flags = start.Byte();
            var skipped = ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
            start.Skip(skipped);
            var size = start.Number(1 << (flags & 3));
            ordered = (flags & 4) != 0;
            blocks.Enqueue(file.Take(address + 6 + skipped + (1 << (flags & 3)), size, what));
        }
        else
        {
            if (start.Byte() != 1)
                throw Hdf5Source.Damaged($"{what} is of a version that is not known");
            start.Skip(7);
            blocks.Enqueue(file.Take(address + 16, start.Word(), what));
        }
        while (blocks.TryDequeue(out var block))
        {
            var cursor = new Hdf5Cursor(block, what);
            while (cursor.Left >= (isNew ? ordered ? 6 : 4 : 8))
            {
                int type, size, flags;
                if (isNew)
                {
                    (type, size, flags) = (cursor.Byte(), cursor.Short(), cursor.Byte());
                    if (ordered)
                        cursor.Skip(2);
                }
                else
                {
                    (type, size, flags) = (cursor.Short(), cursor.Short(), cursor.Byte());
                    cursor.Skip(3);
                }
                var data = cursor.Bytes(size).ToArray();
                if (type == Continuation)
                {
                    var more = new Hdf5Cursor(data, what);
                    var (at, length) = (more.Number(file.OffsetSize), more.Number(file.LengthSize));
                    if (!seen.Add(at) || seen.Count > MostBlocks)
                        throw Hdf5Source.Damaged($"{what} goes round in a circle");
                    var next = file.Take(at, length, what);
                    blocks.Enqueue(isNew ? next.Length >= 8 ? next[4..^4] : throw Hdf5Source.Damaged($"{what} ends too early") : next);
                }
                else if (type != 0)
                {
                    if ((flags & 2) != 0 && type is (Dataspace or Datatype or Layout or Attribute))
                        throw new InvalidModelException($"'{path}' shares a type or an attribute with another object of the HDF5 "
                            + "file, which is not read. Save the model anew with Keras.");
                    messages.Add(new Message(type, data));
                }
                if (messages.Count > MostMessages)
                    throw Hdf5Source.Damaged($"{what} has more than {MostMessages:N0} messages");
            }
        }
        return messages;
    }
}
