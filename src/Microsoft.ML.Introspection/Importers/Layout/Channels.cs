using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Layout;

/// <summary>
/// Operations on rows of places (pixels, moments) with channels, as TensorFlow and Keras have them, in operators of the standard: these
/// want the channels second. In a graph with <see cref="TransposeSinking"/> the transpositions between such operations cancel.
/// </summary>
internal sealed class Channels
{
    private readonly bool _last;

    private Channels(bool last) => _last = last;

    /// <summary>Channels behind the places: [N, D₁, …, C].</summary>
    public static Channels Last { get; } = new(true);

    /// <summary>Channels before the places: [N, C, D₁, …].</summary>
    public static Channels First { get; } = new(false);

    /// <summary>By what Keras and TensorFlow call it: <c>channels_last</c>, <c>NHWC</c> and the like, or the other.</summary>
    public static Channels Of(string? format) =>
        format is null or "channels_last" or "tf" || format.EndsWith('C') ? Last : First;

    /// <summary>The axis of the channels of a value.</summary>
    public int Axis(Value x) => _last ? x.Rank - 1 : 1;

    /// <summary>The extents of the places, -1 for open ones.</summary>
    public long[] Places(Value x) => [.. (_last ? x.Shape.Skip(1).SkipLast(1) : x.Shape.Skip(2)).Select(d => d.IsKnown ? d.Value : -1)];

    /// <summary>A value with channels second, of one whose channels stand here.</summary>
    public Value In(Value x) => _last ? ChannelsSecond(x) : x;

    /// <summary>A value with channels where they stand here, of one that has them second.</summary>
    public Value Out(Value x) => _last ? ChannelsLast(x) : x;

    /// <summary>[N, D₁, …, C] as [N, C, D₁, …].</summary>
    public static Value ChannelsSecond(Value x) =>
        x.Rank < 3 ? x : x.Transpose([0, x.Rank - 1, .. Enumerable.Range(1, x.Rank - 2)]);

    /// <summary>[N, C, D₁, …] as [N, D₁, …, C].</summary>
    public static Value ChannelsLast(Value x) => x.Rank < 3 ? x : x.Transpose([0, .. Enumerable.Range(2, x.Rank - 2), 1]);

    /// <summary>Convolution.</summary>
    /// <param name="x">The input.</param>
    /// <param name="kernel">Shape [k₁, …, channels / groups, filters].</param>
    /// <param name="bias">Shape [filters]; null for none.</param>
    /// <param name="strides">A stride for each axis of places.</param>
    /// <param name="dilations">A dilation for each.</param>
    /// <param name="padding">What is put around.</param>
    /// <param name="groups">Groups of channels that do not see each other.</param>
    public Value Conv(Value x, Value kernel, Value? bias, long[] strides, long[] dilations, Padding padding, long groups = 1) =>
        Convolved(x, kernel.Transpose([kernel.Rank - 1, kernel.Rank - 2, .. Enumerable.Range(0, kernel.Rank - 2)]),
            bias, strides, dilations, padding, groups);

    /// <summary>A convolution of every channel for itself.</summary>
    /// <param name="x">The input.</param>
    /// <param name="kernel">Shape [k₁, …, channels, multiplier].</param>
    /// <param name="bias">Shape [channels · multiplier]; null for none.</param>
    /// <param name="strides">A stride for each axis of places.</param>
    /// <param name="dilations">A dilation for each.</param>
    /// <param name="padding">What is put around.</param>
    public Value DepthwiseConv(Value x, Value kernel, Value? bias, long[] strides, long[] dilations, Padding padding)
    {
        var (channels, times) = (kernel.Shape[-2].Value, kernel.Shape[-1].Value);
        var weights = kernel.Transpose([kernel.Rank - 2, kernel.Rank - 1, .. Enumerable.Range(0, kernel.Rank - 2)])
            .Reshape([channels * times, 1, .. kernel.Shape.Take(kernel.Rank - 2).Select(d => d.Value)]);
        return Convolved(x, weights, bias, strides, dilations, padding, channels);
    }

    private Value Convolved(Value x, Value weights, Value? bias, long[] strides, long[] dilations, Padding padding, long groups)
    {
        var (kernel, inside) = (Kernel(weights), In(x));
        return Out(Operators.Emit("Conv", WindowAttributes(Places(x), kernel, strides, dilations, padding).With(("group", groups)),
            bias is null ? [inside, weights] : [inside, weights, bias]));
    }

