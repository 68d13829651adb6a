using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Maximum flows within a graph, of many pairs of tokens at once. Of all blocks only those between the first and the last have flows of
/// their own: the source's row of the first is what enters these, the sink's column of the last what may leave.
/// </summary>
internal static class FlowGraph
{
    /// <summary>What is left of a capacity after so many sums of numbers up to 1 is rounding.</summary>
    public const double Nothing = 1e-14;

    /// <summary>Numbers in one tensor of flows: pairs are taken in groups of as many as fit.</summary>
    private const long InOneGroup = 1 << 18;

    /// <summary>The flow from every token to each, or from one.</summary>
    /// <param name="capacities">What may flow from each token of a layer to each of the next: [N, T, T] each, in double precision.</param>
    /// <param name="source">The token of the first layer; null for all.</param>
    /// <returns>Shape [N, T, T] for all sources, [N, 1, T] for one; NaN where rounding let no end be found.</returns>
    public static Value Between(IReadOnlyList<Value> capacities, long? source)
    {
        var (first, last, graph) = (capacities[0], capacities[^1], capacities[0].Graph);
        var tokens = first.Shape[^1].Value;
        var sources = source is { } one ? first.Slice([one], [one + 1], [1]) : first;
        if (capacities.Count == 1)
            return sources;
        var pairs = (source is null ? tokens : 1) * tokens;
        var group = Math.Clamp(InOneGroup / (Math.Max(1, capacities.Count - 2) * tokens * tokens), 1, pairs);
        var groups = (pairs + group - 1) / group;
        var inner = capacities.Count == 2 ? null
            : Operators.Concat(1, [.. capacities.Skip(1).SkipLast(1).Select(c => c.Unsqueeze(1))]).Unsqueeze(1);
        // The last group is filled up with its last pair.
        Value Of(Func<long, long> token) => graph.Constant(Tensor.From(Enumerable.Range(0, (int)(groups * group))
            .Select(i => token(Math.Min(i, pairs - 1))).ToArray(), groups, group));
        var (from, to) = (Of(pair => pair / tokens), Of(pair => pair % tokens));
        var flows = graph.Loop(graph.Constant(groups), [], (turn, _) =>
        {
            var enters = sources.Gather(from.Gather(turn), 1);
            var leaves = last.Gather(to.Gather(turn), 2).TransposeMatrix();
            return new LoopStep([], [inner is null ? enters.Minimum(leaves).ReduceSum([2], keepDimensions: false)
                : new FlowRounds(inner, enters, leaves).Flow()]);
        })[0];
        return flows.Transpose(1, 0, 2).Reshape(0, groups * group).Slice([0], [pairs], [1]).Reshape(0, -1, tokens);
    }
}
