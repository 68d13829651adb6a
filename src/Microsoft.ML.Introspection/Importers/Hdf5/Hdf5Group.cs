using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Hdf5;

/// <summary>A group or a data set of a file: what is said of it, and what lies in it.</summary>
internal sealed class Hdf5Group
{
    private const int MostNodes = 1 << 16;

    private readonly Hdf5File _file;
    private readonly Lazy<IReadOnlyList<Hdf5Header.Message>> _messages;
    private readonly Lazy<IReadOnlyDictionary<string, Link>> _links;
    private readonly Lazy<IReadOnlyDictionary<string, byte[]>> _attributes;

    public Hdf5Group(Hdf5File file, long address, string path)
    {
        (_file, Path) = (file, path);
        _messages = new(() => Hdf5Header.Read(file, address, path));
        _links = new(ReadLinks);
        _attributes = new(ReadAttributes);
    }

    // Where something lies, or, in words, where else in or out of the file the name leads.
    private sealed record Link(long Address, string? Elsewhere);

    /// <summary>Where in the file it lies.</summary>
    public string Path { get; }

    /// <summary>The names of what lies in the group.</summary>
    public IEnumerable<string> Names => _links.Value.Keys;

    /// <summary>Whether it is a data set.</summary>
    public bool IsDataset => Message(Hdf5Header.Layout) is not null;