    /// <summary>Transposed convolution.</summary>
    /// <param name="x">The input.</param>
    /// <param name="kernel">Shape [k₁, …, filters, channels].</param>
    /// <param name="bias">Shape [filters]; null for none.</param>
    /// <param name="strides">A stride for each axis of places.</param>
    /// <param name="dilations">A dilation for each.</param>
    /// <param name="padding">
    /// Around the output: <see cref="Padding.Same"/> makes it stride times as long as the input, unless the extents say otherwise.
    /// </param>
    /// <param name="outputPadding">What Keras calls so: the output's extents follow from it; null where they do not.</param>
    /// <param name="extents">The output's extents; null where they follow from the input's.</param>
    public Value ConvTranspose(Value x, Value kernel, Value? bias, long[] strides, long[] dilations, Padding padding,
        long[]? outputPadding = null, long[]? extents = null)
    {
        var weights = kernel.Transpose([kernel.Rank - 1, kernel.Rank - 2, .. Enumerable.Range(0, kernel.Rank - 2)]);
        var (taps, rank, places) = (Kernel(weights), kernel.Rank - 2, Places(x));
        var (pads, added) = (new long[2 * rank], new long[rank]);
        var given = padding.Pads(places, taps, strides, dilations);
        for (var i = 0; i < rank; i++)
        {
            // What of the full result, (input - 1) · stride + reach, is cut off; less than nothing is put behind.
            var reach = (taps[i] - 1) * dilations[i] + 1;
            var cut = extents is not null && places[i] >= 0 ? (places[i] - 1) * strides[i] + reach - extents[i]
                : ReferenceEquals(padding, Padding.Valid) ? outputPadding is null ? Math.Min(reach - strides[i], 0) : -outputPadding[i]
                : ReferenceEquals(padding, Padding.Same) ? outputPadding is null ? reach - strides[i] : taps[i] / 2 * 2 - outputPadding[i]
                : given![i] + given[i + rank];
            var before = ReferenceEquals(padding, Padding.Valid) ? 0
                : ReferenceEquals(padding, Padding.Same) ? Math.Max(cut, 0) / 2 : given![i];
            (pads[i], pads[i + rank], added[i]) = (before, Math.Max(cut - before, 0), Math.Max(before - cut, 0));
        }
        // More behind than a stride (or a dilation) is long, ONNX Runtime does not put there.
        var most = added.Select((a, i) => Math.Min(a, Math.Max(Math.Max(strides[i], dilations[i]) - 1, 0))).ToArray();
        var attributes = Attributes.Of(("kernel_shape", taps), ("strides", strides), ("dilations", dilations), ("pads", pads),
            ("output_padding", most.Any(a => a > 0) ? most : null));
        var result = Operators.Emit("ConvTranspose", attributes, bias is null || !most.SequenceEqual(added)
            ? [In(x), weights] : [In(x), weights, bias]);
        if (!most.SequenceEqual(added))
        {
            result = result.Pad([0, 0, .. most.Select(_ => 0L)], [0, 0, .. added.Zip(most, (a, m) => a - m)]);
            result = bias is null ? result : result + bias.Reshape([-1, .. taps.Select(_ => 1L)]);
        }
        return Out(result);
    }

    /// <summary>The largest of every window.</summary>
    public Value MaxPool(Value x, long[] window, long[] strides, Padding padding) => Pool("MaxPool", x, window, strides, padding);

    /// <summary>The mean of every window; what is put around does not count.</summary>
    public Value AveragePool(Value x, long[] window, long[] strides, Padding padding) => Pool("AveragePool", x, window, strides, padding);

    private Value Pool(string operatorType, Value x, long[] window, long[] strides, Padding padding) => Out(Operators.Emit(operatorType,
        WindowAttributes(Places(x), window, strides, [.. window.Select(_ => 1L)], padding).With(("dilations", null)), In(x)));

    /// <summary>The mean over all places.</summary>
    public Value GlobalAveragePool(Value x, bool keep) => Global("GlobalAveragePool", "ReduceMean", x, keep);

    /// <summary>The largest over all places.</summary>
    public Value GlobalMaxPool(Value x, bool keep) => Global("GlobalMaxPool", "ReduceMax", x, keep);

    // A value whose channels stand last is not turned round for that alone.
    private Value Global(string pool, string reduction, Value x, bool keep)
    {
        long[] axes = [.. Enumerable.Range(_last ? 1 : 2, x.Rank - 2).Select(i => (long)i)];
        if (_last && x.Graph.Rewriting is TransposeSinking sinking && !sinking.HasChannelsSecond(x))
            return Operators.Emit(reduction, Attributes.Of(("keepdims", keep)), x, x.Graph.Constant(axes));
        var result = Operators.Emit(pool, In(x));
        return keep ? Out(result) : result.Squeeze([.. Enumerable.Range(2, x.Rank - 2).Select(i => (long)i)]);
    }

