using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>How the heads of a block of attention become one map.</summary>
public enum HeadFusion
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their largest, entry by entry.</summary>
    Max,

    /// <summary>Their smallest, entry by entry.</summary>
    Min,
}

internal static class BlockMaps
{
    /// <summary>A map of each head, [N, heads, queries, keys], as one, [N, queries, keys].</summary>
    public static Value Fused(this Value map, HeadFusion heads) => heads switch
    {
        HeadFusion.Mean => map.MeanInOrder(1).Squeeze(1),
        HeadFusion.Max => map.ReduceMax([1], keepDimensions: false),
        _ => map.ReduceMin([1], keepDimensions: false),
    };

    /// <summary>
    /// Â: what a block passes on from each token to each, its rows summing to 1; one that passes nothing on stays 0. Shape [N, T, T].
    /// </summary>
    /// <param name="fused">The block's attention, its heads fused.</param>
    /// <param name="residual">Whether the connection past the block counts, A + I.</param>
    public static Value PassedOn(this Value fused, bool residual)
    {
        var passed = residual ? fused + Identity(fused) : fused;
        return residual ? passed / passed.SumInOrder(2) : passed.OverOrZero(passed.SumInOrder(2));
    }

    /// <summary>Of each token to itself 1, to others 0: shape [1, T, T].</summary>
    public static Value Identity(Value map)
    {
        var tokens = map.Shape[^1].Value;
        var numbers = map.Graph.Constant([.. Enumerable.Range(0, (int)tokens).Select(i => (long)i)]);
        // ONNX Runtime makes such rows in few types.
        return numbers.OneHot(tokens, ElementType.Float).Cast(map.Type).Unsqueeze(0);
    }
}
