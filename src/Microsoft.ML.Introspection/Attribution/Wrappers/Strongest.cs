using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Another method's strongest attributions: so many of the largest positive ones and of the largest negative ones along the last axis of
/// each row, zero for the others; normalised, they are divided by the largest magnitude among them, and have no unit.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="Positive">How many positive attributions are kept; null for all.</param>
/// <param name="Negative">How many negative ones; null for all.</param>
/// <param name="Normalize">Whether they are brought into [-1, 1].</param>
public sealed record Strongest(AttributionMethod Method, int? Positive = null, int? Negative = null, bool Normalize = false)
    : Wrapper(Method)
{
    /// <summary>How many positive attributions are kept.</summary>
    public int? Positive { get; } = NotNegative(Positive, nameof(Positive));

    /// <summary>How many negative attributions are kept.</summary>
    public int? Negative { get; } = NotNegative(Negative, nameof(Negative));

    /// <inheritdoc/>
    public override Value Attribute(Question question) => Of(Method.Attribute(question), Positive, Negative, Normalize);

    /// <summary>Null: what is left of the attributions sums to nothing in particular.</summary>
    public override Value? Total(Question question) => null;

    /// <summary>The strongest of some attributions.</summary>
    /// <param name="all">Shape [N, …, attributions].</param>
    /// <param name="positive">How many positive attributions are kept; null for all.</param>
    /// <param name="negative">How many negative ones; null for all.</param>
    /// <param name="normalize">Whether they are brought into [-1, 1].</param>
    internal static Value Of(Value all, int? positive, int? negative, bool normalize)
    {
        var kept = positive is null && negative is null ? all : Most(all, positive) - Most(-all, negative);
        if (!normalize)
            return kept;
        var largest = kept.Abs().ReduceMax([kept.Rank - 1]);
        return kept / largest.EqualTo(largest.Like(0)).Where(largest.Like(1), largest);
    }

    /// <summary>The strongest of some attributions, in their place: see <see cref="Of(Value, int?, int?, bool)"/>.</summary>
    /// <param name="all">The attributions of one row.</param>
    /// <param name="order">Room for as many.</param>
    /// <param name="positive">How many positive attributions are kept; null for all.</param>
    /// <param name="negative">How many negative ones; null for all.</param>
    /// <param name="normalize">Whether they are brought into [-1, 1].</param>
    internal static void Keep(Span<float> all, Span<float> order, int? positive, int? negative, bool normalize)
    {
        if (positive is not null || negative is not null)
        {
            all.CopyTo(order);
            order.Sort();
            // Those as large as the last that is kept are kept from the front until there are enough.
            var (low, high) = (negative ?? all.Length, positive ?? all.Length);
            var least = high == 0 ? float.PositiveInfinity : Math.Max(order[Math.Max(all.Length - high, 0)], 0);
            var most = low == 0 ? float.NegativeInfinity : Math.Min(order[Math.Min(low, all.Length) - 1], 0);
            var (above, below) = (high, low);
            foreach (var value in all)
            {
                above -= value > least ? 1 : 0;
                below -= value < most ? 1 : 0;
            }
            foreach (ref var value in all)
            {
                if (value > 0 && (value > least || value == least && above-- > 0)
                    || value < 0 && (value < most || value == most && below-- > 0))
                    continue;
                value = 0;
            }
        }
        if (!normalize)
            return;
        var largest = 0f;
        foreach (var value in all)
            largest = Math.Max(largest, Math.Abs(value));
        if (largest > 0)
            foreach (ref var value in all)
                value /= largest;
    }

    // The largest positive numbers in their places.
    private static Value Most(Value all, int? count)
    {
        var (positive, axis) = (all.Relu(), all.Rank - 1);
        if (count is not { } most || most >= all.Shape[axis].Value)
            return positive;
        if (most == 0)
            return positive.FullLike(0);
        var top = all.Graph.Emit("TopK", [positive, all.Graph.Constant(Tensor.Vector((long)most))], Attributes.Of(("axis", (long)axis)),
            outputs: 2);
        return positive.FullLike(0).ScatterAdd(top[1], top[0], axis);
    }

    private static int? NotNegative(int? count, string name) => count is null or >= 0 ? count
        : throw new ArgumentOutOfRangeException(name, count, "The number of attributions that are kept must not be negative.");
}
