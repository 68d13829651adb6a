using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Normalisation by what was learnt, or by the row itself.</summary>
internal static class NormalizationLayers
{
    public static Dictionary<string, Rule> Rules { get; } = new()
    {
        ["BatchNormalization"] = Masked(Batch), ["SyncBatchNormalization"] = Masked(Batch),
        ["LayerNormalization"] = Masked(Layer),
        ["GroupNormalization"] = Masked(Group),
        ["UnitNormalization"] = Masked(s => s.Input / (s.Input * s.Input).ReduceSum(Axes(s)).Maximum(s.Input.Like(1e-12)).Sqrt()),
        ["RMSNormalization"] = Masked(s => s.Input / ((s.Input * s.Input).ReduceMean(Axes(s)) + s.Number("epsilon", 1e-6)).Sqrt()
            * Spread(s, s.Weight("scale"), Axes(s))),
    };

    private static Value Batch(KerasLayer s)
    {
        var axis = Axes(s) is [var only] ? only : throw s.Refused("normalises along several axes at once");
        var count = s.Features(s.Input, (int)axis);
        if (s.Whole("mode", 0) != 0 && s.KerasVersion == 1)
            throw s.Refused("normalises by the batch itself (mode 1 or 2), which is not read");
        var scale = s.Flag("scale", true) ? s.Weight("gamma", count) : s.Graph.Constant(Tensor.Filled(ElementType.Float, 1, count));
        var shift = s.Flag("center", true) ? s.Weight("beta", count) : s.Graph.Constant(Tensor.Filled(ElementType.Float, 0, count));
        var (mean, variance) = (s.Weight("moving_mean", count), s.Weight("moving_variance", count));
        // A deviation was stored by the first version.
        var epsilon = (float)s.Number("epsilon", 1e-3);
        var isLast = axis == s.Input.Rank - 1;
        if (s.Input.Rank == 2 || axis == 1)
            return Channels.First.BatchNormalization(s.Input, scale, shift, mean, variance, epsilon);
        if (isLast && ((TransposeSinking)s.Graph.Rewriting!).HasChannelsSecond(s.Input))
            return Channels.Last.BatchNormalization(s.Input, scale, shift, mean, variance, epsilon);
        var factor = scale / (variance + epsilon).Sqrt();
        return s.Input * Spread(s, factor, [axis]) + Spread(s, shift - mean * factor, [axis]);
    }

    private static Value Layer(KerasLayer s)
    {
        var (x, axes, epsilon) = (s.Input, Axes(s), s.Number("epsilon", 1e-3));
        long[] shape = [.. axes.Select(a => s.Features(x, (int)a))];
        var scale = s.Flag("scale", true) ? s.Weight("gamma", shape) : null;
        var shift = s.Flag("center", true) ? s.Weight("beta", shape) : null;
        var isEnd = axes.Order().Select((a, i) => a - i).All(a => a == x.Rank - axes.Length) && axes.SequenceEqual(axes.Order());
        if (isEnd && !s.Flag("rms_scaling"))
        {
            scale ??= s.Graph.Constant(Tensor.Filled(ElementType.Float, 1, shape));
            return x.Known("LayerNormalization", shift is null ? [x, scale] : [x, scale, shift],
                Attributes.Of(("axis", axes[0]), ("epsilon", (float)epsilon)), x.Shape);
        }
        var centred = x - x.ReduceMean(axes);
        var deviation = ((centred * centred).ReduceMean(axes) + epsilon).Sqrt();
        if (s.Flag("rms_scaling"))
            return x / deviation * Spread(s, scale ?? x.Like(1), axes);
        var result = centred / deviation;
        result = scale is null ? result : result * Spread(s, scale, axes);
        return shift is null ? result : result + Spread(s, shift, axes);
    }

    private static Value Group(KerasLayer s)
    {
        var axis = Axes(s) is [var only] ? only : throw s.Refused("normalises along several axes at once");
        var (x, count) = (s.Input, s.Features(s.Input, (int)axis));
        var groups = s.Whole("groups", 32) is var given && given == -1 ? count : given;
        if (axis != 1 && axis != x.Rank - 1 || groups < 1 || count % groups != 0)
            throw s.Refused($"has {groups} groups along the axis {axis} of {x.Shape}, which is not read");
        var scale = s.Flag("scale", true) ? s.Weight("gamma", count) : s.Graph.Constant(Tensor.Filled(ElementType.Float, 1, count));
        var shift = s.Flag("center", true) ? s.Weight("beta", count) : s.Graph.Constant(Tensor.Filled(ElementType.Float, 0, count));
        var channels = axis == x.Rank - 1 ? Channels.Last : Channels.First;
        var inside = x.Rank == 2 ? x.Unsqueeze(2) : channels.In(x);
        var result = inside.Known("GroupNormalization", [inside, scale, shift],
            Attributes.Of(("num_groups", groups), ("epsilon", (float)s.Number("epsilon", 1e-3))), inside.Shape);
        return x.Rank == 2 ? result.Squeeze(2) : channels.Out(result);
    }

    /// <summary>The axes that a layer works along, counted from the front, the last where none is given.</summary>
    private static long[] Axes(KerasLayer s)
    {
        var rank = s.Input.Rank;
        long[] axes = [.. (s.Wholes("axis") is { Count: > 0 } given ? given : [-1L]).Select(a => a < 0 ? a + rank : a)];
        return Array.TrueForAll(axes, a => a >= 0 && a < rank) ? axes
            : throw s.Refused($"works along an axis that {s.Input.Shape} does not have");
    }

    // A parameter along some axes, to be multiplied with or added to the whole.
    private static Value Spread(KerasLayer s, Value parameter, long[] axes)
    {
        if (parameter.Rank == 0 || axes is [var last] && last == s.Input.Rank - 1)
            return parameter;
        var order = axes.Select((a, i) => (Axis: a, Place: i)).OrderBy(a => a.Axis).Select(a => a.Place).ToArray();
        return parameter.Transpose(order).Reshape([.. Enumerable.Range(0, s.Input.Rank).Skip(1).Aggregate(
            (IEnumerable<long>)[axes.Contains(0) ? s.Features(s.Input, 0) : 1],
            (shape, axis) => shape.Append(axes.Contains(axis) ? s.Features(s.Input, axis) : 1))]);
    }
}
