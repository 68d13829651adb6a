namespace Microsoft.ML.Introspection.Onnx.Inference;

internal static partial class ShapeInference
{
    private static IEnumerable<KeyValuePair<string, Func<Site, IReadOnlyList<Outcome>>>> IndexingRules() =>
    [
        .. For("Gather", s => new(s.X.Type, new Shape([
            .. s.X.Shape.Take(s.Axis("axis", 0, s.X.Rank)), .. s.Input(1).Shape, .. s.X.Shape.Skip(s.Axis("axis", 0, s.X.Rank) + 1)]))),
        .. For("GatherElements", s => new(s.X.Type, s.Input(1).Shape)),
        .. For("GatherND", s => new(s.X.Type, GatheredNd(s))),
        .. For("ScatterElements ScatterND", s => new(s.X.Type, s.X.Shape)),
        .. For("OneHot", s => new(s.Input(2).Type, OneHot(s))),
        .. ForAll("TopK", s => TopK(s)),
    ];

    private static Shape GatheredNd(Site s)
    {
        var (indices, batch) = (s.Input(1).Shape, (int)s.Attributes.Int("batch_dims"));
        return new Shape([.. indices.SkipLast(1), .. s.X.Shape.Skip(batch + (int)indices[-1].Value)]);
    }

    private static Shape OneHot(Site s)
    {
        var depth = s.Input(1).Constant is { } d ? (Dimension)(long)d.ToDouble()[0] : Dimension.Unknown;
        var shape = s.X.Shape.ToList();
        shape.Insert(s.Axis("axis", -1, s.X.Rank + 1), depth);
        return new Shape(shape);
    }

    private static Outcome[] TopK(Site s)
    {
        var shape = s.X.Shape.With(s.Axis("axis", -1, s.X.Rank), s.Constants(1) is [var k] ? k : Dimension.Unknown);
        return [new(s.X.Type, shape), new(ElementType.Int64, shape)];
    }
}
