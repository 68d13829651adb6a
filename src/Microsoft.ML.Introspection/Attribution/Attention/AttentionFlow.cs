using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Attention flow: how much can flow from a token at the end to each at the start through all blocks, where what a block lets pass between
/// two tokens is at most its attention, its heads fused, with what the residual connection passes on, rows made to sum to 1: a maximum flow
/// for each pair of tokens. Computed on the host, from the maps of one row (<see cref="AttentionMap"/>); it is no graph.
/// Abnar, Zuidema 2020, arXiv:2005.00928; Dinic 1970.
/// </summary>
/// <param name="Heads">How the heads become one map.</param>
/// <param name="Residual">Whether the residual connections count.</param>
public sealed record AttentionFlow(HeadFusion Heads = HeadFusion.Mean, bool Residual = true)
{
    /// <summary>The most that may be computed: blocks times tokens squared, once for each pair that is asked about.</summary>
    public const long LargestWork = 1L << 33;

    /// <summary>The flow from every token, or from one.</summary>
    /// <param name="maps">The maps of the blocks in their order, shape [heads, tokens, tokens] each.</param>
    /// <param name="query">The token at the end; null for all.</param>
    /// <returns>Shape [tokens, tokens] for all queries, [1, tokens] for one.</returns>
    /// <exception cref="ArgumentException">
    /// There is no map, or one has other tokens than the first, or a number that is none; or it would take too long.
    /// </exception>
    public Tensor Of(IReadOnlyList<Tensor> maps, int? query = null)
    {
        ArgumentNullException.ThrowIfNull(maps);
        if (maps.Count == 0 || maps[0].Dimensions is not [_, var tokens, var keys] || tokens != keys
            || maps.FirstOrDefault(m => m.Dimensions is not [_, var rows, var columns] || rows != tokens || columns != tokens) is not null)
            throw new ArgumentException("Maps [heads, tokens, tokens] of the same tokens were expected, one for each block; given were "
                + $"{string.Join(", ", maps.Select(m => m.Shape))}.", nameof(maps));
        if (query is { } asked && (asked < 0 || asked >= tokens))
            throw new ArgumentException($"There is no token {asked} to ask: there are {tokens}, from 0.", nameof(query));
        var (n, queries) = ((int)tokens, query is { } only ? [only] : Enumerable.Range(0, (int)tokens).ToArray());
        if ((Int128)maps.Count * n * n * n * queries.Length > LargestWork)
            throw new ArgumentException($"The flow between {queries.Length} × {n} tokens through {maps.Count} blocks would take too long. "
                + (query is null ? "Ask for one query." : "Attention rollout is a bound that is quick to have."));
        // The last block is where a flow begins.
        double[][] capacities = [.. maps.Reverse().Select(m => Capacities(m, n))];
        var flows = new double[queries.Length * n];
        Parallel.For(0, queries.Length, i =>
        {
            var network = new LayeredFlow(capacities, n);
            for (var key = 0; key < n; key++)
                flows[i * n + key] = network.Between(queries[i], key);
        });
        return Tensor.From(flows, queries.Length, n);
    }

    private double[] Capacities(Tensor map, int tokens)
    {
        var (numbers, heads, all) = (map.ToDouble(), (int)map.Dimensions[0], new double[tokens * tokens]);
        for (var i = 0; i < all.Length; i++)
        {
            var value = numbers[i];
            for (var head = 1; head < heads; head++)
            {
                var next = numbers[head * all.Length + i];
                value = Heads switch { HeadFusion.Mean => value + next, HeadFusion.Max => Math.Max(value, next), _ => Math.Min(value,
                    next) };
            }
            all[i] = Heads == HeadFusion.Mean ? value / heads : value;
            if (!(all[i] >= 0 && double.IsFinite(all[i])))
                throw new ArgumentException($"Attention from {i / tokens} to {i % tokens} is {all[i]}, and a share was expected.");
        }
        for (var row = 0; row < tokens; row++)
        {
            if (Residual)
                all[row * tokens + row] += 1;
            var sum = 0.0;
            for (var i = 0; i < tokens; i++)
                sum += all[row * tokens + i];
            for (var i = 0; i < tokens && sum > 0; i++)
                all[row * tokens + i] /= sum;
        }
        return all;
    }

    // Tokens in layers, each joined to all of the next: shortest ways are filled until none is left, what was sent may be taken back.
    private sealed class LayeredFlow(double[][] capacities, int tokens)
    {
        /// <summary>What is left of a capacity after so many sums of numbers up to 1 is rounding.</summary>
        private const double Nothing = 1e-14;

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
                    if (Neighbour(node, i) is var other && _distance[other] < 0 && Left(node, i) > Nothing)
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
                if (left <= Nothing || _distance[other] != _distance[node] + 1 || Send(other, sink, Math.Min(most,
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
}
