namespace Microsoft.ML.Introspection.Onnx.Inference;

internal static partial class ShapeInference
{
    private static IEnumerable<KeyValuePair<string, Func<Site, IReadOnlyList<Outcome>>>> ReductionRules() =>
    [
        .. For("ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare",
            s => new(s.X.Type, Reduced(s, s.Constants(1)))),
        .. For("ArgMax ArgMin", s => new(ElementType.Int64, Reduced(s, [s.Attributes.Int("axis")]))),
    ];

    private static Shape Reduced(Site s, long[]? axes)
    {
        if (axes is null or [])
        {
            if (s.Attributes.Int("noop_with_empty_axes") != 0)
                return s.X.Shape;
            axes = [.. Enumerable.Range(0, s.X.Rank).Select(i => (long)i)];
        }
        var reduced = axes.Select(a => s.Normalise(a, s.X.Rank)).ToHashSet();
        return s.Attributes.Int("keepdims", 1) != 0
            ? new Shape(s.X.Shape.Select((d, i) => reduced.Contains(i) ? 1 : d))
            : new Shape(s.X.Shape.Where((_, i) => !reduced.Contains(i)));
    }
}
