using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Pictures of other extents, blocks of places as channels, and what is put around.</summary>
internal static class Resizing
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["ResizeBilinear"] = One(s => Resize(s, "linear")),
        ["ResizeNearestNeighbor"] = One(s => Resize(s, "nearest")),
        ["ResizeBicubic"] = One(s => s.Attributes.Truth("half_pixel_centers") ? Resize(s, "cubic")
            : throw s.Wrong("cubic resizing is known with half_pixel_centers alone.")),
        ["SpaceToDepth"] = One(s => s.Channels.SpaceToDepth(s.X, s.Attributes.Int("block_size"))),
        ["DepthToSpace"] = One(s => s.Channels.DepthToSpace(s.X, s.Attributes.Int("block_size"))),
        ["Pad"] = One(s => Pad(s, "constant")),
        ["PadV2"] = One(s => Pad(s, "constant")),
        ["MirrorPad"] = One(s => s.Attributes.Text("mode") == "SYMMETRIC" ? Mirrored(s) : Pad(s, "reflect")),
    };

    private static Value Resize(OperatorSite s, string method)
    {
        if (s.Extents(1) is not [{ IsKnown: true } height, { IsKnown: true } width])
            throw s.Wrong("the extents to resize to are not known before a run.");
        var x = s.X.Type.IsFloating() ? s.X : s.X.Cast(ElementType.Float);
        return s.Channels.Resize(x, [height.Value, width.Value], method, s.Attributes.Truth("align_corners") ? "align_corners"
            : s.Attributes.Truth("half_pixel_centers") ? "half_pixel" : "asymmetric");
    }

    private static (long[] Before, long[] After) Pads(OperatorSite s)
    {
        var pads = s.Constants(1);
        if (pads.Length != 2 * s.X.Rank || pads.Any(p => p < 0))
            throw s.Wrong($"pads [{string.Join(", ", pads)}] do not fit {s.X.Shape}.");
        return ([.. pads.Where((_, i) => i % 2 == 0)], [.. pads.Where((_, i) => i % 2 == 1)]);
    }

    private static Value Pad(OperatorSite s, string mode)
    {
        var (before, after) = Pads(s);
        if (mode == "constant" && s.Count < 3)
            return s.X.Pad(before, after);
        var pads = s.Graph.Constant([.. before, .. after]);
        return before.Concat(after).All(p => p == 0) ? s.X : Operators.Emit("Pad", Onnx.Attributes.Of(("mode", mode)),
            mode == "constant" ? [s.X, pads, s.Input(2)] : [s.X, pads]);
    }

    // The outermost place is repeated too, which ONNX's mirrors do not do.
    private static Value Mirrored(OperatorSite s)
    {
        var (before, after) = Pads(s);
        var result = s.X;
        for (var axis = 0; axis < result.Rank; axis++)
        {
            if (before[axis] == 0 && after[axis] == 0)
                continue;
            var extent = result.Shape[axis].Value;
            if (Math.Max(before[axis], after[axis]) > extent)
                throw s.Wrong($"an axis of {extent} cannot be mirrored by {before[axis]} and {after[axis]}.");
            long[] places = [.. Enumerable.Range(0, (int)before[axis]).Select(i => before[axis] - 1 - i),
                .. Enumerable.Range(0, (int)extent).Select(i => (long)i),
                .. Enumerable.Range(0, (int)after[axis]).Select(i => extent - 1 - i)];
            result = result.Gather(result.Graph.Constant(places), axis);
        }
        return result;
    }
}
