using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// A game whose coalitions, and what their values count, are given: φ = Σ_S c_S·(v(S) − f(x)), with v(S) the score of the row where the
/// elements of S come from it and the others from the baseline (their mean over several). Any linear solution can be written so, whatever
/// permutations or designs it was drawn from. Shape of the input, unit of the score times that of the coefficients.
/// </summary>
/// <param name="Count">How many coalitions there are.</param>
/// <param name="Present">Who is present, 1 or 0, shape [<see cref="Count"/>, row…], or 1 in the place of some extents.</param>
/// <param name="Coefficients">What each value counts for each element, shaped likewise.</param>
public sealed record GivenCoalitions(int Count, Drawn Present, Drawn Coefficients) : AttributionMethod
{
    /// <summary>How many coalitions there are.</summary>
    public int Count { get; } = Count >= 1 ? Count
        : throw new ArgumentOutOfRangeException(nameof(Count), Count, "At least one coalition is needed.");

    /// <summary>Who is present.</summary>
    public Drawn Present { get; } = Present ?? throw new ArgumentNullException(nameof(Present));

    /// <summary>What each value counts.</summary>
    public Drawn Coefficients { get; } = Coefficients ?? throw new ArgumentNullException(nameof(Coefficients));

    /// <summary>Where the values of absent elements come from.</summary>
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        long[] row = [.. question.Input.Shape.Skip(1).Select(d => d.Value)];
        var baselines = question.Baselines(Baseline);
        var coalitions = Present.Of(question, Count, row).With(Coefficients.Of(question, Count, row)).Times(baselines);
        var sum = question.Sum(coalitions, (present, coefficient, absent) =>
            coefficient * -question.Drop(present.Greater(0.5).Where(question.Input, absent)));
        return baselines.Count == 1 ? sum : sum / baselines.Count;
    }
}
