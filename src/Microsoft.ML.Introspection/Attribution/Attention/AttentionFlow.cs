using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Attention flow: how much can flow from a token at the end to each at the start through all blocks, where what a block lets pass between
/// two tokens is at most its attention, its heads fused, with what the residual connection passes on, rows made to sum to 1: a maximum flow
/// for each pair of tokens, in double precision. Whatever the score; no gradients. <see cref="Of"/> computes it on the host, some tens of
/// times as fast, from the maps of one row (<see cref="AttentionMap"/>). Abnar, Zuidema 2020, arXiv:2005.00928.
/// </summary>
/// <param name="Heads">How the heads become one map.</param>
[Method("attention-flow", "The most that can flow between tokens through all blocks, attention being capacity; whatever the score",
    "Abnar, Zuidema 2020, arXiv:2005.00928")]
public sealed record AttentionFlow(
    [Option("How the heads of a block become one map.")]
    HeadFusion Heads = HeadFusion.Mean) : GatheredRelation
{
    /// <summary>
    /// The most that <see cref="Of"/> computes: blocks times tokens squared, once for each pair that is asked about; a graph, which is
    /// slower, takes a sixty-fourth of it for a row.
    /// </summary>
    public const long LargestWork = 1L << 33;

    private const long LargestGraph = LargestWork >> 6;

    /// <summary>Whether the residual connections count.</summary>
    [Option("Whether the residual connections count.")]
    public bool Residual { get; init; } = true;

    private protected override Value Relation(Question question, AttentionMaps maps, AttentionStreams streams, Queries queries)
    {
        if (streams.AreAskedOfSource)
            throw new ArgumentException($"Attention flow is of self-attention; '{maps.Blocks[streams.Crosses[0]].Name}' attends to other "
                + "tokens. Attention rollout takes these, too.");
        List<int> blocks = [.. Counted(streams.Own)];
        var tokens = maps[blocks[0]].Shape[^1].Value;
        var query = queries.One(tokens);
        // Through up to two blocks there is but one way by each token.
        if (blocks.Count > 2 && Work(blocks.Count, tokens, query) > LargestGraph)
            throw new ArgumentException($"{TooMuch(blocks.Count, tokens, query)} On the host there is AttentionFlow.Of, some tens of "
                + "times as fast (introspect attention --flow).");
        // The last block is where a flow begins.
        var flows = FlowGraph.Between(
            [.. blocks.Reverse<int>().Select(block => maps[block].Cast(ElementType.Double).Fused(Heads).PassedOn(Residual))], query);
        return (query is null ? queries.Of(flows) : flows).Cast(maps[blocks[0]].Type);
    }

    private static Int128 Work(int blocks, long tokens, long? query) =>
        (Int128)blocks * tokens * tokens * tokens * (query is null ? tokens : 1);

    private static string TooMuch(int blocks, long tokens, long? query) =>
        $"The flow between {(query is null ? tokens : 1)} × {tokens} tokens through {blocks} blocks would take too long. "
            + (query is null ? "Ask for one query." : "Attention rollout is quick to have.");

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
        if (Work(maps.Count, n, query) > LargestWork)
            throw new ArgumentException(TooMuch(maps.Count, n, query));
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
}
