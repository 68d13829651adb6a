using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>What a node reads along each axis of space to make a range of its output.</summary>
internal static class Fields
{
    /// <summary>The ranges of an input; null where all of it is read.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">The input.</param>
    /// <param name="output">The output.</param>
    /// <param name="ranges">The ranges of the output, an axis of space each.</param>
    public static (long First, long Last)[]? Before(Node node, Value input, Value output, (long First, long Last)[] ranges)
    {
        if (node.Domain.Length > 0 || input.ShapeOrNull is not { Rank: > 2 } from || output.ShapeOrNull is not { Rank: > 2 } to
            || from.Rank != to.Rank || from.Skip(2).Any(d => !d.IsKnown) || to.Skip(2).Any(d => !d.IsKnown))
            return null;
        return node.OperatorType switch
        {
            "Conv" => Windows(ranges, Window.All(node.Attributes, from, Kernel(node))),
            "MaxPool" or "AveragePool" or "LpPool" when node.Attributes.Ints("kernel_shape") is { } kernel =>
                Windows(ranges, Window.All(node.Attributes, from, kernel)),
            "ConvTranspose" => [.. ranges.Zip(Window.AllTransposed(node.Attributes, from, Kernel(node)), Transposed)],
            "Resize" => Resized(node, from, to, ranges),
            "Pad" when node.Inputs.Count < 4 && node.Attributes.Text("mode", "constant") == "constant"
                && node.Inputs[1]?.Constant?.ToInt64() is { } pads =>
                    [.. ranges.Select((r, axis) => (r.First - pads[axis + 2], r.Last - pads[axis + 2]))],
            "BatchNormalization" or "LRN" or "Dropout" or "Identity" or "Cast" => ranges,
            // Channels put side by side, or taken: positions stay where they are.
            "Concat" or "Split" when node.Attributes.Int("axis", 0) is var axis && (axis < 0 ? axis + from.Rank : axis) == 1 => ranges,
            _ when node.Facts?.Has(OperatorTraits.Elementwise) == true => [.. ranges.Select((r, axis) =>
                from[axis + 2] == to[axis + 2] ? r : (0L, from[axis + 2].Value - 1))],
            _ => null,
        };
    }

    private static (long, long)[] Windows((long First, long Last)[] ranges, Window[] windows) => [.. ranges.Zip(windows, (r, w) =>
        (r.First * w.Stride - w.Before, r.Last * w.Stride - w.Before + w.Reach - 1))];

    private static (long, long) Transposed((long First, long Last) r, Window w)
    {
        var last = Floor(r.Last + w.Before, w.Stride);
        return (Math.Min(last, -Floor(-(r.First + w.Before - w.Reach + 1), w.Stride)), last);
    }

    private static long[] Kernel(Node node) => [.. node.Inputs[1]!.Shape.Skip(2).Select(d => d.Value)];

    private static long Floor(long value, long divisor) => value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);

    private static (long, long)[]? Resized(Node node, Shape from, Shape to, (long First, long Last)[] ranges)
    {
        var mode = node.Attributes.Text("mode", "nearest");
        var where = node.Attributes.Text("coordinate_transformation_mode", "half_pixel");
        if (where == "tf_crop_and_resize" || node.Attributes.Int("antialias") != 0)
            return null;
        var scales = node.Inputs.Count > 2 && node.Inputs[2]?.Constant is { Count: > 0 } given ? given.ToDouble() : null;
        return [.. ranges.Select((r, axis) =>
        {
            var (inputs, outputs) = (from[axis + 2].Value, to[axis + 2].Value);
            var scale = scales?.Length == from.Rank ? scales[axis + 2] : (double)outputs / inputs;
            if (inputs == outputs && scale == 1)
                return r;
            var (first, last) = (long.MaxValue, long.MinValue);
            for (var i = r.First; i <= r.Last; i++)
            {
                var (low, high) = Read(Place(where, i, scale, inputs, outputs), mode, node);
                (first, last) = (Math.Min(first, low), Math.Max(last, high));
            }
            return (Math.Clamp(first, 0, inputs - 1), Math.Clamp(last, 0, inputs - 1));
        })];
    }

    private static double Place(string where, long i, double scale, long inputs, long outputs) => where switch
    {
        "asymmetric" => i / scale,
        "align_corners" => outputs == 1 ? 0 : (double)i * (inputs - 1) / (outputs - 1),
        "pytorch_half_pixel" => outputs == 1 ? 0 : (i + 0.5) / scale - 0.5,
        "tf_half_pixel_for_nn" => (i + 0.5) / scale,
        "half_pixel_symmetric" => inputs / 2.0 * (1 - outputs / (scale * inputs)) + (i + 0.5) / scale - 0.5,
        _ => (i + 0.5) / scale - 0.5,
    };

    // Where a place falls onto an element, that one alone is read.
    private static (long Low, long High) Read(double place, string mode, Node node)
    {
        var below = (long)Math.Floor(place);
        if (mode == "nearest")
        {
            var nearest = node.Attributes.Text("nearest_mode", "round_prefer_floor") switch
            {
                "floor" => below,
                "ceil" => (long)Math.Ceiling(place),
                "round_prefer_ceil" => (long)Math.Floor(place + 0.5),
                _ => (long)Math.Ceiling(place - 0.5),
            };
            return (nearest, nearest);
        }
        return place == below ? (below, below) : mode == "cubic" ? (below - 1, below + 2) : (below, below + 1);
    }
}
