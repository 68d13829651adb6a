using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>A function of rows as a scorer.</summary>
internal sealed class DelegateScorer(int features, int outputs, Func<float[], double[]> score) : IScorer
{
    public IReadOnlyList<string> FeatureNames { get; init; } = [.. Enumerable.Range(0, features).Select(i => $"x{i}")];

    public IReadOnlyList<string> OutputNames { get; } = [.. Enumerable.Range(0, outputs).Select(i => $"y{i}")];

    public ISet<int> Categorical { get; init; } = new HashSet<int>();

    /// <summary>How many rows were scored.</summary>
    public int Scored { get; private set; }

    public bool IsCategorical(int feature) => Categorical.Contains(feature);

    public void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        Scored += rows.Length / features;
        score(rows.ToArray()).CopyTo(scores);
    }
}
