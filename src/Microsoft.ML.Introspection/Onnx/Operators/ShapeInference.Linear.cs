namespace Microsoft.ML.Introspection.Onnx;

internal static partial class ShapeInference
{
    public static Shape Gemm(Site s) => new(
        s.X.Shape[s.Attributes.Int("transA") == 0 ? 0 : 1], s.Input(1).Shape[s.Attributes.Int("transB") == 0 ? 1 : 0]);

    public static Shape Einsum(Site s) =>
        EinsumEquation.Parse(s.Attributes.Text("equation"), [.. s.Inputs.Select(i => i!.Rank)]).Infer([.. s.Inputs.Select(i => i!.Shape)]);

    public static Shape PooledToPoint(Site s) => new(s.X.Shape.Select((d, i) => i < 2 ? d : 1));

    public static Shape Multiplied(Site s)
    {
        Shape a = s.X.Shape, b = s.Input(1).Shape;
        var (left, right) = (a.Rank == 1 ? new Shape(1, a[0]) : a, b.Rank == 1 ? new Shape(b[0], 1) : b);
        if (left[-1].IsKnown && right[-2].IsKnown && left[-1] != right[-2])
            throw s.Wrong($"the inner extents {left[-1]} and {right[-2]} differ.");
        IEnumerable<Dimension> result = Shape.Broadcast(new Shape(left.SkipLast(2)), new Shape(right.SkipLast(2)));
        if (a.Rank > 1)
            result = result.Append(left[-2]);
        if (b.Rank > 1)
            result = result.Append(right[-1]);
        return new Shape(result);
    }

    public static Shape Convolved(Site s)
    {
        var weights = s.Input(1).Shape;
        if (s.X.Rank != weights.Rank || s.X.Rank < 3)
            throw s.Wrong("input and weights must have the same rank, 3 at least.");
        var channels = weights[1] * s.Attributes.Int("group", 1);
        if (s.X.Shape[1].IsKnown && channels.IsKnown && s.X.Shape[1] != channels)
            throw s.Wrong($"the input has {s.X.Shape[1]} channels, the weights want {channels}.");
        return Window.Spatial(s.X.Shape, weights[0], axis => Window.Of(s.Attributes, s.X.Shape, Kernel(weights), axis).Outputs);
    }

    public static Shape Pooled(Site s) =>
        Window.Spatial(s.X.Shape, s.X.Shape[1],
            axis => Window.Of(s.Attributes, s.X.Shape, s.Attributes.Ints("kernel_shape")!, axis).Outputs);

    public static Shape Deconvolved(Site s)
    {
        var weights = s.Input(1).Shape;
        return Window.Spatial(s.X.Shape, weights[1] * s.Attributes.Int("group", 1),
            axis => Window.OfTransposed(s.Attributes, s.X.Shape, Kernel(weights), axis).Inputs);
    }

    private static long[] Kernel(Shape weights) => [.. weights.Skip(2).Select(d => d.Value)];
}
