namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// A model of whatever kind, seen from outside: rows of features go in, scores come out. An ONNX network, an ensemble of trees, a
/// fitted ML.NET pipeline, or your own function.
/// </summary>
/// <remarks>
/// Features are numbers here. What is no number (texts, categories) is represented by a code that only the scorer can read;
/// <see cref="IsCategorical"/> says so. A row made of parts of other rows must be a row that the scorer can read: this is how features are
/// taken away.
/// </remarks>
public interface IScorer
{
    /// <summary>The names of the features; their number is the length of a row.</summary>
    IReadOnlyList<string> FeatureNames { get; }

    /// <summary>The names of the scores of a row: classes, targets, or one name for a single number.</summary>
    IReadOnlyList<string> OutputNames { get; }

    /// <summary>
    /// Whether a feature's numbers are codes without an order, so that they can be exchanged but neither compared nor mixed.
    /// </summary>
    /// <param name="feature">The feature's number.</param>
    bool IsCategorical(int feature) => false;

    /// <summary>Scores some rows. Called from one thread at a time.</summary>
    /// <param name="rows">Shape [N, features], row by row.</param>
    /// <param name="scores">Where to write, shape [N, outputs].</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default);

    /// <summary>What every scorer checks: the number of rows, if rows and room for scores fit the scorer and each other.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    static int Rows(IScorer scorer, ReadOnlySpan<float> rows, ReadOnlySpan<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        var (features, outputs) = (scorer.FeatureNames.Count, scorer.OutputNames.Count);
        var count = rows.Length / features;
        return rows.Length == count * features && scores.Length == count * outputs ? count
            : throw new ArgumentException($"Rows of {features} features and {outputs} scores for each were expected; given were "
                + $"{rows.Length} numbers and room for {scores.Length} scores.");
    }
}
