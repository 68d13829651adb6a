using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Operators that pick or place elements by their positions.</summary>
internal static class Indexing
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["Gather"] = a => a.Input == 0 ? Gather(a) : null,
        ["GatherElements"] = a => a.Input == 0 ? a.X.FullLike(0).ScatterAdd(a.At(1), a.Dy, a.Axis("axis", 0)) : null,
        ["OneHot"] = a => a.Input == 2 ? OneHot(a) : null,
    };

    // Slices picked along an axis get their gradients back; slices picked twice, the sum.
    private static Value Gather(Adjoint a)
    {
        var (x, indices, axis) = (a.X, a.At(1), a.Axis("axis", 0));
        if (indices is { Constant.Count: 1 } && x.Shape[axis].IsKnown)
        {
            var (extent, at) = (x.Shape[axis].Value, Adjoint.Positive(indices.Constant.ToInt64()[0], (int)x.Shape[axis].Value));
            var slice = indices.Rank == 1 ? a.Dy : a.Dy.ReshapeLike(a.X.Slice([at], [at + 1], [axis]));
            var (before, after) = (new long[x.Rank], new long[x.Rank]);
            (before[axis], after[axis]) = (at, extent - at - 1);
            return slice.Pad(before, after);
        }

        // One flat list of picks, as wide as the slices.
        var picks = indices.Reshape([.. Enumerable.Repeat(1L, axis), -1, .. Enumerable.Repeat(1L, x.Rank - axis - 1)]);
        var dy = indices.Rank == 1 ? a.Dy : Merged(a.Dy, axis, indices.Rank, x);
        return x.FullLike(0).ScatterAdd(picks.ExpandLike(dy), dy, axis);
    }

    // [outer…, indices…, inner…] with the axes of the indices made one.
    private static Value Merged(Value dy, int axis, int indexRank, Value x)
    {
        long[] extents = [
            .. Enumerable.Range(0, axis).Select(i => 0L),
            dy.Shape.Skip(axis).Take(indexRank).Aggregate((Dimension)1, (p, d) => p * d) is { IsKnown: true } known ? known.Value : -1,
            .. x.Shape.Skip(axis + 1).Select(d => d.Value)];
        return dy.Reshape(extents);
    }

    // The two numbers that the result is made of, off and on, get what lies where each of them was put.
    private static Value OneHot(Adjoint a)
    {
        Value zero = a.X.Like(0).Unsqueeze(0), one = a.X.Like(1).Unsqueeze(0);
        var isOn = Operators.Emit("OneHot", a.Attributes, a.At(0), a.At(1), Operators.Concat(0, zero, one));
        return Operators.Concat(0, Total(a.Dy * (1 - isOn)), Total(a.Dy * isOn));
    }

    private static Value Total(Value x) =>
        x.ReduceSum([.. Enumerable.Range(0, x.Rank).Select(i => (long)i)], keepDimensions: false).Unsqueeze(0);
}
