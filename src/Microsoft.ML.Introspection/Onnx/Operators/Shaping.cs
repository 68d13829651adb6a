namespace Microsoft.ML.Introspection.Onnx;

public static partial class Operators
{
    /// <summary>The extents as a tensor of 64-bit integers.</summary>
    public static Value ShapeOf(this Value x) => Emit("Shape", x);

    /// <summary>The same elements under other extents; 0 keeps an extent, one -1 takes what is left.</summary>
    public static Value Reshape(this Value x, params ReadOnlySpan<long> extents) =>
        x.ShapeOrNull is { IsKnown: true } shape && shape.ToArray().AsSpan().SequenceEqual(extents)
            ? x
            : Emit("Reshape", x, x.Graph.Constant(extents));

    /// <summary>The same elements under the extents of another value.</summary>
    public static Value ReshapeLike(this Value x, Value other) => x.ShapeOrNull is { } shape && shape.Equals(other.Shape)
        ? x
        : x.ReshapeTo(other.Shape) ?? Emit("Reshape", x, other.ShapeOf());

    /// <summary>The axes in another order: the result's axis i is the input's <paramref name="permutation"/>[i].</summary>
    public static Value Transpose(this Value x, params ReadOnlySpan<int> permutation)
    {
        var perm = new long[permutation.Length];
        var identity = true;
        for (var i = 0; i < perm.Length; i++)
        {
            perm[i] = permutation[i];
            identity &= permutation[i] == i;
        }
        return identity ? x : Emit("Transpose", Attributes.Of(("perm", perm)), x);
    }

    /// <summary>The last two axes exchanged.</summary>
    public static Value TransposeMatrix(this Value x)
    {
        int[] permutation = [.. Enumerable.Range(0, x.Rank)];
        (permutation[^1], permutation[^2]) = (permutation[^2], permutation[^1]);
        return x.Transpose(permutation);
    }

    /// <summary>The value without some axes of extent 1.</summary>
    public static Value Squeeze(this Value x, params ReadOnlySpan<long> axes) =>
        axes.IsEmpty ? x : Emit("Squeeze", x, x.Graph.Constant(axes));

    /// <summary>The value with axes of extent 1 put in, at these positions of the result.</summary>
    public static Value Unsqueeze(this Value x, params ReadOnlySpan<long> axes) =>
        axes.IsEmpty ? x : Emit("Unsqueeze", x, x.Graph.Constant(axes));

    /// <summary>All rows, again and again: shape [N, …] becomes [times·N, …].</summary>
    public static Value RepeatRows(this Value x, long times) => times == 1
        ? x
        : Emit("Tile", x, x.Graph.Constant([times, .. Enumerable.Repeat(1L, x.Rank - 1)]));

    /// <summary>The value repeated along its axes of extent 1 up to the extents of another.</summary>
    public static Value ExpandLike(this Value x, Value other) => x.ShapeOrNull is { } shape && shape.Equals(other.Shape)
        ? x
        : Emit("Expand", x, other.Shape.IsKnown ? x.Graph.Constant(other.Shape.ToArray()) : other.ShapeOf());

    /// <summary>A value of another's type and extents, all elements equal.</summary>
    public static Value FullLike(this Value like, double number) => like.Shape.IsKnown
        ? Full(like, number, like.Shape.ToArray()) : Repeated(like.Type, number, like.ShapeOf());

    /// <summary>A value of another's type and of given extents, all elements equal; no file holds many of them.</summary>
    internal static Value Full(Value like, double number, params ReadOnlySpan<long> extents) => Sizes.Count(extents) <= 4096
        ? like.Graph.Constant(Tensor.Filled(like.Type, number, extents))
        : Repeated(like.Type, number, like.Graph.Constant(extents));

    private static Value Repeated(ElementType type, double number, Value extents) =>
        Emit("ConstantOfShape", Attributes.Of(("value", Tensor.Filled(type, number, 1))), extents);

    /// <summary>64-bit integers, all equal, as many as another value has elements.</summary>
    public static Value FullIntegersLike(this Value like, long number) => Emit("ConstantOfShape",
        Attributes.Of(("value", Tensor.Vector(number))), like.Shape.IsKnown ? like.Graph.Constant(like.Shape.ToArray()) : like.ShapeOf());

    /// <summary>Values put end to end along an axis.</summary>
    public static Value Concat(int axis, params Value[] parts) =>
        parts.Length == 1 ? parts[0] : Emit("Concat", Attributes.Of(("axis", axis)), parts);

    /// <summary>The value cut along an axis into pieces of these extents; pieces of extent 0 are null.</summary>
    public static Value?[] Split(this Value x, int axis, params ReadOnlySpan<long> extents)
    {
        var result = new Value?[extents.Length];
        var some = extents.ToArray().Where(e => e > 0).ToArray();
        var pieces =
            some.Length == 1 ? [x] : x.Graph.Emit("Split", [x, x.Graph.Constant(some)], Attributes.Of(("axis", axis)), some.Length);
        for (int i = 0, piece = 0; i < result.Length; i++)
            if (extents[i] > 0)
                result[i] = pieces[piece++];
        return result;
    }

    /// <summary>Part of the value: along each listed axis from a start (inclusive) to an end (exclusive), with a step.</summary>
    public static Value Slice(this Value x, long[] starts, long[] ends, long[] axes, long[]? steps = null) => Emit(
        "Slice", x, x.Graph.Constant(starts), x.Graph.Constant(ends), x.Graph.Constant(axes),
        steps is null ? null : x.Graph.Constant(steps));

    /// <summary>The value with zeros put before and behind along each axis; negative numbers take elements away.</summary>
    public static Value Pad(this Value x, ReadOnlySpan<long> before, ReadOnlySpan<long> after) =>
        before.ContainsAnyExcept(0) || after.ContainsAnyExcept(0)
            ? Emit("Pad", x, x.Graph.Constant([.. before, .. after]))
            : x;

    /// <summary>Blocks of channels laid out in space.</summary>
    /// <param name="x">Shape [N, C·b², H, W].</param>
    /// <param name="block">The extent b of a block.</param>
    /// <param name="mode">Which channels make a block: <c>DCR</c>, those C apart; <c>CRD</c>, neighbours.</param>
    public static Value DepthToSpace(this Value x, long block, string mode = "DCR") =>
        Emit("DepthToSpace", Attributes.Of(("blocksize", block), ("mode", mode)), x);

    /// <summary>Every element of the spatial axes repeated: nearest-neighbour enlargement by whole factors.</summary>
    /// <param name="x">Shape [N, C, D₁, …].</param>
    /// <param name="factors">One factor for each spatial axis.</param>
    public static Value Enlarge(this Value x, params ReadOnlySpan<long> factors)
    {
        var scales = new float[x.Rank];
        Array.Fill(scales, 1);
        for (var i = 0; i < factors.Length; i++)
            scales[i + 2] = factors[i];
        var attributes = Attributes.Of(("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
        return factors.ContainsAnyExcept(1) ? Emit("Resize", attributes, x, null, x.Graph.Constant(Tensor.Vector<float>(scales))) : x;
    }

    // Constant extents serve as long as at most one is open; ONNX Runtime plans memory better with them.
    private static Value? ReshapeTo(this Value x, Shape target) => target.Count(d => !d.IsKnown) switch
    {
        0 => x.Reshape(target.ToArray()),
        1 when !target.Any(d => d == 0) => x.Reshape(target.ToArrayOrMinusOne()),
        _ => null,
    };
}
