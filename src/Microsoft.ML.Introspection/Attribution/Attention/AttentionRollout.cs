using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Attention rollout: what flows from each token of the start to each of the end, R = Â_L·…·Â₁, where Â is a block's attention, its heads
/// fused, with what the residual connection passes on, A + I, rows made to sum to 1. Whatever the score; no gradients.
/// Abnar, Zuidema 2020, arXiv:2005.00928.
/// </summary>
/// <param name="Heads">How the heads become one map.</param>
/// <param name="Discard">
/// The share of the smallest entries of each map that is taken for nothing, before the residual is added; 0 in the paper.
/// </param>
[Method("attention-rollout", "Attention multiplied through all blocks, with the residual connections; whatever the score",
    "Abnar, Zuidema 2020, arXiv:2005.00928")]
public sealed record AttentionRollout(
    [Option("How the heads of a block become one map.")]
    HeadFusion Heads = HeadFusion.Mean,
    [Option("The share of the smallest entries of each map that is taken for nothing.")]
    double Discard = 0) : GatheredRelation
{
    /// <summary>The share of the smallest entries that is taken for nothing.</summary>
    public double Discard { get; } = Discard is >= 0 and < 1 ? Discard
        : throw new ArgumentOutOfRangeException(nameof(Discard), Discard, "The discarded share lies from 0 to below 1.");

    /// <summary>Whether the residual connections count.</summary>
    [Option("Whether the residual connections count.")]
    public bool Residual { get; init; } = true;

    private protected override Value Relation(Question question, AttentionMaps maps, AttentionStreams streams, Queries queries)
    {
        if (!streams.AreAskedOfSource)
            return Through(maps, streams.Own).Aggregate((Value?)null, Rows)!;
        var own = Through(maps, streams.Own).Aggregate((rollout, before) => rollout.MatMul(before));
        var towards = queries.Of(own.TransposeMatrix().MatMul(maps[streams.Crosses[^1]].Fused(Heads)));
        return streams.Encoder.Count == 0 ? towards : Through(maps, streams.Encoder).Aggregate(towards, Rows);

        Value Rows(Value? rows, Value before) => rows is null ? queries.Of(before) : rows.MatMul(before);
    }

    // From the last block, where it is asked: one row takes no product of matrices.
    private IEnumerable<Value> Through(AttentionMaps maps, List<int> blocks) =>
        Counted(blocks).Reverse().Select(block => Discarded(maps[block].Fused(Heads)).PassedOn(Residual));

    // The entry of the first token for itself stays in any case, as the class token's does in the code that this is known from.
    private Value Discarded(Value map)
    {
        var tokens = map.Shape[^1].Value;
        var count = (long)(Discard * tokens * tokens);
        if (count == 0)
            return map;
        var flat = map.Reshape(-1, tokens * tokens);
        var smallest = map.Graph.Emit("TopK", [flat, map.Graph.Constant(Tensor.Vector(count))], Onnx.Attributes.Of(("largest", 0L)), 2);
        var left = flat.ScatterAdd(smallest[1], -smallest[0], 1);
        return Operators.Concat(1, flat.Slice([0], [1], [1]), left.Slice([1], [tokens * tokens], [1])).Reshape(-1, tokens, tokens);
    }
}
