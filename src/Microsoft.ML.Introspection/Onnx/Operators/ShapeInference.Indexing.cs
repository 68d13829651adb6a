namespace Microsoft.ML.Introspection.Onnx;

internal static partial class ShapeInference
{
    public static Shape Gathered(Site s)
    {
        var axis = s.Axis("axis", 0, s.X.Rank);
        return new Shape([.. s.X.Shape.Take(axis), .. s.Input(1).Shape, .. s.X.Shape.Skip(axis + 1)]);
    }

    public static Shape GatheredNd(Site s)
    {
        var (indices, batch) = (s.Input(1).Shape, (int)s.Attributes.Int("batch_dims"));
        return new Shape([.. indices.SkipLast(1), .. s.X.Shape.Skip(batch + (int)indices[-1].Value)]);
    }

    public static Shape OneHot(Site s)
    {
        var depth = s.Input(1).Constant is { } d ? (Dimension)(long)d.ToDouble()[0] : Dimension.Unknown;
        var shape = s.X.Shape.ToList();
        shape.Insert(s.Axis("axis", -1, s.X.Rank + 1), depth);
        return new Shape(shape);
    }

    public static Outcome[] TopK(Site s)
    {
        var shape = s.X.Shape.With(s.Axis("axis", -1, s.X.Rank), s.Constants(1) is [var k] ? k : Dimension.Unknown);
        return [new(s.X.Type, shape), new(ElementType.Int64, shape)];
    }
}