    /// <summary>Normalisation by statistics that were learnt, along the channels.</summary>
    /// <param name="x">The input.</param>
    /// <param name="scale">Shape [C], as all of these.</param>
    /// <param name="shift">What is added.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="variance">The variance.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    public Value BatchNormalization(Value x, Value scale, Value shift, Value mean, Value variance, float epsilon) => Out(Operators.Emit(
        "BatchNormalization", Attributes.Of(("epsilon", epsilon)), In(x), scale, shift, mean, variance));

    /// <summary>Every element divided by a power of the sum of squares of its neighbours among the channels.</summary>
    /// <param name="x">The input.</param>
    /// <param name="radius">How many neighbours to each side.</param>
    /// <param name="bias">What is added to the sum.</param>
    /// <param name="alpha">What the sum is multiplied by.</param>
    /// <param name="beta">The power.</param>
    public Value LocalResponseNormalization(Value x, long radius, float bias, float alpha, float beta)
    {
        var (inside, size) = (In(x), 2 * radius + 1);
        return Out(inside.Known("LRN", [inside],
            Attributes.Of(("size", size), ("bias", bias), ("alpha", alpha * size), ("beta", beta)), inside.Shape));
    }

    /// <summary>Zeros (or another number) put around the places, or, with negative numbers, places taken away.</summary>
    public Value Pad(Value x, long[] before, long[] after, string mode = "constant", double number = 0)
    {
        long[] Around(long[] places) => _last ? [0, .. places, 0] : [0, 0, .. places];
        var pads = x.Graph.Constant([.. Around(before), .. Around(after)]);
        return mode == "constant" && number == 0 ? x.Pad(Around(before), Around(after))
            : Operators.Emit("Pad", Attributes.Of(("mode", mode)), mode == "constant" ? [x, pads, x.Like(number)] : [x, pads]);
    }

    /// <summary>Part of the places.</summary>
    public Value Crop(Value x, long[] before, long[] after) => x.Slice(before,
        [.. after.Select(a => a == 0 ? long.MaxValue : -a)], [.. Enumerable.Range(_last ? 1 : 2, x.Rank - 2).Select(i => (long)i)]);

    /// <summary>Places enlarged by whole factors.</summary>
    /// <param name="x">The input; its extents may be open.</param>
    /// <param name="times">How often each place is there, along each axis of places.</param>
    /// <param name="method"><c>nearest</c> repeats; <c>linear</c> and <c>cubic</c> as in <see cref="Resize"/>.</param>
    public Value Enlarge(Value x, long[] times, string method = "nearest")
    {
        var inside = In(x);
        if (times.All(t => t == 1))
            return x;
        var shape = new Shape(inside.Shape.Select((d, i) => i < 2 ? d : d * times[i - 2]));
        float[] scales = [1, 1, .. times.Select(t => (float)t)];
        return Out(inside.Known("Resize", [inside, null, inside.Graph.Constant(Tensor.Vector<float>(scales))],
            method == "nearest" ? Attributes.Of(("mode", method), ("coordinate_transformation_mode", "asymmetric"),
                ("nearest_mode", "floor"))
                : Interpolating(method, "half_pixel"), shape));
    }

    /// <summary>Other extents of the places, pixels being areas (centres at ½, 1½, …), nothing smoothed.</summary>
    /// <param name="x">The input.</param>
    /// <param name="extents">The new extents.</param>
    /// <param name="method"><c>nearest</c>, <c>linear</c> or <c>cubic</c>.</param>
    /// <param name="coordinates">
    /// What ONNX calls <c>coordinate_transformation_mode</c>: <c>half_pixel</c>, <c>asymmetric</c> or <c>align_corners</c>.
    /// </param>
    public Value Resize(Value x, long[] extents, string method, string coordinates = "half_pixel")
    {
        var inside = In(x);
        if (inside.Shape[1] is not { IsKnown: true } channels)
            throw new InvalidModelException($"The number of channels of {inside.Shape} must be known.");
        var attributes = Interpolating(method, coordinates);
        var shape = new Shape([inside.Shape[0], channels, .. extents.Select(e => (Dimension)e)]);
        if (Places(x).SequenceEqual(extents))
            return x;
        var sizes = Operators.Concat(0, Operators.Emit("Shape", Attributes.Of(("start", 0), ("end", 2)), inside),
            inside.Graph.Constant(extents));
        return Out(inside.Known("Resize", [inside, null, null, sizes], attributes, shape));
    }

    /// <summary>Blocks of places laid out among the channels, the block's place being the slower.</summary>
    public Value SpaceToDepth(Value x, long block) => Out(Operators.Emit("SpaceToDepth", Attributes.Of(("blocksize", block)), In(x)));

    /// <summary>Blocks of channels laid out among the places: what undoes <see cref="SpaceToDepth"/>.</summary>
    public Value DepthToSpace(Value x, long block) => Out(In(x).DepthToSpace(block));

    private static Attributes Interpolating(string method, string coordinates) => Attributes.Of(
        ("mode", method), ("coordinate_transformation_mode", coordinates),
        ("nearest_mode", method != "nearest" ? null : coordinates == "asymmetric" ? "floor" : "round_prefer_ceil"),
        ("cubic_coeff_a", method == "cubic" ? -0.5f : null), ("exclude_outside", method == "cubic" ? 1L : null));

    private static Attributes WindowAttributes(long[] places, long[] window, long[] strides, long[] dilations, Padding padding)
    {
        var pads = padding.Pads(places, window, strides, dilations);
        return Attributes.Of(("kernel_shape", window), ("strides", strides), ("dilations", dilations), ("pads", pads),
            ("auto_pad", pads is null ? "SAME_UPPER" : null));
    }

    private static long[] Kernel(Value weights) => [.. weights.Shape.Skip(2).Select(d => d.Value)];
}
