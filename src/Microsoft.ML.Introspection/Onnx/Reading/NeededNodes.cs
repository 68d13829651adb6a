using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>What the outputs of a model depend on.</summary>
internal static class NeededNodes
{
    /// <summary>Up to so many nodes all are kept: they are layers, and can be asked for.</summary>
    public const int Most = 1 << 13;

    /// <summary>The model, without what no output depends on where it has very many nodes, and with the others in a good order.</summary>
    /// <remarks>
    /// ONNX Runtime takes longer than the square of what reads one tensor to load, so that nodes which lead nowhere, of which a file may
    /// hold any number, are not handed to it.
    /// </remarks>
    public static OnnxModel Of(OnnxModel model)
    {
        if (model.Proto.Graph.Node.Count <= Most)
            return model;
        var proto = model.ProtoToChange();
        Keep(proto.Graph);
        NodeOrder.Settle(proto.Graph);
        return new OnnxModel(proto);
    }

    /// <summary>Takes the nodes away that no output depends on; inputs and constants stay.</summary>
    public static void Keep(GraphProto graph)
    {
        var used = graph.Output.Select(o => o.Name).ToHashSet();
        var kept = new Stack<NodeProto>();
        foreach (var node in graph.Node.Reverse().Where(n => n.Output.Any(used.Contains)))
        {
            kept.Push(node);
            used.UnionWith(node.Input);
            used.UnionWith(Subgraphs.Captured(node.Attribute));
        }
        if (kept.Count == graph.Node.Count)
            return;
        graph.Node.Clear();
        graph.Node.Add(kept);
    }
}
