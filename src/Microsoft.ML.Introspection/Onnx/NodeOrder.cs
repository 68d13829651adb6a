using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>The order in which the nodes of a graph stand in its file.</summary>
internal static class NodeOrder
{
    // Graphs of fewer nodes are loaded fast in any order.
    private const int MostAsTheyCome = 1 << 12;

    /// <summary>Puts every node of a large graph where all that it takes has just been made. What the graph computes is the same.</summary>
    /// <remarks>
    /// ONNX Runtime sorts the nodes dozens of times while it loads a graph, and walks through all that are ready at each. A gradient that
    /// stands behind its network has half of its nodes ready by the time that the network ends; in this order there are few.
    /// </remarks>
    public static void Settle(GraphProto graph)
    {
        if (graph.Node.Count <= MostAsTheyCome)
            return;
        var nodes = graph.Node.ToList();
        var makers = new Dictionary<string, int>();
        foreach (var (i, node) in nodes.Index())
            foreach (var output in node.Output)
                makers[output] = i;
        makers.Remove("");
        var users = nodes.ConvertAll(_ => new List<int>());
        var awaited = new int[nodes.Count];
        foreach (var (i, node) in nodes.Index())
            foreach (var input in node.Input.Concat(Subgraphs.Captured(node.Attribute)).Distinct())
                if (makers.TryGetValue(input, out var maker))
                {
                    users[maker].Add(i);
                    awaited[i]++;
                }
        graph.Node.Clear();
        var ready = new Stack<int>();
        foreach (var first in Enumerable.Range(0, nodes.Count).Where(i => awaited[i] == 0).ToList())
        {
            ready.Push(first);
            while (ready.TryPop(out var next))
            {
                graph.Node.Add(nodes[next]);
                foreach (var user in users[next])
                    if (--awaited[user] == 0)
                        ready.Push(user);
            }
        }
    }
}
