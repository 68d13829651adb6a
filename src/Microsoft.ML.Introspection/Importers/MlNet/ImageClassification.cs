using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Importers.TensorFlow;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.MlNet;

/// <summary>
/// Zips of ML.NET's ImageClassification: a folder of them holds a header that says so, with the names of tensors, and a frozen graph of
/// TensorFlow that prepares pictures and knows their classes. The network begins at the prepared picture and ends at the shares of classes.
/// </summary>
internal static class ImageClassification
{
    private const string Header = "Model.key", Stream = "TFModel", PreparedPicture = "ResizeTensor";
    private const int BodyAt = 16, MaximumName = 4096, Names = 4;

    /// <summary>The classifiers of an archive.</summary>
    public static IReadOnlyList<SavedStream> Find(ZipArchive archive) => SavedStream.Find(archive, Stream, ["IMAGPRED"],
        start => start.Length > sizeof(int) && TensorFlowGraph.IsGraph(start.AsSpan(sizeof(int))));

    /// <summary>Reads the network.</summary>
    /// <param name="saved">The classifier.</param>
    /// <param name="options">Where it begins and ends otherwise.</param>
    /// <exception cref="ArgumentException">There is no tensor of a name.</exception>
    /// <exception cref="InvalidModelException">It is damaged, or cannot be translated.</exception>
    public static OnnxModel Read(SavedStream saved, TranslationOptions options) =>
        Read(Tensors(saved.Key), Graph(saved.Stream), options);

    // An int32 says how many bytes the graph has.
    private static ReadOnlyMemory<byte> Graph(ZipArchiveEntry entry)
    {
        var bytes = SavedFiles.Unpack(entry, Stream);
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
        return length == bytes.Length - sizeof(int) ? bytes[sizeof(int)..] : throw new InvalidModelException(
            $"Its stream '{entry.FullName}' says that {length:N0} bytes of a graph follow; {bytes.Length - sizeof(int):N0} do. The file is "
                + "damaged or cut off.");
    }

    // The size of a number, that of the classes, and four names: the file's content, the picture made of it, the input, the shares.
    private static string[] Tensors(byte[] key)
    {
        var (start, length) = (BinaryPrimitives.ReadInt64LittleEndian(key.AsSpan(BodyAt)),
            BinaryPrimitives.ReadInt64LittleEndian(key.AsSpan(BodyAt + sizeof(long))));
        if (start < SavedStream.HeaderBytes || length < 0 || start > key.Length - length)
            return [];
        using var reader = new BinaryReader(new MemoryStream(key, (int)start, (int)length), Encoding.UTF8);
        try
        {
            _ = reader.ReadInt64();
            string[] names = [.. Enumerable.Range(0, Names).Select(_ => reader.ReadString())];
            return Array.TrueForAll(names, n => n.Length is > 0 and <= MaximumName) ? names : [];
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            return [];
        }
    }

    private static OnnxModel Read(string[] tensors, ReadOnlyMemory<byte> bytes, TranslationOptions options)
    {
        var graph = TensorFlowGraph.Parse(bytes);
        var body = new NodeBody("", graph.Node);
        var flat = new FlatGraph(new FunctionLibrary(graph.Library));
        var root = new CallFrame(body, null, null);
        foreach (var name in tensors.Skip(1))
            if (body.Find(Node(name)) is null)
                throw new InvalidModelException($"Its '{Header}' names the tensor '{name}', and the graph has no such node.");
        string[] outputs = options.Outputs.Count > 0 ? [.. options.Outputs]
            : tensors.Length > 0 ? [tensors[3]] : [UnusedSoftmax(graph)];
        TensorFlowGraph.Check(body, outputs, nameof(options));
        var resized = tensors.Length > 0 ? tensors[1] : body.Find(PreparedPicture) is null ? null : PreparedPicture;
        var input = options.Inputs.Count > 0 ? options.Inputs[0] : tensors.Length > 0 && IsNeeded(tensors[2]) ? tensors[2]
            : resized is not null && IsNeeded(resized) ? resized
            : TensorFlowGraph.Placeholders(body, new FunctionLibrary(graph.Library), outputs)[0];
        var picture = resized is null ? null : flat.Resolve(root, resized).Node;
        var chosen = options with { Inputs = options.Inputs.Count > 0 ? options.Inputs : [input], Outputs = outputs };
        var model = TensorFlowGraph.Read(graph, chosen, name => picture is not null && name == input
            ? ResizedPictures.ShapeOf(flat, picture) : null);
        if (options.Inputs.Count > 0 || picture is null)
            return model;
        return model.WithMetadata(
            (PictureMetadata.Range, ResizedPictures.AreScaled(flat, picture) ? "Normalized_0_1" : "NominalRange_0_255"),
            (PictureMetadata.Format, "Rgb8"),
            (PictureMetadata.Resizing, picture.Attributes.Truth("half_pixel_centers") ? "torch" : "tensorflow"));

        bool IsNeeded(string tensor)
        {
            var (way, node) = (new FlatGraph(new FunctionLibrary(graph.Library)), flat.Resolve(root, tensor).Node.Name);
            return way.Order(way.Outputs(new CallFrame(body, null, null), outputs), n => n.Name == node).Any(n => n.Name == node);
        }
    }

    private static string Node(string tensor) => tensor.Split(':')[0];

    private static string UnusedSoftmax(TensorFlow.Proto.GraphDef graph)
    {
        var used = graph.Node.SelectMany(n => n.Input).Select(i => Node(i.TrimStart('^'))).ToHashSet(StringComparer.Ordinal);
        return graph.Node.Where(n => n.Op == "Softmax").ToList() switch
        {
            [var only] => only.Name,
            var several when several.Where(n => !used.Contains(n.Name)).ToList() is [var only] => only.Name,
            var several => throw new InvalidModelException($"Its graph has {several.Count} nodes of the operator Softmax, none of "
                + "which alone is its end. Name the output (--graph-output)."),
        };
    }
}
