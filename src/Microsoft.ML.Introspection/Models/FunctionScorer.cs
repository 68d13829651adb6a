namespace Microsoft.ML.Introspection.Models;

/// <summary>Scores some rows.</summary>
/// <param name="rows">Shape [N, features], row by row.</param>
/// <param name="scores">Where to write, shape [N, outputs].</param>
public delegate void ScoreFunction(ReadOnlySpan<float> rows, Span<double> scores);

/// <summary>A function of yours as a scorer.</summary>
public sealed class FunctionScorer : IScorer
{
    private readonly ScoreFunction _function;
    private readonly HashSet<int> _categorical;

    /// <summary>Takes the function.</summary>
    /// <param name="featureNames">The names of the features.</param>
    /// <param name="outputNames">The names of the scores.</param>
    /// <param name="function">Scores rows.</param>
    /// <param name="categorical">The features whose numbers are codes without an order; null for none.</param>
    public FunctionScorer(IReadOnlyList<string> featureNames, IReadOnlyList<string> outputNames, ScoreFunction function,
        IEnumerable<int>? categorical = null)
    {
        ArgumentNullException.ThrowIfNull(featureNames);
        ArgumentNullException.ThrowIfNull(outputNames);
        ArgumentNullException.ThrowIfNull(function);
        (FeatureNames, OutputNames, _function, _categorical) = ([.. featureNames], [.. outputNames], function, [.. categorical ?? []]);
        if (_categorical.Any(f => f < 0 || f >= FeatureNames.Count))
            throw new ArgumentOutOfRangeException(nameof(categorical),
                $"There are the features 0 to {FeatureNames.Count - 1}; named as categorical were {string.Join(", ", _categorical)}.");
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> OutputNames { get; }

    /// <inheritdoc/>
    public bool IsCategorical(int feature) => _categorical.Contains(feature);

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default)
    {
        IScorer.Rows(this, rows, scores);
        cancellation.ThrowIfCancellationRequested();
        _function(rows, scores);
    }
}
