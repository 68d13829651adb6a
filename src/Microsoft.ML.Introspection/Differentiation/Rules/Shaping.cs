using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Operators that move elements and compute nothing: the gradient moves them back.</summary>
internal static class Shaping
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["Reshape"] = a => a.Input == 0 ? a.Dy.ReshapeLike(a.X) : null,
        ["Flatten"] = a => a.Dy.ReshapeLike(a.X),
        ["Squeeze"] = a => a.Input == 0 ? a.Dy.ReshapeLike(a.X) : null,
        ["Unsqueeze"] = a => a.Input == 0 ? a.Dy.ReshapeLike(a.X) : null,
        ["Expand"] = a => a.Input == 0 ? a.Dy : null,
        ["Transpose"] = Transpose,
        ["Concat"] = Concat,
        ["Split"] = Split,
        ["Slice"] = a => a.Input == 0 ? Slice(a) : null,
        ["Pad"] = a => a.Input switch { 0 => Pad(a), 2 => PaddedNumber(a), _ => null },
        ["Tile"] = a => a.Input == 0 ? Tile(a) : null,
        ["DepthToSpace"] = a => Rearranged(a, "SpaceToDepth"),
        ["SpaceToDepth"] = a => a.Dy.DepthToSpace(a.Attributes.Int("blocksize")),
        ["Trilu"] = a => a.Input == 0 ? Operators.Emit("Trilu", a.Attributes, [a.Dy, .. a.Node.Inputs.Skip(1)]) : null,
    };

    private static Value Transpose(Adjoint a)
    {
        var permutation = a.Attributes.Ints("perm") ?? [.. Enumerable.Range(0, a.X.Rank).Reverse().Select(i => (long)i)];
        var inverse = new int[permutation.Length];
        for (var i = 0; i < inverse.Length; i++)
            inverse[permutation[i]] = i;
        return a.Dy.Transpose(inverse);
    }

    private static Value Concat(Adjoint a)
    {
        var axis = a.Axis("axis", 0);
        var start = a.Node.Inputs.Take(a.Input).Sum(i => Extent(a, i!, axis));
        return Part(a.Dy, axis, start, start + Extent(a, a.X, axis));
    }

    // Outputs that nothing depends on get zeros.
    private static Value? Split(Adjoint a)
    {
        if (a.Input != 0)
            return null;
        var parts = a.Node.Outputs.Select((y, i) => a.Gradients[i] ?? y.FullLike(0)).ToArray();
        return Operators.Concat(a.Axis("axis", 0), parts);
    }

    private static Value Slice(Adjoint a)
    {
        var x = a.X;
        var (starts, ends) = (a.Constants(1)!, a.Constants(2)!);
        var axes = a.Constants(3) ?? [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        var steps = a.Constants(4) ?? [.. axes.Select(_ => 1L)];
        var dy = a.Dy;
        var (before, after) = (new long[x.Rank], new long[x.Rank]);
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = Adjoint.Positive(axes[i], x.Rank);
            if (!x.Shape[axis].IsKnown && starts[i] == 0 && steps[i] == 1 && x.Shape[axis] == a.Y.Shape[axis])
                continue;
            var extent = Extent(a, x, axis);
            var range = SliceRange.Of(extent, starts[i], ends[i], steps[i]);
            if (range.Count == 0)
                return x.FullLike(0);
            var (first, step) = (range.Start, range.Step);
            if (step < 0)
            {
                dy = dy.Slice([-1], [int.MinValue], [axis], [-1]);
                (first, step) = (range.Start + (range.Count - 1) * step, -step);
            }
            if (step > 1)
                dy = Spaced(dy, axis, step, range.Count);
            (before[axis], after[axis]) = (first, extent - first - ((range.Count - 1) * step + 1));
        }
        return dy.Pad(before, after);
    }

    // Zeros between neighbours: a new axis behind this one, padded, and merged with it.
    private static Value Spaced(Value dy, int axis, long step, long count)
    {
        var apart = dy.Unsqueeze(axis + 1);
        var behind = new long[apart.Rank];
        behind[axis + 1] = step - 1;
        var merged = apart.Pad(new long[apart.Rank], behind);
        long[] extents =
            [.. Enumerable.Range(0, dy.Rank).Select(i => i == axis ? count * step : dy.Shape[i].IsKnown ? dy.Shape[i].Value : 0)];
        return Part(merged.Reshape(extents), axis, 0, (count - 1) * step + 1);
    }

    private static Value Pad(Adjoint a)
    {
        var x = a.X;
        var mode = a.Attributes.Text("mode", "constant");
        var pads = a.Constants(1)!;
        var axes = a.Constants(3) ?? [.. Enumerable.Range(0, x.Rank).Select(i => (long)i)];
        var dy = a.Dy;
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = Adjoint.Positive(axes[i], x.Rank);
            var (before, after) = (pads[i], pads[i + axes.Length]);
            if (before == 0 && after == 0)
                continue;
            dy = mode == "constant"
                ? Cropped(dy, axis, before, after)
                : Folded(dy, axis, Sources(mode, Extent(a, x, axis), before, after), Extent(a, x, axis));
        }
        return dy;
    }

    // The number that was put in gets everything but what belongs to the input.
    private static Value? PaddedNumber(Adjoint a)
    {
        if (a.Attributes.Text("mode", "constant") != "constant")
            return null;
        var dy = a.Dy;
        var pads = a.Constants(1)!;
        var axes = a.Constants(3) ?? [.. Enumerable.Range(0, dy.Rank).Select(i => (long)i)];
        var inside = dy;
        for (var i = 0; i < axes.Length; i++)
            inside = Cropped(inside, Adjoint.Positive(axes[i], dy.Rank), Math.Max(pads[i], 0), Math.Max(pads[i + axes.Length], 0));
        long[] all = [.. Enumerable.Range(0, dy.Rank).Select(i => (long)i)];
        return (dy.ReduceSum(all, keepDimensions: false) - inside.ReduceSum(all, keepDimensions: false)).ReshapeLike(a.X);
    }

    private static Value Cropped(Value dy, int axis, long before, long after)
    {
        var (front, back) = (new long[dy.Rank], new long[dy.Rank]);
        (front[axis], back[axis]) = (-before, -after);
        return dy.Pad(front, back);
    }

    // For each element of the padded axis the element it repeats.
    private static long[] Sources(string mode, long extent, long before, long after) =>
        [.. Enumerable.Range(0, (int)(extent + before + after)).Select(i => i - before).Select(i => mode switch
        {
            "edge" => Math.Clamp(i, 0, extent - 1),
            "wrap" => (i % extent + extent) % extent,
            "reflect" => extent == 1 ? 0 : Reflected(i, extent),
            _ => throw new UnsupportedOperatorException($"Padding of the mode '{mode}' has no gradient rule."),
        })];

    private static long Reflected(long i, long extent)
    {
        var period = 2 * (extent - 1);
        var within = (i % period + period) % period;
        return Math.Min(within, period - within);
    }

    // Elements that were repeated collect what their copies get: a product with the 0/1 matrix of the copying.
    private static Value Folded(Value dy, int axis, long[] sources, long extent)
    {
        var copying = new double[sources.Length * extent];
        for (var i = 0; i < sources.Length; i++)
            copying[i * extent + sources[i]] = 1;
        return dy.Along(axis, Tensor.FromDoubles(dy.Type, copying, sources.Length, extent));
    }

    private static Value Tile(Adjoint a)
    {
        var times = a.Constants(1)!;
        long[] apart = [.. a.X.Shape.SelectMany((d, i) => new[] { times[i], d.IsKnown ? d.Value : -1 })];
        return a.Dy.Reshape(apart).ReduceSum([.. Enumerable.Range(0, a.X.Rank).Select(i => 2L * i)], keepDimensions: false)
            .ReshapeLike(a.X);
    }

    private static Value Rearranged(Adjoint a, string inverse)
    {
        var block = a.Attributes.Int("blocksize");
        if (a.Attributes.Text("mode", "DCR") == "DCR")
            return Operators.Emit(inverse, Attributes.Of(("blocksize", block)), a.Dy);
        // Column–row–depth order: [N, C, H, b, W, b] → [N, C, b, b, H, W].
        var (height, width, channels) = (a.X.Shape[2].Value, a.X.Shape[3].Value, a.X.Shape[1].Value / (block * block));
        return a.Dy.Reshape(-1, channels, height, block, width, block).Transpose(0, 1, 3, 5, 2, 4).ReshapeLike(a.X);
    }

    private static Value Part(Value x, int axis, long start, long end) => x.Slice([start], [end], [axis]);

    private static long Extent(Adjoint a, Value x, int axis) => x.Shape[axis].IsKnown
        ? x.Shape[axis].Value
        : throw new UnsupportedOperatorException($"The gradient of the {a.Node.Describe()} needs axis {axis} of {x.Shape} as a number.");
}