    /// <summary>What lies in the group under a name, or a path of names; null where there is nothing.</summary>
    /// <exception cref="InvalidModelException">The name leads elsewhere: to another file, or by a detour.</exception>
    public Hdf5Group? Find(string path)
    {
        var current = this;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!current._links.Value.TryGetValue(name, out var link))
                return null;
            var inner = $"{current.Path.TrimEnd('/')}/{name}";
            if (link.Elsewhere is { } elsewhere)
                throw new InvalidModelException(
                    $"'{inner}' is a link to {elsewhere}, which is not followed. Save the model into one file.");
            current = new Hdf5Group(_file, link.Address, inner);
        }
        return current;
    }

    /// <summary>A text that is said of it; null where nothing is.</summary>
    public string? Text(string attribute) => Texts(attribute) is [var only] ? only : null;

    /// <summary>
    /// A list of texts that is said of it, put together from pieces where it was too long for one; null where there is none.
    /// </summary>
    public IReadOnlyList<string>? Texts(string attribute)
    {
        if (_attributes.Value.TryGetValue(attribute, out var whole))
            return AttributeTexts(attribute, whole);
        var pieces = new List<string>();
        for (var i = 0; _attributes.Value.TryGetValue($"{attribute}{i}", out var piece); i++)
            pieces.AddRange(AttributeTexts(attribute, piece));
        return pieces.Count > 0 ? pieces : null;
    }

    /// <summary>The numbers of a data set.</summary>
    /// <exception cref="InvalidModelException">It is none, is damaged, or is larger than the file can hold.</exception>
    public Tensor Tensor()
    {
        var what = $"The data set '{Path}'";
        if (Message(Hdf5Header.Layout) is not { } layout || Message(Hdf5Header.Datatype) is not { } typeMessage
            || Message(Hdf5Header.Dataspace) is not { } space)
            throw new InvalidModelException($"'{Path}' should be a data set of the HDF5 file; it is none.");
        if (Message(Hdf5Header.ExternalFiles) is not null)
            throw new InvalidModelException($"{what} lies in another file, which is not opened. Save the model into one file.");
        var (type, extents) = (Hdf5Type.Read(typeMessage, what), Hdf5Type.Extents(_file, space, what));
        if (type.Kind is not (Hdf5Kind.Whole or Hdf5Kind.Real))
            throw new InvalidModelException($"{what} holds no numbers, or numbers of a kind that is not read.");
        var bytes = Hdf5Layout.Read(_file, layout, Message(Hdf5Header.Filters), extents, type, what);
        var (element, numbers) = type.Numbers(bytes, what);
        return Onnx.Tensor.FromBytes(element, extents, numbers);
    }

    /// <summary>The extents of a data set.</summary>
    public long[] Extents() => Message(Hdf5Header.Dataspace) is { } space
        ? Hdf5Type.Extents(_file, space, $"The data set '{Path}'") : [];

    private byte[]? Message(int type) => _messages.Value.FirstOrDefault(m => m.Type == type)?.Data;

    private IReadOnlyList<string> AttributeTexts(string name, byte[] message)
    {
        var what = $"The attribute '{name}' of '{Path}'";
        var cursor = new Hdf5Cursor(message, what);
        var (type, extents, data) = Parts(ref cursor, what);
        var count = extents.Aggregate((Int128)1, (product, extent) => product * extent);
        // An empty list comes as numbers.
        if (count == 0)
            return [];
        if (type.Kind is not (Hdf5Kind.Text or Hdf5Kind.OpenText))
            throw new InvalidModelException($"{what} holds no text.");
        if (count * type.Size > data.Length)
            throw Hdf5Source.Damaged($"{what} ends too early");
        return type.Texts(_file, data, (long)count, what);
    }

    private (Hdf5Type Type, long[] Extents, byte[] Data) Parts(ref Hdf5Cursor cursor, string what)
    {
        var version = cursor.Byte();
        var flags = cursor.Byte();
        var (name, type, space) = (cursor.Short(), cursor.Short(), cursor.Short());
        if (version == 3)
            cursor.Skip(1);
        if (version is < 1 or > 3 || version > 1 && (flags & 3) != 0)
            throw new InvalidModelException($"{what} is stored in a way that is not read. Save the model anew with Keras.");
        int Padded(int size) => version == 1 ? (size + 7) / 8 * 8 : size;
        cursor.Skip(Padded(name));
        var read = (Hdf5Type.Read(cursor.Bytes(Padded(type)), what), Hdf5Type.Extents(_file, cursor.Bytes(Padded(space)), what));
        return (read.Item1, read.Item2, cursor.Bytes(cursor.Left).ToArray());
    }

    private IReadOnlyDictionary<string, byte[]> ReadAttributes()
    {
        var what = $"the attributes of '{Path}'";
        var result = new Dictionary<string, byte[]>();
        foreach (var message in _messages.Value.Where(m => m.Type == Hdf5Header.Attribute))
        {
            var cursor = new Hdf5Cursor(message.Data, what);
            var version = cursor.Byte();
            cursor.Skip(1);
            var length = cursor.Short();
            cursor.Skip(version == 3 ? 5 : 4);
            result[new Hdf5Cursor(cursor.Bytes(length), what).Text()] = message.Data;
        }
        if (Message(Hdf5Header.AttributeInfo) is { } info)
        {
            var cursor = new Hdf5Cursor(info, what);
            cursor.Skip(1);
            var flags = cursor.Byte();
            cursor.Skip((flags & 1) != 0 ? 2 : 0);
            if (cursor.Number(_file.OffsetSize) >= 0)
                throw Newer(what);
        }
        return result;
    }

    private IReadOnlyDictionary<string, Link> ReadLinks()
    {
        var result = new Dictionary<string, Link>();
        var what = $"the group '{Path}'";
        foreach (var message in _messages.Value.Where(m => m.Type == Hdf5Header.Link))
            Add(message.Data);
        if (Message(Hdf5Header.SymbolTable) is { } table)
            ReadTable(table, what, result);
        if (Message(Hdf5Header.LinkInfo) is { } info)
        {
            var start = 2 + (info.Length > 1 && (info[1] & 1) != 0 ? 8 : 0);
            if (info.Length > start && new Hdf5Cursor(info.AsSpan(start), what).Number(_file.OffsetSize) >= 0)
                throw Newer(what);
        }
        return result;

        void Add(byte[] message)
        {
            var cursor = new Hdf5Cursor(message, what);
            cursor.Skip(1);
            var flags = cursor.Byte();
            var type = (flags & 8) != 0 ? cursor.Byte() : 0;
            cursor.Skip(((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0));
            var name = System.Text.Encoding.UTF8.GetString(cursor.Bytes(cursor.Number(1 << (flags & 3))));
            result[name] = type switch
            {
                0 => new Link(cursor.Number(_file.OffsetSize), null),
                1 => new Link(-1, $"'{System.Text.Encoding.UTF8.GetString(cursor.Bytes(cursor.Short()))}' in the same file"),
                _ => new Link(-1, "another file" + External(cursor.Bytes(cursor.Short()))),
            };
        }
    }

    private static InvalidModelException Newer(string what) => new($"The HDF5 file keeps {what} in the newer form of heaps, which is not "
        + "read. Save the model anew with Keras, or copy the file by h5py without libver='latest' and track_order.");

    private static string External(ReadOnlySpan<byte> target)
    {
        var cursor = new Hdf5Cursor(target.IsEmpty ? target : target[1..], "a link");
        return $" ('{cursor.Text()}', '{cursor.Text()}')";
    }

    private void ReadTable(byte[] table, string what, Dictionary<string, Link> result)
    {
        var cursor = new Hdf5Cursor(table, what);
        var (tree, heap) = (cursor.Number(_file.OffsetSize), cursor.Number(_file.OffsetSize));
        var head = new Hdf5Cursor(_file.Take(heap, 8 + 2 * _file.LengthSize + _file.OffsetSize, what), what);
        head.Expect("HEAP"u8);
        head.Skip(4);
        var size = head.Number(_file.LengthSize);
        head.Skip(_file.LengthSize);
        var names = _file.Take(head.Number(_file.OffsetSize), size, what);
        foreach (var leaf in Hdf5Tree.Leaves(_file, tree, 0, _file.LengthSize, what, MostNodes))
        {
            var node = new Hdf5Cursor(_file.TakeUpTo(leaf.Address, 8, what), what);
            node.Expect("SNOD"u8);
            node.Skip(2);
            var entry = 2 * _file.OffsetSize + 24;
            var (count, start) = (node.Short(), leaf.Address + 8);
            node = new Hdf5Cursor(_file.Take(start, (long)count * entry, what), what);
            for (var i = 0; i < count; i++)
            {
                var (name, address, kind) = (node.Number(_file.OffsetSize), node.Number(_file.OffsetSize), node.Word());
                node.Skip(4);
                var scratch = new Hdf5Cursor(node.Bytes(16), what);
                result[Name(name)] = kind == 2 ? new Link(-1, $"'{Name(scratch.Word())}' in the same file") : new Link(address, null);
            }
        }

        string Name(long at) => at >= 0 && at < names.Length ? new Hdf5Cursor(names.AsSpan((int)at), what).Text()
            : throw Hdf5Source.Damaged($"a name in {what} lies outside its heap");
    }
}
