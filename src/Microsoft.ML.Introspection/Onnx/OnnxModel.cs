using Google.Protobuf;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>An ONNX file in memory: read, checked, changed into a newer operator set, written. Fields we do not know are kept.</summary>
public sealed class OnnxModel
{
    /// <summary>The largest file that the format (protocol buffers) allows.</summary>
    public const long MaximumBytes = int.MaxValue;

    internal OnnxModel(ModelProto proto) => Proto = proto;

    internal ModelProto Proto { get; }

    /// <summary>
    /// Whether a <see cref="Graph"/> wrote it: what follows from constants there is a pass of the network, which was asked for.
    /// </summary>
    internal bool IsWritten { get; init; }

    /// <summary>The operator set of the standard domain.</summary>
    public int Opset => (int)(Proto.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version ?? 0);

    /// <summary>Who wrote the file.</summary>
    public string Producer => Proto.ProducerName;

    /// <summary>The inputs, without those that only give a default to an initializer.</summary>
    public IReadOnlyList<TensorInfo> Inputs
    {
        get
        {
            var initializers = Proto.Graph.Initializer.Select(i => i.Name).ToHashSet();
            return [.. Proto.Graph.Input.Where(i => !initializers.Contains(i.Name)).Select(TensorInfo.FromProto)];
        }
    }

    /// <summary>The outputs.</summary>
    public IReadOnlyList<TensorInfo> Outputs => [.. Proto.Graph.Output.Select(TensorInfo.FromProto)];

