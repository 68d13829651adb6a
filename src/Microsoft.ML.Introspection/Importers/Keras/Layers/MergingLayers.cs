using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Layers of several inputs.</summary>
internal static class MergingLayers
{
    public static Dictionary<string, Rule> Rules { get; } = new()
    {
        ["Add"] = Merged(Operators.Add),
        ["Subtract"] = Merged((a, b) => a - b),
        ["Multiply"] = Merged(Operators.Multiply),
        ["Average"] = s => [.. Merged(Operators.Add)(s).Select(r => r with { Value = r.Value / s.Inputs.Count })],
        ["Maximum"] = Merged((a, b) => a.Maximum(b)),
        ["Minimum"] = Merged((a, b) => a.Minimum(b)),
        ["Concatenate"] = s => [new(Operators.Concat(Axis(s), [.. s.Inputs]), Axis(s) == 1 ? Joined(s) : Mask(s))],
        ["Dot"] = One(Dot),
    };

    // Inputs of fewer axes get some behind the batch.
    private static Rule Merged(Func<Value, Value, Value> join) => s =>
    {
        if (s.Inputs.Count == 0)
            throw s.Refused("has no inputs");
        var rank = s.Inputs.Max(i => i.Rank);
        var inputs = s.Inputs.Select(i => i.Rank == rank ? i
            : i.Unsqueeze([.. Enumerable.Range(1, rank - i.Rank).Select(a => (long)a)]));
        return [new(inputs.Aggregate(join), Mask(s))];
    };

    private static int Axis(KerasLayer s) => (int)s.Whole("axis", -1) is var axis && axis < 0 ? axis + s.Inputs[0].Rank : axis;

    // What all inputs count; Keras takes one without a mask for one that counts throughout.
    private static Value? Mask(KerasLayer s)
    {
        var masks = s.Tensors.Where(t => t.Mask is not null).Select(t => t.Mask!).Distinct().ToList();
        return masks.Count == 0 ? null : masks.Aggregate((a, b) => a.And(b));
    }

    private static Value? Joined(KerasLayer s) => s.Tensors.All(t => t.Mask is not null)
        ? Operators.Concat(1, [.. s.Tensors.Select(t => t.Mask!)]) : null;

    private static Value Dot(KerasLayer s)
    {
        if (s.Inputs is not [var a, var b] || s.Config.Wholes("axes") is not { Length: 1 or 2 } given)
            throw s.Refused("needs two inputs and one or two axes");
        var (first, second) = (At(s, a, given[0]), At(s, b, given[^1]));
        if (s.Flag("normalize"))
            (a, b) = (Unit(a, first), Unit(b, second));
        int[] outer = [.. Enumerable.Range(1, a.Rank - 1).Where(i => i != first)];
        int[] inner = [.. Enumerable.Range(1, b.Rank - 1).Where(i => i != second)];
        var (left, right) = (a.Transpose([0, .. outer, first]), b.Transpose([0, second, .. inner]));
        long[] shape = [.. outer.Select(i => s.Features(a, i)), .. inner.Select(i => s.Features(b, i))];
        var length = s.Features(a, first);
        var product = left.Reshape([0, outer.Aggregate(1L, (p, i) => p * s.Features(a, i)), length])
            .MatMul(right.Reshape([0, length, inner.Aggregate(1L, (p, i) => p * s.Features(b, i))]));
        return product.Reshape([0, .. shape.Length == 0 ? [1] : shape]);
    }

    private static int At(KerasLayer s, Value x, long axis) => (int)(axis < 0 ? axis + x.Rank : axis) is var place && place > 0
        && place < x.Rank
        ? place : throw s.Refused($"multiplies along the axis {axis}, which {x.Shape} does not have");

    private static Value Unit(Value x, int axis) => x / (x * x).ReduceSum([axis]).Maximum(x.Like(1e-12)).Sqrt();
}
