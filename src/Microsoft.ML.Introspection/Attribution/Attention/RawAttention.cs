using System.Globalization;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Raw attention: the probabilities of one block, of one head or of all fused. What a query looks at, not what the score is made of.
/// Vaswani et al. 2017, arXiv:1706.03762.
/// </summary>
/// <param name="Heads">How the heads become one map.</param>
[Method("attention", "The attention of one block, of one head or all heads fused; whatever the score",
    "Vaswani et al. 2017, arXiv:1706.03762")]
public sealed record RawAttention(
    [Option("How the heads of a block become one map.")]
    HeadFusion Heads = HeadFusion.Mean) : TokenRelation
{
    /// <summary>The block, from 0 in the order in which they are computed; null for the last.</summary>
    [Option("The block, from 0; last for the last.", Absent = "last")]
    public int? Block { get; init => field = value is null or >= 0 ? value : throw Below(nameof(Block), value.Value); }

    /// <summary>The head, from 0; null for all, fused.</summary>
    [Option("The head, from 0; all fuses them.", Absent = "all")]
    public int? Head { get; init => field = value is null or >= 0 ? value : throw Below(nameof(Head), value.Value); }

    private protected override Value Relation(Question question, AttentionMaps maps, AttentionStreams streams, Queries queries)
    {
        var block = Block ?? (streams.AreAskedOfSource ? streams.Crosses[^1] : streams.Last);
        if (block >= maps.Blocks.Count)
            throw new ArgumentException($"There is no block {block}; the network has {maps.Blocks.Count}, from 0.");
        var map = maps[block];
        if (Head is not { } head)
            return queries.Of(map.Fused(Heads));
        return head < map.Shape[1].Value ? queries.Of(map.Slice([head], [head + 1L], [1]).Squeeze(1))
            : throw new ArgumentException($"There is no head {head}; the block has {map.Shape[1]}, from 0.");
    }

    private static ArgumentOutOfRangeException Below(string name, int value) =>
        new(name, string.Create(CultureInfo.InvariantCulture, $"{value}"), "Blocks and heads are counted from 0.");
}
