using Google.Protobuf;
using Microsoft.ML.Introspection.Importers.TensorFlow;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>
/// Graphs of TensorFlow with their variables as constants in them: frozen ones, a <c>GraphDef</c> alone, as <c>.pb</c> files and pipelines
/// of ML.NET hold them. Such a graph does not tell where it begins and ends; what no one names is guessed.
/// </summary>
public static class TensorFlowGraph
{
    /// <summary>Whether content is that of a graph, by how it begins: with a node that has a name and an operator.</summary>
    public static bool IsGraph(ReadOnlySpan<byte> start) => start is [0x0A, ..] && Inner(start[1..]) is [0x0A, >= 1, ..];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Where the graph begins and ends.</param>
    /// <inheritdoc cref="Read(ReadOnlyMemory{byte}, IReadOnlyList{string}, IReadOnlyList{string})"/>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static OnnxModel Load(string path, TranslationOptions? options = null) =>
        ModelFile.Read(path, bytes => Read(bytes, options ?? new TranslationOptions()));

    /// <summary>Reads a graph from memory as an ONNX model.</summary>
    /// <param name="bytes">The graph.</param>
    /// <param name="inputs">The tensors where it begins, as <c>node</c> or <c>node:0</c>; none for all placeholders.</param>
    /// <param name="outputs">The tensors where it ends; none for those that no other node uses.</param>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    /// <exception cref="InvalidModelException">
    /// It is damaged, or holds what cannot be translated; the message names the node.
    /// </exception>
    public static OnnxModel Read(ReadOnlyMemory<byte> bytes, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        return Read(bytes, new TranslationOptions { Inputs = inputs, Outputs = outputs });
    }

    private static OnnxModel Read(ReadOnlyMemory<byte> bytes, TranslationOptions options)
    {
        var graph = Parse(bytes);
        return Read(graph, options, _ => null);
    }

    /// <summary>Reads the nodes of a graph.</summary>
    internal static GraphDef Parse(ReadOnlyMemory<byte> bytes)
    {
        GraphDef graph;
        try
        {
            graph = GraphDef.Parser.ParseFrom(new System.Buffers.ReadOnlySequence<byte>(bytes));
        }
        catch (Exception e)
            when (e is InvalidProtocolBufferException or ArgumentException or IndexOutOfRangeException or ArithmeticException)
        {
            throw new InvalidModelException("It is no graph of TensorFlow, or it is truncated: " + e.Message, e);
        }
        return graph.Node.Count > 0 ? graph : throw new InvalidModelException("It is a graph of TensorFlow without nodes.");
    }

    /// <summary>Writes a graph as an ONNX model.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">Where it begins and ends.</param>
    /// <param name="shapes">The shapes of inputs that are known from elsewhere; null for what the graph says.</param>
    internal static OnnxModel Read(GraphDef graph, TranslationOptions options, Func<string, TensorShapeProto?> shapes)
    {
        var (inputs, outputs) = (options.Inputs, options.Outputs);
        var body = new NodeBody("", graph.Node);
        Check(body, inputs, nameof(inputs));
        Check(body, outputs, nameof(outputs));
        var library = new FunctionLibrary(graph.Library);
        IReadOnlyList<string> ends = outputs.Count > 0 ? outputs : Ends(body);
        IReadOnlyList<string> begins = inputs.Count > 0 ? inputs : Placeholders(body, library, ends);
        return GraphImport.Write(body, library, [.. begins.Select(b => End(b) with { Shape = shapes(b) })],
            [.. ends.Select(End)], options, (_, _) => handle =>
            throw new InvalidModelException($"The {handle} is a variable, whose numbers are not in the file. Freeze the graph, or open "
                + "the SavedModel that it is part of."));
    }

    private static EndPoint End(string tensor) => new(tensor.EndsWith(":0", StringComparison.Ordinal) ? tensor[..^2] : tensor, tensor);

    /// <summary>Refuses names of tensors that the graph does not have, and those that stand twice.</summary>
    internal static void Check(NodeBody graph, IReadOnlyList<string> tensors, string parameter)
    {
        foreach (var tensor in tensors)
            if (string.IsNullOrEmpty(tensor) || graph.Find(tensor.Split(':')[0]) is null)
                throw new ArgumentException($"The graph has no node '{tensor}'; it has {string.Join(", ", graph.Nodes
                    .Where(n => n.Op != "Const").Take(20).Select(n => $"'{n.Name}' ({n.Op})"))}.", parameter);
        if (tensors.GroupBy(t => End(t).Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"'{twice.Key}' is named twice.", parameter);
    }

    // What no node uses, and is none of those that only carry constants or act without a result.
    private static List<string> Ends(NodeBody graph)
    {
        var used = graph.Nodes.SelectMany(n => n.Input).Select(i => i.TrimStart('^').Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        var ends = graph.Nodes.Where(n => !used.Contains(n.Name) && n.Op is not ("Const" or "NoOp" or "Assert" or "Placeholder"
            or "PlaceholderWithDefault" or "VarHandleOp" or "SaveV2" or "RestoreV2")).Select(n => n.Name).ToList();
        return ends.Count > 0 ? ends : throw new InvalidModelException("Every node of the graph is used by another one: it does not tell "
            + "its outputs. Name them.");
    }

    /// <summary>The placeholders that some outputs need.</summary>
    internal static List<string> Placeholders(NodeBody graph, FunctionLibrary library, IReadOnlyList<string> outputs)
    {
        var flat = new FlatGraph(library);
        var root = new CallFrame(graph, null, null);
        var nodes = flat.Order(flat.Outputs(root, outputs), _ => false);
        var needed = nodes.Where(n => n.Operator == "Placeholder" && n.Frame == root).Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        // What cannot be translated may be what stands between the outputs and the inputs.
        if (needed.Count == 0 && nodes.FirstOrDefault(n => TranslationTable.Find(n.Operator) is null) is { } unknown)
            throw TranslationTable.Unknown(unknown);
        return needed.Count > 0 ? [.. graph.Nodes.Where(n => needed.Contains(n.Name)).Select(n => n.Name)]
            : throw new InvalidModelException("The graph has no placeholder that its outputs need: it does not tell its inputs. "
                + "Name them.");
    }

    private static ReadOnlySpan<byte> Inner(ReadOnlySpan<byte> start)
    {
        var length = start.IndexOfAnyInRange((byte)0, (byte)0x7F);
        return length is >= 0 and < 5 ? start[(length + 1)..] : [];
    }
}
