using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Generic attention: what the tokens contribute to one another for this score, R ← R + Ā·R from the identity, block by block, with
/// Ā = mean over heads of ReLU(∂S/∂A ⊙ A). Between decoder and encoder, R_qi ← R_qi + R̂_qqᵀ·Ā·R̂_ii at each cross-attention, R̂ being I
/// with what was gathered, its rows made to sum to 1; a row of nothing stays nothing. Chefer, Gur, Wolf 2021, arXiv:2103.15679.
/// </summary>
[Method("generic-attention", "Attention times its gradient, gathered block by block; cross-attention too",
    "Chefer, Gur, Wolf 2021, arXiv:2103.15679")]
public sealed record GenericAttention : GatheredRelation
{
    /// <summary>Whether what self-attention has gathered is made to sum to 1 in each row before cross-attention takes it.</summary>
    [Option("Whether the rows of what self-attention gathered are made to sum to 1 before cross-attention takes it.")]
    public bool Normalized { get; init; } = true;

    private protected override Value Relation(Question question, AttentionMaps maps, AttentionStreams streams, Queries queries)
    {
        if (!streams.AreAskedOfSource)
            return Gathered(Counted(streams.Own).Select(block => Weighed(maps, block)), queries);
        var encoder = streams.Encoder.Aggregate((Value?)null, (r, block) => Gathered(r, maps, block));
        Value? own = null, towards = null;
        foreach (var block in Counted(streams.Own).Concat(streams.Crosses).Order())
        {
            if (maps.Blocks[block].Kind == AttentionKind.Self)
            {
                towards = towards is null ? null : towards + Weighed(maps, block).MatMul(towards);
                own = Gathered(own, maps, block);
                continue;
            }
            var step = Weighed(maps, block);
            if (own is not null)
                step = Rows(own).TransposeMatrix().MatMul(step);
            if (encoder is not null)
                step = step.MatMul(Rows(encoder));
            towards = towards is null ? step : towards + step;
        }
        return queries.Of(towards!);
    }

    private static Value Weighed(AttentionMaps maps, int block) => (maps.Gradient(block) * maps[block]).Relu().MeanInOrder(1).Squeeze(1);

    private static Value Gathered(Value? relation, AttentionMaps maps, int block)
    {
        var weighed = Weighed(maps, block);
        return relation is null ? BlockMaps.Identity(weighed) + weighed : relation + weighed.MatMul(relation);
    }

    private Value Rows(Value relation)
    {
        if (!Normalized)
            return relation;
        var (identity, gathered) = (BlockMaps.Identity(relation), relation - BlockMaps.Identity(relation));
        return identity + gathered.OverOrZero(gathered.SumInOrder(2));
    }
}
