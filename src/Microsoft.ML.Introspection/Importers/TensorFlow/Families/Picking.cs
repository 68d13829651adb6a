using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Elements by their positions, and positions as elements.</summary>
internal static class Picking
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["Gather"] = One(s => Gathered(s, s.X, s.Input(1), 0, 0)),
        ["GatherV2"] = One(s => Gathered(s, s.X, s.Input(1), s.AxisInput(2, s.X.Rank), s.Attributes.Int("batch_dims"))),
        ["ResourceGather"] = One(s => Gathered(s, s.X, s.Input(1), (int)s.Attributes.Int("batch_dims"), s.Attributes.Int("batch_dims"))),
        ["GatherNd"] = One(s => Operators.Emit("GatherND", s.X, s.Input(1))),
        ["ScatterNd"] = One(s => Operators.Emit("ScatterND", Onnx.Attributes.Of(("reduction", "add")),
            s.Graph.Constant(Tensor.Filled(s.Input(1).Type, 0, s.Constants(2))), s.Input(0), s.Input(1))),
        ["TensorScatterUpdate"] = One(s => Operators.Emit("ScatterND", s.X, s.Input(1), s.Input(2))),
        ["TensorScatterAdd"] = One(s => Operators.Emit("ScatterND", Onnx.Attributes.Of(("reduction", "add")), s.X, s.Input(1), s.Input(2))),
        ["OneHot"] = One(s => Operators.Emit("OneHot", Onnx.Attributes.Of(("axis", s.Attributes.Int("axis", -1))), s.X,
            s.Graph.Scalar(s.Constant(1)), Operators.Concat(0, s.Input(3).Unsqueeze(0), s.Input(2).Unsqueeze(0)))),
        ["DenseBincount"] = One(Counted),
        ["TopKV2"] = Several(s => s.Graph.Emit("TopK", [s.X, s.Input(1).Rank == 0 ? s.Input(1).Unsqueeze(0) : s.Input(1)],
            Onnx.Attributes.Of(("axis", -1L)), 2)),
        ["MatrixBandPart"] = One(Band),
        ["ListDiff"] = Several(Difference),
        ["InvertPermutation"] = One(s => s.Graph.Constant(Inverse(s.Constants(0)))),
    };

    private static Value Gathered(OperatorSite s, Value x, Value indices, int axis, long batchAxes)
    {
        if (batchAxes < 0)
            batchAxes += indices.Rank;
        if (indices.Type != ElementType.Int64)
            indices = indices.Cast(ElementType.Int64);
        if (batchAxes > 0)
        {
            if (batchAxes != axis || batchAxes > indices.Rank || axis >= x.Rank)
                throw s.Wrong($"it picks along axis {axis} with {batchAxes} axes of rows.");
            return x.Known("GatherND", [x, indices.Unsqueeze(-1)], Onnx.Attributes.Of(("batch_dims", batchAxes)),
                new Shape([.. indices.Shape, .. x.Shape.Skip(axis + 1)]));
        }
        if (x.Rank == 1 && s.Translation.Extents.Of(x) is { } extents && indices.Constant?.ToInt64() is { } at
            && Array.TrueForAll(at, i => i >= 0 && i < extents.Length) && indices.Rank <= 1)
            return s.Written([.. at.Select(i => extents[i])], indices.Rank == 0, () => x.Gather(indices, axis));
        return x.Gather(indices, axis);
    }

    // How often each number occurs in a row.
    private static Value Counted(OperatorSite s)
    {
        var (size, weights) = (s.Constant(1), s.Input(2));
        if (size is < 1 or > 1 << 24)
            throw s.Wrong($"{size} numbers cannot be counted.");
        var type = weights.Type;
        var hot = s.X.Cast(ElementType.Int64).OneHot(size, type == ElementType.Int64 ? ElementType.Float : type);
        if (weights.Shape.Size != 0)
            hot *= weights.Unsqueeze(-1);
        return (s.Attributes.Truth("binary_output") ? hot.ReduceMax([s.X.Rank - 1], keepDimensions: false)
            : hot.ReduceSum([s.X.Rank - 1], keepDimensions: false)).Cast(type);
    }

    // A negative number of diagonals is all of them.
    private static Value Band(OperatorSite s)
    {
        var (below, above, x) = (s.Constant(1), s.Constant(2), s.X);
        if (above >= 0)
            x = Operators.Emit("Trilu", Onnx.Attributes.Of(("upper", 0L)), x, s.Graph.Scalar(above));
        if (below >= 0)
            x = Operators.Emit("Trilu", Onnx.Attributes.Of(("upper", 1L)), x, s.Graph.Scalar(-below));
        return x;
    }

    private static IEnumerable<Value> Difference(OperatorSite s)
    {
        long[] all = s.Constants(0), without = s.Constants(1);
        int[] left = [.. Enumerable.Range(0, all.Length).Where(i => !without.Contains(all[i]))];
        return [s.Graph.Constant(Tensor.Vector<long>([.. left.Select(i => all[i])])),
            s.Graph.Constant(Tensor.Vector<long>([.. left.Select(i => (long)i)]))];
    }

    private static Tensor Inverse(long[] order)
    {
        var inverse = new long[order.Length];
        for (var i = 0; i < order.Length; i++)
            inverse[order[i]] = i;
        return Tensor.Vector<long>(inverse);
    }
}
