using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>
/// Several answers to one question, whose spread tells how much the answer is to be trusted: by networks that were thinned at random, by
/// several networks, by rows with noise. Drawn within the graph: the same at every run, for every row, on every machine.
/// </summary>
public abstract record Passes
{
    private protected Passes() { }

    /// <summary>How many answers.</summary>
    public abstract int Count { get; }

    /// <summary>The answers side by side.</summary>
    /// <param name="question">The question.</param>
    /// <param name="answer">Answers it, shape [N, …].</param>
    /// <returns>Shape [N, passes, …].</returns>
    internal abstract Value Of(Question question, Func<Question, Value> answer);

    private protected static int Several(int count) => count >= 2 ? count
        : throw new ArgumentOutOfRangeException(nameof(Count), count, "A spread wants two passes at least.");
}

/// <summary>
/// Networks of an ensemble: the explained one and others of the same inputs and classes (Lakshminarayanan, Pritzel, Blundell 2017,
/// arXiv:1612.01474).
/// </summary>
/// <param name="Others">The networks beside the explained one.</param>
public sealed record EnsemblePasses(params IReadOnlyList<Network> Others) : Passes
{
    /// <summary>The networks beside the explained one.</summary>
    public IReadOnlyList<Network> Others { get; } = Others is { Count: > 0 } ? [.. Others]
        : throw new ArgumentException("An ensemble needs another network.", nameof(Others));

    /// <inheritdoc/>
    public override int Count => Others.Count + 1;

    /// <inheritdoc/>
    public bool Equals(EnsemblePasses? other) => other is not null && Others.SequenceEqual(other.Others);

    /// <inheritdoc/>
    public override int GetHashCode() => Others.Aggregate(Count, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(EnsemblePasses)} {{ Networks = {Count} }}";

    internal override Value Of(Question question, Func<Question, Value> answer) =>
        Operators.Concat(1, [.. Others.Select(question.To).Prepend(question).Select(q => answer(q).Unsqueeze(1))]);
}

/// <summary>Rows with normal noise, as <see cref="Smooth"/> adds it.</summary>
/// <param name="Samples">How often noise is drawn.</param>
/// <param name="Noise">Its standard deviation, as a share of the row's range.</param>
/// <param name="Seed">Other noise for every seed.</param>
public sealed record NoisePasses(int Samples = 30, double Noise = 0.1, int Seed = 1) : Passes
{
    /// <summary>How often noise is drawn.</summary>
    public int Samples { get; } = Several(Samples);

    /// <summary>Its standard deviation, as a share of the row's range.</summary>
    public double Noise { get; } = double.IsFinite(Noise) && Noise > 0 ? Noise
        : throw new ArgumentOutOfRangeException(nameof(Noise), Noise, "The noise must be a number above 0.");

    /// <inheritdoc/>
    public override int Count => Samples;

    internal override Value Of(Question question, Func<Question, Value> answer)
    {
        var deviation = question.Range * Noise;
        long[] row = [.. question.Input.Shape.Skip(1).Select(d => d.Value)];
        var draws = Variants.Numbered(Samples, numbers => deviation * SeededNoise.Normal(numbers, row, Seed, question.Input.Type));
        return question.Stack(draws, noise => question.At(question.Input + noise, answer));
    }
}
