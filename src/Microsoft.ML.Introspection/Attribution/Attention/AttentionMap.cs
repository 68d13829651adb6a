using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>The probabilities of one block of attention, shape [N, heads, queries, keys].</summary>
/// <param name="Block">The block, from 0 in the order in which they are computed (<see cref="AttentionBlock"/>).</param>
public sealed record AttentionMap(int Block) : Reading
{
    /// <summary>The block.</summary>
    public int Block { get; } = Block >= 0 ? Block : throw new ArgumentOutOfRangeException(nameof(Block), Block,
        "Blocks are counted from 0.");

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        var maps = new AttentionMaps(question);
        return Block < maps.Blocks.Count ? [maps[Block] + maps.Checked()]
            : throw new ArgumentException($"There is no block {Block}; the network has {maps.Blocks.Count}, from 0.");
    }

    /// <summary>Those of the input say nothing of queries and keys.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [];
}
