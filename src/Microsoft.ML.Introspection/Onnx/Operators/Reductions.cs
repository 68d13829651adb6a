namespace Microsoft.ML.Introspection.Onnx;

public static partial class Operators
{
    /// <summary>Sum along axes.</summary>
    public static Value ReduceSum(this Value x, ReadOnlySpan<long> axes, bool keepDimensions = true) =>
        Reduce("ReduceSum", x, axes, keepDimensions);

    /// <summary>Mean along axes.</summary>
    public static Value ReduceMean(this Value x, ReadOnlySpan<long> axes, bool keepDimensions = true) =>
        Reduce("ReduceMean", x, axes, keepDimensions);

    /// <summary>
    /// Sum along the last axes, each kept with extent 1, in one order whatever the threads and the other rows. ONNX Runtime's reductions
    /// begin a row's sum where the row happens to lie in memory; its matrix products do not, and are as fast.
    /// </summary>
    public static Value SumInOrder(this Value x, params ReadOnlySpan<long> axes) => Summed(x, axes, 1);

    private static Value Summed(Value x, ReadOnlySpan<long> axes, double weight)
    {
        if (axes.IsEmpty || x.Type is not (ElementType.Float or ElementType.Double) || x.ShapeOrNull is not { Rank: > 0 } shape)
            return Weighted(x.ReduceSum(axes));
        var first = shape.Rank - axes.Length;
        foreach (var axis in axes)
            if (!shape[(int)axis].IsKnown || (axis < 0 ? axis + shape.Rank : axis) < first)
                return Weighted(x.ReduceSum(axes));
        var (kept, count) = (Enumerable.Repeat(0L, first), new Shape(shape.Skip(first)).Size.Value);
        var ones = Full(x, weight, count, 1);
        return axes.Length == 1 ? x.MatMul(ones)
            : x.Reshape([.. kept, count]).MatMul(ones).Reshape([.. kept, .. Enumerable.Repeat(1L, axes.Length)]);

        Value Weighted(Value sum) => weight == 1 ? sum : sum * weight;
    }

    /// <summary>Mean along the last axes, each kept with extent 1; see <see cref="SumInOrder"/>.</summary>
    public static Value MeanInOrder(this Value x, params ReadOnlySpan<long> axes)
    {
        var count = (Dimension)1;
        foreach (var axis in axes)
            count *= x.Shape[(int)axis];
        // ONNX Runtime makes one operator of a product of matrices and a quotient, whose divisor it rounds to single precision.
        return !count.IsKnown ? x.ReduceMean(axes)
            : x.Type == ElementType.Double ? Summed(x, axes, 1.0 / count.Value) : x.SumInOrder(axes) / count.Value;
    }

    /// <summary>Largest element along axes.</summary>
    public static Value ReduceMax(this Value x, ReadOnlySpan<long> axes, bool keepDimensions = true) =>
        Reduce("ReduceMax", x, axes, keepDimensions);

    /// <summary>Smallest element along axes.</summary>
    public static Value ReduceMin(this Value x, ReadOnlySpan<long> axes, bool keepDimensions = true) =>
        Reduce("ReduceMin", x, axes, keepDimensions);

    /// <summary>Product along axes.</summary>
    public static Value ReduceProduct(this Value x, ReadOnlySpan<long> axes, bool keepDimensions = true) =>
        Reduce("ReduceProd", x, axes, keepDimensions);

    /// <summary>The position of the (first) largest element along an axis.</summary>
    public static Value ArgMax(this Value x, int axis, bool keepDimensions) =>
        Emit("ArgMax", Attributes.Of(("axis", axis), ("keepdims", keepDimensions)), x);

    /// <summary>
    /// The sum over whatever axes a value of shape <paramref name="shape"/> was repeated along to give this one: what undoes broadcasting.
    /// </summary>
    /// <exception cref="InvalidModelException">An extent is open, so that nobody can say whether it was repeated.</exception>
    public static Value SumTo(this Value x, Shape shape) => SumTo(x, shape, null);

    /// <summary>The same for the shape of a value whose batch may have been repeated to a given number of rows: the run tells.</summary>
    internal static Value SumTo(this Value x, Value like) => SumTo(x, like.Shape, like);

    private static Value SumTo(Value x, Shape shape, Value? like)
    {
        if (x.Shape.Equals(shape))
            return x;
        var added = x.Rank - shape.Rank;
        var repeated = new List<long>();
        for (var i = 0; i < x.Rank; i++)
        {
            Dimension here = x.Shape[i], there = i < added ? 1 : shape[i - added];
            if (i < added || there == 1 && here != 1)
                repeated.Add(i);
            else if (here.IsKnown && here != 1 && there.Name is not null && like is not null)
                return SumTo(Folded(x, i, like, i - added), shape, like);
            else if (here != there && (here.IsUnknown || there.IsUnknown))
                throw new InvalidModelException($"Whether axis {i} of {x.Shape} was broadcast from {shape} is not known before a run. "
                    + Dimension.HowToFix);
        }
        var sum = repeated.Count == 0 ? x : x.ReduceSum([.. repeated]);
        return sum.Squeeze([.. Enumerable.Range(0, added).Select(i => (long)i)]);
    }

    // [turns × extent] as [turns, extent], summed: of one row all turns, of as many rows one.
    private static Value Folded(Value x, int axis, Value like, int own)
    {
        var extent = Emit("Shape", Attributes.Of(("start", own), ("end", own + 1)), like);
        Value[] parts = [.. Enumerable.Range(0, x.Rank).Select(i => i == axis ? Concat(0, x.Graph.Constant([-1L]), extent)
            : x.Graph.Constant([x.Shape[i] is { IsKnown: true } d ? d.Value : throw new InvalidModelException(
                $"Axis {axis} of {x.Shape} may have been repeated, and axis {i} is open. {Dimension.HowToFix}")]))];
        var turns = Emit("Reshape", x, Concat(0, parts)).ReduceSum([axis], keepDimensions: false);
        return turns.Graph.Add("Identity", "", "", [turns], Attributes.None,
            [(null, turns.Type, new Shape(x.Shape.Select((d, i) => i == axis ? like.Shape[own] : d)))]).Outputs[0];
    }

    private static Value Reduce(string operatorType, Value x, ReadOnlySpan<long> axes, bool keepDimensions) =>
        axes.IsEmpty ? x : Emit(operatorType, Attributes.Of(("keepdims", keepDimensions)), x, x.Graph.Constant(axes));
}
