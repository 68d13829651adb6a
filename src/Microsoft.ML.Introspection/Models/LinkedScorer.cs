namespace Microsoft.ML.Introspection.Models;

/// <summary>The predictions that a link makes of a model's raw scores.</summary>
/// <param name="model">The model.</param>
/// <param name="link">The link.</param>
internal sealed class LinkedScorer(IScorer model, ScoreLink link) : IScorer
{
    public IReadOnlyList<string> FeatureNames => model.FeatureNames;

    public IReadOnlyList<string> OutputNames => model.OutputNames;

    public bool IsCategorical(int feature) => model.IsCategorical(feature);

    public void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default)
    {
        model.Score(rows, scores, cancellation);
        for (var row = 0; row < scores.Length; row += OutputNames.Count)
            link.Apply(scores.Slice(row, OutputNames.Count));
    }
}
