using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// What the outputs of a large model depend on. ONNX Runtime takes longer than the square of what reads one tensor to load, so that nodes
/// which lead nowhere, of which a file may hold any number, are not handed to it.
/// </summary>
internal static class NeededNodes
{
    /// <summary>Up to so many nodes all are kept: they are layers, and can be asked for.</summary>
    public const int Most = 1 << 13;

    /// <summary>The model, without what no output depends on where it has very many nodes.</summary>
    public static OnnxModel Of(OnnxModel model)
    {
        if (model.Proto.Graph.Node.Count <= Most)
            return model;
        var used = model.Proto.Graph.Output.Select(o => o.Name).ToHashSet();
        var kept = new Stack<NodeProto>();
        foreach (var node in model.Proto.Graph.Node.Reverse().Where(n => n.Output.Any(used.Contains)))
        {
            kept.Push(node);
            used.UnionWith(node.Input);
            used.UnionWith(Subgraphs.Captured(node.Attribute));
        }
        if (kept.Count == model.Proto.Graph.Node.Count)
            return model;
        var proto = model.Proto.Clone();
        proto.Graph.Node.Clear();
        proto.Graph.Node.Add(kept);
        return new OnnxModel(proto);
    }
}
