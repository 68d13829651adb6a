using Google.Protobuf;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>
/// The variables of a SavedModel: an index of names, and shards of bytes. How many shards there are says the index; others may lie beside
/// them from savings before.
/// </summary>
internal sealed class VariableBundle
{
    /// <summary>The key of the object graph in the bundle, a text that holds a message.</summary>
    private const string ObjectGraph = "_CHECKPOINTABLE_OBJECT_GRAPH";
    private const string Index = "variables/variables.index";
    private const int MaximumIndexBytes = 1 << 28, MaximumShards = 1 << 16;

    private readonly SavedFiles _files;
    private readonly Dictionary<string, BundleEntryProto> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _read = new(StringComparer.Ordinal);
    private readonly int _shards;

    private VariableBundle(SavedFiles files)
    {
        _files = files;
        var header = false;
        foreach (var (key, value) in SortedTable.Read(files.Read(Index, MaximumIndexBytes), Index))
        {
            if (key.Length > 0)
            {
                _entries[key] = Parsed(key, BundleEntryProto.Parser, value);
                continue;
            }
            var bundle = Parsed("its header", BundleHeaderProto.Parser, value);
            (_shards, header) = (bundle.NumShards, true);
            if (bundle.Endianness != BundleHeaderProto.Types.Endianness.Little)
                throw new InvalidModelException("Its variables were written on a machine that puts the highest byte first, which is not "
                    + "read. Save the model again on another.");
        }
        if (!header || _shards is < 1 or > MaximumShards)
            throw new InvalidModelException($"Its file '{Index}' tells of {_shards} files of variables; 1 to {MaximumShards} were "
                + "expected.");
    }

    /// <summary>Opens the variables; null where the model has none.</summary>
    public static VariableBundle? Open(SavedFiles files) => files.Has(Index) ? new VariableBundle(files) : null;

    /// <summary>The names of the variables.</summary>
    public IReadOnlyCollection<string> Keys => _entries.Keys;

    /// <summary>Whether there is a variable of that name.</summary>
    public bool Has(string key) => _entries.ContainsKey(key);

    /// <summary>A variable.</summary>
    /// <exception cref="InvalidModelException">It is not there, damaged, or of a type that no network has.</exception>
    public Tensor Read(string key)
    {
        if (_read.TryGetValue(key, out var tensor))
            return tensor;
        var entry = _entries.GetValueOrDefault(key)
            ?? throw new InvalidModelException($"Its variable '{key}' is not in '{Index}'.");
        if (entry.Slices.Count > 0)
            throw new InvalidModelException($"Its variable '{key}' is stored in {entry.Slices.Count} slices, which are not put together. "
                + "Save the model from one machine.");
        var type = DataTypes.Of(entry.Dtype, key);
        var shape = DataTypes.Extents(entry.Shape, key);
        var bytes = Sizes.Count(shape, key) * (Int128)type.Size();
        if (bytes != entry.Size)
            throw new InvalidModelException($"Its variable '{key}' of type {type} and shape {Shape.Of(shape)} needs {bytes:N0} bytes; the "
                + $"index tells of {entry.Size:N0}.");
        return _read[key] = DataTypes.Widened(Tensor.FromBytes(type, shape, Content(key, entry)));
    }

    /// <summary>The keys under which variables are stored, by their full names; names that several have are left out.</summary>
    public IReadOnlyDictionary<string, string> KeysOfNames()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!_entries.TryGetValue(ObjectGraph, out var entry) || entry.Dtype != DataType.DtString)
            return names;
        var several = new HashSet<string>(StringComparer.Ordinal);
        foreach (var attribute in Parsed(ObjectGraph, TrackableObjectGraph.Parser, Text(Content(ObjectGraph, entry, isText: true)))
            .Nodes.SelectMany(n => n.Attributes))
            if (attribute.FullName.Length > 0 && !names.TryAdd(attribute.FullName, attribute.CheckpointKey)
                && names[attribute.FullName] != attribute.CheckpointKey)
                several.Add(attribute.FullName);
        foreach (var name in several)
            names.Remove(name);
        return names;
    }

    private ReadOnlyMemory<byte> Content(string key, BundleEntryProto entry, bool isText = false)
    {
        if (entry.ShardId < 0 || entry.ShardId >= _shards)
            throw new InvalidModelException($"Its variable '{key}' is said to lie in file {entry.ShardId} of {_shards}.");
        var file = FormattableString.Invariant($"variables/variables.data-{entry.ShardId:D5}-of-{_shards:D5}");
        var bytes = _files.Read(file, entry.Offset, entry.Size);
        // Of texts the lengths count otherwise; their own checksum stands among them.
        return isText || Checksum.Of(bytes.Span) == entry.Crc32C ? bytes
            : throw new InvalidModelException($"The checksum of its variable '{key}' in '{file}' is wrong: the file is damaged.");
    }

    // Lengths in numbers of variable length, a checksum of them, and the texts one behind the other; there is one.
    private static ReadOnlyMemory<byte> Text(ReadOnlyMemory<byte> content)
    {
        var input = new CodedInputStream(content.ToArray());
        try
        {
            var length = input.ReadUInt64();
            var start = (ulong)input.Position + 4;
            return start + length == (ulong)content.Length ? content[(int)start..]
                : throw new InvalidModelException($"The text '{ObjectGraph}' has {length:N0} bytes in a field of {content.Length:N0}.");
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidModelException($"The text '{ObjectGraph}' is damaged: {e.Message}", e);
        }
    }

    private static T Parsed<T>(string key, MessageParser<T> parser, ReadOnlyMemory<byte> bytes) where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(new System.Buffers.ReadOnlySequence<byte>(bytes));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidModelException($"The entry '{key}' of its file '{Index}' is damaged: {e.Message}", e);
        }
    }
}
