using Microsoft.ML.Introspection.Onnx.Reading.Opsets;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>
/// Brings what is read from a file up to the operator set that we write, so that the rest of the engine knows only one
/// form of every operator. What changed is in one table, <see cref="OpsetSteps"/>.
/// </summary>
internal static class OpsetConversion
{
    // The file format that came with operator set 21.
    private const long FileFormat = 10;

    // The newest set and file format that ONNX Runtime takes for released. What came later changed types alone, but for new operators.
    private const int NewestOpset = 26, NewestFileFormat = 13;

    /// <summary>Operators that came later, and with which set.</summary>
    internal static IReadOnlyDictionary<string, int> Newer { get; } =
        new Dictionary<string, int> { ["CausalConvWithState"] = 27, ["LinearAttention"] = 27, ["SwiGLU"] = 28 };

    /// <summary>
    /// The model at <see cref="Graph.MinimumOpset"/> or, if it was newer already, at its own operator set, as far as ONNX Runtime knows it.
    /// </summary>
    /// <exception cref="UnsupportedOperatorException">An operator of the file's set has no equal in ours.</exception>
    /// <exception cref="InvalidModelException">A node lacks an input or attribute that its operator needs.</exception>
    public static OnnxModel ToCurrent(OnnxModel model) => ToReleased(To(FunctionInlining.Inline(model), Graph.MinimumOpset));

    private static OnnxModel ToReleased(OnnxModel model)
    {
        if (model.Opset <= NewestOpset && model.Proto.IrVersion <= NewestFileFormat)
            return model;
        var proto = model.ProtoToChange();
        proto.IrVersion = Math.Min(proto.IrVersion, NewestFileFormat);
        for (var i = 0; i < proto.OpsetImport.Count; i++)
            if (proto.OpsetImport[i] is { Domain: "" or "ai.onnx" } import)
                proto.OpsetImport[i] = new(import) { Version = Math.Min(import.Version, NewestOpset) };
        return new OnnxModel(proto);
    }

    /// <summary>The model, which holds no functions that need another operator set, at <paramref name="opset"/> at least.</summary>
    internal static OnnxModel To(OnnxModel model, int opset)
    {
        if (model.Opset >= opset)
            return model;
        var proto = model.Proto.Clone();
        Convert(proto.Graph, new ConversionScope(proto.Graph), model.Opset, opset);

        // Old files list their initializers among the inputs too; in the newer format that would make them replaceable.
        var initializers = proto.Graph.Initializer.Select(i => i.Name).ToHashSet();
        foreach (var input in proto.Graph.Input.Where(i => initializers.Contains(i.Name)).ToList())
            proto.Graph.Input.Remove(input);
        foreach (var import in proto.OpsetImport.Where(o => o.Domain is "" or "ai.onnx"))
            import.Version = opset;
        proto.IrVersion = Math.Max(proto.IrVersion, FileFormat);
        return new OnnxModel(proto);
    }

    /// <summary>Brings the nodes of a graph, and of the bodies within, from one operator set to another.</summary>
    internal static void Convert(GraphProto graph, ConversionScope scope, int from, int to)
    {
        var old = graph.Node.ToList();
        graph.Node.Clear();
        foreach (var node in old)
        {
            foreach (var converted in Convert(node, scope, from, to))
            {
                graph.Node.Add(converted);
                scope.Note(converted);
            }
        }
    }

    /// <summary>Brings one node, which is changed, and the bodies it holds, from one operator set to another.</summary>
    /// <returns>The nodes that stand for it, in order.</returns>
    internal static IEnumerable<NodeProto> Convert(NodeProto node, ConversionScope scope, int from, int to)
    {
        foreach (var body in node.Attribute.SelectMany(Subgraphs.Of))
            Convert(body, new ConversionScope(body, scope), from, to);
        return OpsetSteps.Apply(node, scope, from, to);
    }
}
