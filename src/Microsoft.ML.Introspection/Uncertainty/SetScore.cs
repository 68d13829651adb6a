using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>How badly each class conforms to the probabilities of a row: the score that sets of classes are cut by.</summary>
public abstract record SetScore
{
    private protected SetScore()
    {
    }

    /// <summary>Whether the probability of a class itself may count in part, as where a draw breaks ties.</summary>
    internal virtual bool TakesDraws => false;

    /// <summary>The score of each rank.</summary>
    /// <param name="sorted">The probabilities, largest first.</param>
    /// <param name="scores">Where to put them, shape [classes].</param>
    internal abstract void Of(ReadOnlySpan<double> sorted, Span<double> scores);

    /// <summary>The same in a graph, for probabilities of shape [N, classes], each row's largest first.</summary>
    internal abstract Value Of(Value sorted);

    private protected static Value Numbers(Value sorted, Func<int, double> of) => sorted.Graph.Constant(Tensor.From(
        [.. Enumerable.Range(1, (int)sorted.Shape[1].Value).Select(of)], 1, sorted.Shape[1].Value));
}

/// <summary>1 − pₖ (LAC, LABEL; Sadinle, Lei, Wasserman 2019): the smallest sets; they may be empty.</summary>
public sealed record LeastAmbiguous : SetScore
{
    internal override void Of(ReadOnlySpan<double> sorted, Span<double> scores)
    {
        for (var rank = 0; rank < sorted.Length; rank++)
            scores[rank] = 1 - sorted[rank];
    }

    internal override Value Of(Value sorted) => 1 - sorted;
}

/// <summary>
/// The probabilities summed from the largest down to and with the class (APS; Romano, Sesia, Candès 2020, arXiv:2006.02544): larger sets
/// for harder rows. With a penalty for every class beyond some (RAPS; Angelopoulos, Bates, Malik, Jordan 2021, arXiv:2009.14193) they
/// stay small.
/// </summary>
/// <param name="Penalty">λ, added for each rank beyond <paramref name="Free"/>.</param>
/// <param name="Free">How many classes cost nothing.</param>
public sealed record CumulativeProbability(double Penalty = 0, int Free = 0) : SetScore
{
    /// <summary>λ, added for each rank beyond <see cref="Free"/>.</summary>
    public double Penalty { get; } = double.IsFinite(Penalty) && Penalty >= 0 ? Penalty
        : throw new ArgumentOutOfRangeException(nameof(Penalty), Penalty, "The penalty must be a number not below 0.");

    /// <summary>How many classes cost nothing.</summary>
    public int Free { get; } = Free >= 0 ? Free
        : throw new ArgumentOutOfRangeException(nameof(Free), Free, "The number of classes that cost nothing is not below 0.");

    internal override bool TakesDraws => true;

    internal override void Of(ReadOnlySpan<double> sorted, Span<double> scores)
    {
        var sum = 0.0;
        for (var rank = 0; rank < sorted.Length; rank++)
            scores[rank] = (sum += sorted[rank]) + Penalty * Math.Max(0, rank + 1 - Free);
    }

    internal override Value Of(Value sorted) => Operators.Emit("CumSum", sorted, sorted.Graph.Constant(Tensor.Scalar(1L)))
        + Numbers(sorted, rank => Penalty * Math.Max(0, rank - Free));
}

/// <summary>The rank of the class, 1 for the likeliest: every row's set has as many classes.</summary>
public sealed record ClassRank : SetScore
{
    internal override void Of(ReadOnlySpan<double> sorted, Span<double> scores)
    {
        for (var rank = 0; rank < sorted.Length; rank++)
            scores[rank] = rank + 1;
    }

    // What is added to is nothing, but of every row.
    internal override Value Of(Value sorted) => sorted * 0 + Numbers(sorted, rank => rank);
}