    /// <summary>Free texts that travel with the model, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata =>
        Proto.MetadataProps.GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Last().Value);

    /// <summary>Reads and checks a file, with the external data files beside it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">The file is damaged, hostile, or no ONNX model.</exception>
    public static OnnxModel Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(path, model =>
        {
            ExternalData.Embed(model.Proto, FolderOf(path));
            ModelCheck.Check(model.Proto);
            Tensor.Pack(model.Proto.Graph.Initializer);
            return model;
        });
    }

    /// <summary>The files beside a model that hold its weights, in the order of their names.</summary>
    internal static IReadOnlyList<string> FilesBeside(string path) =>
        Read(path, model => ExternalData.Files(model.Proto, FolderOf(path)));

    private static string FolderOf(string path) => new FileInfo(path).Directory!.FullName;

    private static T Read<T>(string path, Func<OnnxModel, T> use)
    {
        var file = new FileInfo(path);
        if (Directory.Exists(path))
            throw new InvalidModelException(
                $"'{path}' is a folder, and an ONNX file was expected. {Elsewhere("SavedModels of TensorFlow")}");
        if (!file.Exists)
            throw new FileNotFoundException($"The model file '{path}' does not exist.", path);
        if (file.Length > MaximumBytes)
            throw new InvalidModelException($"The model file '{path}' has {file.Length:N0} bytes; ONNX files hold at most "
                + $"{MaximumBytes:N0}. Keep large weights in external data files.");
        var bytes = File.ReadAllBytes(path);
        try
        {
            return use(Parse(bytes, check: false));
        }
        catch (InvalidModelException e)
        {
            throw new InvalidModelException($"The model file '{path}' cannot be used. {e.Message}{OtherKind(path, bytes)}", e);
        }
    }

    // What was no ONNX may be a network of another kind, which another door takes.
    private static string OtherKind(string path, ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'H', (byte)'D', (byte)'F'])
            ? $" It is an HDF5 file. {Elsewhere("networks of Keras")}"
        : bytes.StartsWith("PK\x03\x04"u8) ? $" It is a ZIP archive. {Elsewhere(".keras archives and zipped SavedModels")}"
        : path.EndsWith(".pb", StringComparison.OrdinalIgnoreCase) ? $" {Elsewhere("graphs and SavedModels of TensorFlow")}" : "";

    private static string Elsewhere(string what) => $"ModelFile.LoadNetwork (and every command of introspect) opens {what}.";

    /// <summary>Reads and checks a model from memory. External data cannot be read: there is no folder to look in.</summary>
    /// <exception cref="InvalidModelException">The bytes are damaged, hostile, or no ONNX model.</exception>
    public static OnnxModel Parse(ReadOnlyMemory<byte> bytes) => Parse(bytes, check: true);

    /// <summary>
    /// A copy with lists of its own, to add to and to take from. What is in them (nodes, weights, inputs) is shared with this model and is
    /// not to be changed: a large graph is copied many times while it is read.
    /// </summary>
    internal ModelProto ProtoToChange()
    {
        var copy = new ModelProto();
        copy.MergeFrom(Proto);
        return copy;
    }

    /// <summary>The same, looked at like a file's: whoever translates an untrusted network writes what its file says.</summary>
    /// <exception cref="InvalidModelException">Says what is wrong and where.</exception>
    internal OnnxModel Checked()
    {
        ModelCheck.Check(Proto);
        return this;
    }

    /// <summary>The file's content.</summary>
    /// <exception cref="InvalidModelException">The model is larger than the format allows.</exception>
    public byte[] ToArray()
    {
        CheckSize();
        return Proto.ToByteArray();
    }

    /// <summary>
    /// Writes the file; a file of that name is replaced only once the new one is whole. Weights that are too many for a file of the format
    /// go into a second one beside it, named like the first with <c>.data</c> behind.
    /// </summary>
    /// <param name="path">The file to write.</param>
    public void Save(string path) => Save(path, MaximumBytes);

    internal void Save(string path, long most)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (HasAtMost(most))
            AtomicFile.Write(path, stream => Proto.WriteTo(stream));
        else
            ExternalWeights.Save(Proto, path);
    }

    /// <summary>Writes the file's content to a stream.</summary>
    /// <exception cref="InvalidModelException">The model is larger than the format allows.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        CheckSize();
        Proto.WriteTo(stream);
    }

    /// <summary>The same model with texts added that travel with it.</summary>
    public OnnxModel WithMetadata(params IEnumerable<(string Key, string Value)> entries)
    {
        var copy = ProtoToChange();
        foreach (var (key, value) in entries)
        {
            if (copy.MetadataProps.FirstOrDefault(p => p.Key == key) is { } present)
                copy.MetadataProps.Remove(present);
            copy.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }
        return new OnnxModel(copy) { IsWritten = IsWritten };
    }

    /// <summary>
    /// The same model with names of the items of some outputs, where ML.NET's <c>OnnxTransformer</c> looks for the slot names of the
    /// columns it makes; nothing else reads them. A model of the operator set 1 of <c>ai.onnx.ml</c>, which cannot hold them, is returned
    /// as it is.
    /// </summary>
    /// <param name="slotNames">The names of an output's items, in order, by the output.</param>
    /// <exception cref="ArgumentException">There is no such output, or it is given no names.</exception>
    public OnnxModel WithSlotNames(IReadOnlyDictionary<string, IReadOnlyList<string>> slotNames)
    {
        ArgumentNullException.ThrowIfNull(slotNames);
        foreach (var (output, names) in slotNames)
            if (names.Count == 0 || !Proto.Graph.Output.Any(o => o.Name == output))
                throw new ArgumentException($"Names of items of {string.Join(", ", Proto.Graph.Output.Select(o => o.Name))} were expected; "
                    + $"given were {names.Count} for '{output}'.", nameof(slotNames));
        return SlotNameNodes.Add(this, slotNames);
    }

    private static OnnxModel Parse(ReadOnlyMemory<byte> bytes, bool check)
    {
        ModelProto proto;
        try
        {
            proto = ModelProto.Parser.ParseFrom(new System.Buffers.ReadOnlySequence<byte>(bytes));
        }
        catch (Exception e)
            when (e is InvalidProtocolBufferException or ArgumentException or IndexOutOfRangeException or ArithmeticException)
        {
            // Of a length beyond all measure the reader of the format itself says no more than that.
            throw new InvalidModelException("It is not an ONNX model, or it is truncated: " + e.Message, e);
        }
        LaxFiles.Mend(proto);
        if (check)
        {
            ModelCheck.Check(proto);
            Tensor.Pack(proto.Graph.Initializer);
        }
        return new OnnxModel(proto);
    }

    // CalculateSize wraps around beyond the format's limit, so the weights are counted first.
    private long Weights => ModelCheck.Tensors(Proto).Sum(i => (long)i.RawData.Length);

    /// <summary>Whether the file has no more bytes than that, and than the format allows.</summary>
    internal bool HasAtMost(long bytes) =>
        Weights <= Math.Min(bytes, MaximumBytes - (1 << 20)) && Proto.CalculateSize() is >= 0 and var size && size <= bytes;

    private void CheckSize()
    {
        if (!HasAtMost(MaximumBytes))
            throw new InvalidModelException($"The model has {Weights:N0} bytes of weights; an ONNX file holds at most {MaximumBytes:N0}. "
                + "Save it to a path: the weights then go into a file beside it.");
    }
}
