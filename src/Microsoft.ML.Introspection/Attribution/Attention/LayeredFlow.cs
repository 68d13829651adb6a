namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// The maximum flow between tokens in layers, each joined to all of the next: shortest ways are filled until none is left, what was sent
/// may be taken back. Dinic 1970.
/// </summary>
/// <param name="capacities">What may flow from each token of a layer to each of the next, [tokens, tokens].</param>
/// <param name="tokens">How many a layer has.</param>
internal sealed class LayeredFlow(double[][] capacities, int tokens)
{
    private readonly double[][] _left = [.. capacities.Select(c => new double[c.Length])];
    private readonly double[][] _sent = [.. capacities.Select(c => new double[c.Length])];
    private readonly int[] _distance = new int[(capacities.Length + 1) * tokens];
    private readonly int[] _next = new int[(capacities.Length + 1) * tokens];
    private readonly int[] _queue = new int[(capacities.Length + 1) * tokens];

    public double Between(int from, int to)
    {
        for (var layer = 0; layer < capacities.Length; layer++)
        {
            capacities[layer].CopyTo(_left[layer], 0);
            Array.Clear(_sent[layer]);
        }
        var (flow, sink) = (0.0, capacities.Length * tokens + to);
        while (Reaches(from, sink))
        {
            Array.Clear(_next);
            while (Send(from, sink, double.PositiveInfinity) is > 0 and var more)
                flow += more;
        }
        return flow;
    }

    // What a node may send on to its i-th neighbour: those of the next layer, then those of the one before.
    private ref double Left(int node, int i)
    {
        var (layer, token) = (node / tokens, node % tokens);
        return ref i < tokens ? ref _left[layer][token * tokens + i] : ref _sent[layer - 1][(i - tokens) * tokens + token];
    }

    private (int First, int End) Neighbours(int node) =>
        (node >= capacities.Length * tokens ? tokens : 0, node < tokens ? tokens : 2 * tokens);

    private int Neighbour(int node, int i) => i < tokens ? (node / tokens + 1) * tokens + i : (node / tokens - 1) * tokens + i - tokens;

    private bool Reaches(int from, int sink)
    {
        Array.Fill(_distance, -1);
        var (head, tail) = (0, 0);
        (_distance[from], _queue[tail++]) = (0, from);
        while (head < tail && _distance[sink] < 0)
        {
            var node = _queue[head++];
            var (first, end) = Neighbours(node);
            for (var i = first; i < end; i++)
                if (Neighbour(node, i) is var other && _distance[other] < 0 && Left(node, i) > FlowGraph.Nothing)
                    (_distance[other], _queue[tail++]) = (_distance[node] + 1, other);
        }
        return _distance[sink] >= 0;
    }

    private double Send(int node, int sink, double most)
    {
        if (node == sink)
            return most;
        var (first, end) = Neighbours(node);
        for (ref var i = ref _next[node]; i < end; i++)
        {
            i = Math.Max(i, first);
            ref var left = ref Left(node, i);
            var other = Neighbour(node, i);
            if (left <= FlowGraph.Nothing || _distance[other] != _distance[node] + 1 || Send(other, sink, Math.Min(most,
                left)) is not (> 0 and var sent))
                continue;
            left -= sent;
            // Back along the same edge.
            Left(other, node % tokens + (i < tokens ? tokens : 0)) += sent;
            return sent;
        }
        return 0;
    }
}
