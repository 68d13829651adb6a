using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>What the standard asks of a file, writers have left out, and ONNX Runtime does not miss.</summary>
internal static class LaxFiles
{
    /// <summary>
    /// Names an operator set where none is named and no node needs one, as in the first files of sklearn-onnx; puts nodes that stand before
    /// what they use behind it. What cannot be mended stays for <see cref="ModelCheck"/> to tell.
    /// </summary>
    public static void Mend(ModelProto model)
    {
        if (model.Graph is not { } graph)
            return;
        if (!model.OpsetImport.Any(o => IsStandard(o.Domain)) && model.Functions.Count == 0 && !Nodes(graph).Any(n => IsStandard(n.Domain)))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = ModelCheck.OldestOpset });
        Sort(graph);
    }

    private static bool IsStandard(string domain) => domain is "" or "ai.onnx";

    private static IEnumerable<NodeProto> Nodes(GraphProto graph) =>
        graph.Node.Concat(graph.Node.SelectMany(n => n.Attribute).SelectMany(Subgraphs.Of).SelectMany(Nodes));

    private static void Sort(GraphProto graph)
    {
        var nodes = graph.Node.ToList();
        foreach (var body in nodes.SelectMany(n => n.Attribute).SelectMany(Subgraphs.Of))
            Sort(body);
        var makers = new Dictionary<string, int>();
        foreach (var (i, node) in nodes.Index())
            foreach (var output in node.Output.Where(o => o.Length > 0))
                makers.TryAdd(output, i);
        var needed = nodes.ConvertAll(n => n.Input.Concat(Subgraphs.Captured(n.Attribute))
            .Select(name => makers.GetValueOrDefault(name, -1)).Where(maker => maker >= 0).ToArray());
        if (needed.Index().All(n => n.Item.All(maker => maker < n.Index)))
            return;
        // Each node, in the file's order, after all that it needs; where nodes need each other in a circle, there is no order to find.
        var (places, met, placed) = (new Stack<(int Node, int Next)>(), new bool[nodes.Count], new bool[nodes.Count]);
        var sorted = new List<NodeProto>(nodes.Count);
        for (var first = 0; first < nodes.Count; first++)
        {
            if (met[first])
                continue;
            met[first] = true;
            places.Push((first, 0));
            while (places.TryPop(out var place))
            {
                if (place.Next == needed[place.Node].Length)
                {
                    sorted.Add(nodes[place.Node]);
                    placed[place.Node] = true;
                    continue;
                }
                places.Push((place.Node, place.Next + 1));
                var maker = needed[place.Node][place.Next];
                if (placed[maker])
                    continue;
                if (met[maker])
                    return;
                met[maker] = true;
                places.Push((maker, 0));
            }
        }
        graph.Node.Clear();
        graph.Node.AddRange(sorted);
    }
}
