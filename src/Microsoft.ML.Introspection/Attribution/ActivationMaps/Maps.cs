using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What is done with feature maps of shape [N, channels, D₁, …].</summary>
internal static class Maps
{
    /// <summary>The spatial axes.</summary>
    public static long[] Space(this Value maps) => Axes.Space(maps.Rank);

    /// <summary>The sum over space, each axis kept with extent 1.</summary>
    public static Value SumOverSpace(this Value maps) => maps.SumInOrder(maps.Space());

    /// <summary>The mean over space, each axis kept with extent 1.</summary>
    public static Value MeanOverSpace(this Value maps) => maps.MeanInOrder(maps.Space());

    /// <summary>
    /// The sum over the channels: one map, shape [N, 1, D₁, …]. A convolution with ones, for what ONNX Runtime's reduction along an inner
    /// axis gives depends on the number of threads and of rows.
    /// </summary>
    public static Value SumOverChannels(this Value maps)
    {
        var none = new long[maps.Rank - 2];
        return maps.Type != ElementType.Float || none.Length == 0 || !maps.Shape[1].IsKnown ? maps.ReduceSum([1])
            : maps.Conv(maps.Graph.Constant(Tensor.Filled(maps.Type, 1, [1, maps.Shape[1].Value, .. none.Select(_ => 1L)])),
                [.. none.Select(_ => 1L)], [.. none.Select(_ => 1L)], [.. none, .. none]);
    }

    /// <summary>One number for each channel, [N, channels], laid out to meet the maps.</summary>
    public static Value ForChannels(this Value weights, Value maps) => weights.Unsqueeze(maps.Space());

    /// <summary>Every map scaled to [0, 1] by itself; what is flat becomes 0.</summary>
    public static Value ScaledToUnit(this Value maps)
    {
        var (least, range) = (maps.Least(), maps.ReduceMax(maps.Space()) - maps.Least());
        return (maps - least) / range.Greater(0).Where(range, range.Like(1));
    }

    /// <summary>A quotient that is 0 where the divisor is.</summary>
    public static Value OverOrZero(this Value numerator, Value divisor)
    {
        var nothing = divisor.EqualTo(divisor.Like(0));
        return nothing.Where(numerator.Like(0), numerator / nothing.Where(divisor.Like(1), divisor));
    }

    private static Value Least(this Value maps) => -(-maps).ReduceMax(maps.Space());
}
