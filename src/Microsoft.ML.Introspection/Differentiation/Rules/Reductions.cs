using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Reductions along axes. Each rule says what one element of the input gets; the rest is the same for all.</summary>
internal static class Reductions
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["ReduceSum"] = Reduction((_, _, dy, _) => dy),
        ["ReduceMean"] = Reduction((_, _, dy, count) => dy / count),
        ["ReduceMax"] = Reduction(Extreme),
        ["ReduceMin"] = Reduction(Extreme),
        ["ReduceProd"] = Product,
        ["ReduceL1"] = Reduction((x, _, dy, _) => dy * x.Sign()),
        ["ReduceL2"] = Reduction((x, y, dy, _) => dy * x / y.EqualTo(y.Like(0)).Where(y.Like(1), y)),
        ["ReduceSumSquare"] = Reduction((x, _, dy, _) => dy * 2 * x),
        ["ReduceLogSum"] = Reduction((_, y, dy, _) => dy / y.Exp()),
        ["ReduceLogSumExp"] = Reduction((x, y, dy, _) => dy * (x - y).Exp()),
        ["CumSum"] = CumulativeSum,
        ["CumProd"] = Formula.Of(CumulativeProduct),
    };

    /// <param name="x">The input.</param>
    /// <param name="y">The result, reduced axes kept.</param>
    /// <param name="dy">Its gradient, reduced axes kept.</param>
    /// <param name="count">How many elements each result was made of.</param>
    private delegate Value Share(Value x, Value y, Value dy, Value count);

    private static BackwardRule Reduction(Share share) => a =>
    {
        if (Axes(a) is not { } axes)
            return a.Dy;
        return share(a.X, Kept(a, a.Y, axes), Kept(a, a.Dy, axes), Count(a.X, axes)).ExpandLike(a.X);
    };

    // Those that tie share, as in Max.
    private static Value Extreme(Value x, Value y, Value dy, Value count)
    {
        var chosen = x.EqualTo(y).AsNumber(x.Type);
        long[] axes = [.. Enumerable.Range(0, x.Rank).Where(i => y.Shape[i] == 1 && x.Shape[i] != 1).Select(i => (long)i)];
        return dy * chosen / chosen.ReduceSum(axes);
    }

    // The product of the others: prefix times suffix products would need a scan; leaving each element out in turn needs only
    // that the zeros be counted. With no zero it is y/x; with one, only that element gets something; with more, nothing.
    private static Value Product(Adjoint a)
    {
        if (Axes(a) is not { } axes)
            return a.Dy;
        var (x, y, dy) = (a.X, Kept(a, a.Y, axes), Kept(a, a.Dy, axes));
        var isZero = x.EqualTo(x.Like(0));
        var filled = isZero.Where(x.Like(1), x);
        var zeros = isZero.AsNumber(x.Type).ReduceSum(axes);
        var nonZeros = filled.ReduceProduct(axes);
        var noZero = zeros.EqualTo(zeros.Like(0)).AsNumber(x.Type);
        var oneZero = zeros.EqualTo(zeros.Like(1)).AsNumber(x.Type) * isZero.AsNumber(x.Type);
        return dy * (noZero * nonZeros / filled + oneZero * nonZeros);
    }

    // The adjoint of summing up to here is summing from here on.
    private static Value? CumulativeSum(Adjoint a) => a.Input != 0 ? null : Operators.Emit(
        "CumSum",
        Attributes.Of(("exclusive", a.Attributes.Int("exclusive")), ("reverse", 1 - a.Attributes.Int("reverse"))),
        a.Dy, a.At(1));

    // Each result is the product of those elements that come before it, the others taken for 1.
    private static Value CumulativeProduct(Adjoint a)
    {
        var x = a.At(0);
        var axis = Adjoint.Positive(a.Constants(1)![0], x.Rank);
        var (extent, own) = (x.Shape[axis].IsKnown ? x.Shape[axis].Value : throw new UnsupportedOperatorException(
            $"The {a.Node.Describe()} runs along axis {axis} of {x.Shape}, whose extent is not known before a run."),
            a.Attributes.Int("exclusive") == 0);
        var isReverse = a.Attributes.Int("reverse") != 0;
        var taken = new bool[extent * extent];
        for (var i = 0L; i < taken.Length; i++)
            taken[i] = i / extent == i % extent ? own : i % extent < i / extent != isReverse;
        var mask = x.Graph.Constant(Tensor.From(taken, [extent, extent, .. Enumerable.Repeat(1L, x.Rank - 1 - axis)]));
        return mask.Where(x.Unsqueeze(axis), x.Like(1)).ReduceProduct([axis + 1], keepDimensions: false);
    }

    // Null where nothing is reduced at all.
    private static long[]? Axes(Adjoint a)
    {
        var axes = a.Constants(1);
        if (axes is { Length: > 0 })
            return [.. axes.Select(axis => (long)Adjoint.Positive(axis, a.At(0).Rank))];
        return a.Attributes.Int("noop_with_empty_axes") != 0 ? null : [.. Enumerable.Range(0, a.At(0).Rank).Select(i => (long)i)];
    }

    private static Value Kept(Adjoint a, Value reduced, long[] axes) =>
        a.Attributes.Int("keepdims", 1) != 0 ? reduced : reduced.Unsqueeze([.. axes.Order()]);

    // A known number where the extents are known, else counted in the graph.
    private static Value Count(Value x, long[] axes)
    {
        var extents = axes.Select(a => x.Shape[(int)a]).ToList();
        return extents.TrueForAll(d => d.IsKnown)
            ? x.Like(extents.Aggregate(1.0, (p, d) => p * d.Value))
            : x.ShapeOf().Gather(x.Graph.Constant(axes)).Cast(x.Type).ReduceProduct([0], keepDimensions: false);
    }
}
