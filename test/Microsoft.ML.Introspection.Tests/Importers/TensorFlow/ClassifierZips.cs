using System.IO.Compression;
using System.Text;
using Google.Protobuf;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using static Microsoft.ML.Introspection.Tests.Importers.TensorFlow.Graphs;

namespace Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

/// <summary>
/// What ML.NET's ImageClassification saves, made by hand, since its package is not served: a header with names of tensors, and a graph that
/// prepares files of pictures beside one that is trained.
/// </summary>
internal static class ClassifierZips
{
    public const int Side = 8, Classes = 3;
    public const string Folder = "TransformerChain/Transform_001/Model/";

    /// <summary>A network in the kind of one of the four architectures.</summary>
    /// <param name="architecture">resnet, mobilenet, inception, or mean, which only averages the channels.</param>
    /// <param name="input">The shape that the trained part says of its pictures.</param>
    public static GraphDef Graph(string architecture, params long[] input)
    {
        var random = new Random(architecture.Length);
        var graph = Of(Placeholder("DecodeJPGInput", DataType.DtString),
            Node("DecodeJpeg", "DecodeJpeg", "DecodeJPGInput").With("channels", new AttrValue { I = 3 }),
            Typed(Node("convert_image/Cast", "Cast", "DecodeJpeg"), "SrcT", DataType.DtUint8, "DstT", DataType.DtFloat),
            Floats("convert_image/y", [], 1 / 255f), Typed(Node("convert_image", "Mul", "convert_image/Cast", "convert_image/y"), "T",
                DataType.DtFloat),
            Integers("ExpandDims/dim", [], 0), Node("ExpandDims", "ExpandDims", "convert_image", "ExpandDims/dim"),
            Integers("size/0", [], Side), Integers("size/1", [], Side), Node("stack", "Pack", "size/0", "size/1"),
            Typed(Node("Cast", "Cast", "stack"), "SrcT", DataType.DtInt32, "DstT", DataType.DtInt32),
            Typed(Node("ResizeTensor", "ResizeBilinear", "ExpandDims", "Cast"), "T", DataType.DtFloat),
            Placeholder("input", input.Length > 0 ? input : [-1, -1, -1, 3]));
        var (last, channels) = architecture switch
        {
            "resnet" => (Add("residual", "AddV2", Convolution("b", Convolution("a", "input", 3, 3, 4), 3, 4, 4), "a/relu"), 4),
            "mobilenet" => (Convolution("project", Depthwise("depthwise", "input", 3, 3), 1, 3, 6), 6),
            "inception" => (Joined("mixed", Convolution("one", "input", 1, 3, 2), Convolution("three", "input", 3, 3, 3)), 5),
            _ => ("input", 3),
        };
        Append(Integers("places", [2], 1, 2), Node("pool", "Mean", last, "places").With("keep_dims", new AttrValue { B = true }));
        Append(Node("SpatialSqueeze", "Squeeze", "pool").With("squeeze_dims", Ints(1, 2)),
            Node("input/BottleneckInputPlaceholder", "PlaceholderWithDefault", "SpatialSqueeze"),
            Random("final_retrain_ops/weights", channels, Classes), Random("final_retrain_ops/biases", Classes),
            Node("final_retrain_ops/MatMul", "MatMul", "input/BottleneckInputPlaceholder", "final_retrain_ops/weights"),
            Node("final_retrain_ops/add", "Add", "final_retrain_ops/MatMul", "final_retrain_ops/biases"),
            Node("Score", "Softmax", "final_retrain_ops/add"));
        return graph;

        void Append(params ReadOnlySpan<NodeDef> nodes) => graph.Node.Add(nodes.ToArray());

        string Add(string name, string op, params ReadOnlySpan<string> inputs)
        {
            Append(Node(name, op, inputs));
            return name;
        }

        string Convolution(string name, string x, int size, int from, int to)
        {
            Append(Random($"{name}/weights", size, size, from, to), Window(Node(name, "Conv2D", x, $"{name}/weights")),
                Random($"{name}/bias", to));
            return Add($"{name}/relu", "Relu", Add($"{name}/add", "BiasAdd", name, $"{name}/bias"));
        }

        string Depthwise(string name, string x, int size, int from)
        {
            Append(Random($"{name}/weights", size, size, from, 1), Window(Node(name, "DepthwiseConv2dNative", x, $"{name}/weights")));
            return Add($"{name}/relu", "Relu6", name);
        }

        string Joined(string name, params ReadOnlySpan<string> parts)
        {
            Append(Integers($"{name}/axis", [], 3), Typed(Node(name, "ConcatV2", [.. parts, $"{name}/axis"]), "T", DataType.DtFloat));
            return name;
        }

        NodeDef Random(string name, params long[] shape) => Floats(name, shape,
            [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)(random.NextDouble() * 2 - 1))]);
    }

    /// <summary>The header and the stream, in a folder of an archive.</summary>
    public static void Write(ZipArchive archive, GraphDef graph, string folder = Folder, int? length = null, int cutOff = 0,
        string resized = "ResizeTensor:0", string input = "input:0", string output = "Score:0", bool withNames = true)
    {
        var bytes = graph.ToByteArray();
        using (var key = archive.CreateEntry(folder + "Model.key").Open())
            key.Write(Key(withNames ? ["DecodeJPGInput:0", resized, input, output] : []));
        using var stream = archive.CreateEntry(folder + "TFModel").Open();
        stream.Write(BitConverter.GetBytes(length ?? bytes.Length));
        stream.Write(bytes.AsSpan(0, bytes.Length - cutOff));
    }

    private static byte[] Key(string[] names)
    {
        using var body = new MemoryStream();
        using (var writer = new BinaryWriter(body, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(sizeof(float));
            writer.Write(Classes);
            foreach (var name in names)
                writer.Write(name);
        }
        var bytes = new byte[256 + body.Length];
        "ML\0MODEL"u8.CopyTo(bytes);
        BitConverter.TryWriteBytes(bytes.AsSpan(16), 256L);
        BitConverter.TryWriteBytes(bytes.AsSpan(24), body.Length);
        "IMAGPRED"u8.CopyTo(bytes.AsSpan(64));
        "ImageClassificationPred"u8.CopyTo(bytes.AsSpan(80));
        body.ToArray().CopyTo(bytes, 256);
        return bytes;
    }

    private static NodeDef Typed(NodeDef node, params ReadOnlySpan<object> types)
    {
        for (var i = 0; i < types.Length; i += 2)
            node.With((string)types[i], new AttrValue { Type = (DataType)types[i + 1] });
        return node;
    }

    private static NodeDef Window(NodeDef node) => node.With("strides", Ints(1, 1, 1, 1))
        .With("padding", new AttrValue { S = ByteString.CopyFromUtf8("SAME") });

    private static AttrValue Ints(params long[] numbers)
    {
        var list = new AttrValue.Types.ListValue();
        list.I.Add(numbers);
        return new AttrValue { List = list };
    }
}
