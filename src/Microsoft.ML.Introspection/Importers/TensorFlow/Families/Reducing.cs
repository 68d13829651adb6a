using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Sums, means and their like along axes.</summary>
internal static class Reducing
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["Sum"] = One(s => Reduce(s, "ReduceSum")),
        ["Mean"] = One(s => IsOverPlaces(s)
            ? Channels.Last.GlobalAveragePool(s.X, s.Attributes.Truth("keep_dims"))
            : Reduce(s, "ReduceMean")),
        ["Max"] = One(s => Reduce(s, "ReduceMax")),
        ["Min"] = One(s => Reduce(s, "ReduceMin")),
        ["Prod"] = One(s => s.Extents(0) is { } extents && s.X.Rank == 1 && !s.Attributes.Truth("keep_dims")
            ? s.Written([extents.Aggregate((Dimension)1, (p, d) => p * d)], true, () => Reduce(s, "ReduceProd"))
            : Reduce(s, "ReduceProd")),
        ["EuclideanNorm"] = One(s => Reduce(s, "ReduceL2")),
        ["All"] = One(s => Reduce(s, "ReduceMin", s.X.Cast(ElementType.Int64)).Cast(ElementType.Bool)),
        ["Any"] = One(s => Reduce(s, "ReduceMax", s.X.Cast(ElementType.Int64)).Cast(ElementType.Bool)),
        ["ArgMax"] = One(s => s.X.ArgMax(s.AxisInput(1, s.X.Rank), keepDimensions: false)),
        ["ArgMin"] = One(s => Operators.Emit("ArgMin",
            Onnx.Attributes.Of(("axis", s.AxisInput(1, s.X.Rank)), ("keepdims", 0L)), s.X)),
        ["Cumsum"] = One(s => Operators.Emit("CumSum", Onnx.Attributes.Of(("exclusive", s.Attributes.Truth("exclusive")),
            ("reverse", s.Attributes.Truth("reverse"))), s.X, s.Graph.Scalar(s.AxisInput(1, s.X.Rank)))),
    };

    // As Keras' layer of global average pooling is written, where the value is an image's: the same sums in the same order.
    private static bool IsOverPlaces(OperatorSite s) => s.X.Rank > 2 && s.Graph.Rewriting is TransposeSinking sinking
        && sinking.HasChannelsSecond(s.X) && Axes(s, s.X).Order().SequenceEqual(Enumerable.Range(1, s.X.Rank - 2).Select(a => (long)a));

    private static long[] Axes(OperatorSite s, Value x) => [.. s.Constants(1).Select(a => (long)s.Axis(a, x.Rank)).Distinct()];

    private static Value Reduce(OperatorSite s, string operatorType, Value? x = null)
    {
        x ??= s.X;
        var axes = Axes(s, x);
        // No axes are none here, and all in ONNX.
        return axes.Length == 0 ? x
            : Operators.Emit(operatorType, Onnx.Attributes.Of(("keepdims", s.Attributes.Truth("keep_dims"))), x, s.Graph.Constant(axes));
    }
}
