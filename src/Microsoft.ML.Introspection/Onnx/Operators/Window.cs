namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// How a convolution or pooling slides along one axis, every way of padding resolved to two numbers. For a transposed
/// convolution the roles are exchanged: its output is the <see cref="Inputs"/> side.
/// </summary>
/// <param name="Inputs">Extent of the side the window slides over.</param>
/// <param name="Outputs">Number of positions of the window.</param>
/// <param name="Kernel">Taps of the window.</param>
/// <param name="Stride">Distance between positions.</param>
/// <param name="Dilation">Distance between taps.</param>
/// <param name="Before">Padding before the first element.</param>
/// <param name="After">Padding behind the last element, as the file gives it; ceil mode may reach further.</param>
internal readonly record struct Window(long Inputs, long Outputs, long Kernel, long Stride, long Dilation, long Before, long After)
{
    /// <summary>From the first tap to the last, both counted.</summary>
    public long Reach => (Kernel - 1) * Dilation + 1;

    /// <summary>Whether the positions tile the input without overlap, gap, or padding.</summary>
    public bool Tiles => Kernel == Stride && Dilation == 1 && Before == 0 && Inputs == Outputs * Stride;

    /// <summary>The windows of all spatial axes of a convolution or pooling.</summary>
    public static Window[] All(Attributes attributes, Shape input, long[] kernel) =>
        [.. Enumerable.Range(0, input.Rank - 2).Select(axis => Of(attributes, input, kernel, axis))];

    /// <summary>The windows of all spatial axes of a transposed convolution; the shape is that of its input.</summary>
    public static Window[] AllTransposed(Attributes attributes, Shape input, long[] kernel) =>
        [.. Enumerable.Range(0, input.Rank - 2).Select(axis => OfTransposed(attributes, input, kernel, axis))];

    /// <summary>The window of one spatial axis.</summary>
    public static Window Of(Attributes attributes, Shape input, long[] kernel, int axis)
    {
        var extent = Extent(input, axis);
        long stride = At(attributes, "strides", axis, 1), dilation = At(attributes, "dilations", axis, 1);
        var reach = (kernel[axis] - 1) * dilation + 1;
        switch (attributes.Text("auto_pad", "NOTSET"))
        {
            case "SAME_UPPER" or "SAME_LOWER":
                // ONNX Runtime does not count the dilation here (a dilated convolution it refuses), so less may come out.
                var total = ((extent + stride - 1) / stride - 1) * stride + kernel[axis] - extent;
                var outputs = (extent + total - reach) / stride + 1;
                if (total < -1)
                    throw new InvalidModelException($"A window of {kernel[axis]} that moves by {stride} leaves elements of an axis of "
                        + $"{extent} out; which ones, 'auto_pad' does not lay down. Export the network with explicit pads.");
                total = Math.Max(0, total);
                var less = total / 2;
                return attributes.Text("auto_pad") == "SAME_UPPER"
                    ? new(extent, outputs, kernel[axis], stride, dilation, less, total - less)
                    : new(extent, outputs, kernel[axis], stride, dilation, total - less, less);
            case "VALID":
                return new(extent, (extent - reach) / stride + 1, kernel[axis], stride, dilation, 0, 0);
            default:
                var pads = attributes.Ints("pads");
                long before = pads?[axis] ?? 0, after = pads?[axis + pads.Length / 2] ?? 0;
                var room = extent + before + after - reach;
                if (room < 0)
                    throw new InvalidModelException(
                        $"A window of {reach} does not fit into an axis of {extent} padded by {before} and {after}.");
                var positions = room / stride + 1;
                // In ceil mode a last window may hang over, but it must begin inside the input or the padding before it.
                if (attributes.Int("ceil_mode") != 0 && room % stride != 0 && positions * stride < extent + before)
                    positions++;
                return new(extent, positions, kernel[axis], stride, dilation, before, after);
        }
    }

    /// <summary>The window of one spatial axis of a transposed convolution.</summary>
    public static Window OfTransposed(Attributes attributes, Shape input, long[] kernel, int axis)
    {
        var extent = Extent(input, axis);
        long stride = At(attributes, "strides", axis, 1), dilation = At(attributes, "dilations", axis, 1);
        var extra = At(attributes, "output_padding", axis, 0);
        var reach = (kernel[axis] - 1) * dilation + 1;
        var full = (extent - 1) * stride + reach + extra;
        var auto = attributes.Text("auto_pad", "NOTSET");
        if (attributes.Ints("output_shape") is { } wanted)
        {
            // Some exporters list batch and channels too.
            var target = wanted[axis + wanted.Length - (input.Rank - 2)];
            var total = Math.Max(0, full - target);
            var half = total / 2;
            return auto == "SAME_UPPER"
                ? new(target, extent, kernel[axis], stride, dilation, half, total - half)
                : new(target, extent, kernel[axis], stride, dilation, total - half, half);
        }
        if (auto is "SAME_UPPER" or "SAME_LOWER")
        {
            var total = Math.Max(0, full - extent * stride);
            var target = full - total;
            var half = total / 2;
            return auto == "SAME_UPPER"
                ? new(target, extent, kernel[axis], stride, dilation, half, total - half)
                : new(target, extent, kernel[axis], stride, dilation, total - half, half);
        }
        var pads = auto == "VALID" ? null : attributes.Ints("pads");
        long before = pads?[axis] ?? 0, after = pads?[axis + pads.Length / 2] ?? 0;
        return new(full - before - after, extent, kernel[axis], stride, dilation, before, after);
    }

    /// <summary>A shape whose spatial extents follow from the windows; from one that is open follows an unknown one.</summary>
    public static Shape Spatial(Shape input, Dimension channels, Func<int, long> extent) => new([
        input[0], channels,
        .. Enumerable.Range(0, input.Rank - 2).Select(axis => input[axis + 2].IsKnown ? extent(axis) : Dimension.Unknown)]);

    private static long Extent(Shape input, int axis) => input[axis + 2].IsKnown
        ? input[axis + 2].Value
        : throw new InvalidModelException(
            $"The extent of axis {axis + 2} of {input} must be a number. {Dimension.HowToFix}");

    private static long At(Attributes attributes, string name, int axis, long otherwise) =>
        attributes.Ints(name) is { Length: > 0 } list ? list[axis] : otherwise;
}
