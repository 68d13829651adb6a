using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>An ensemble of trees as a scorer. Missing values (NaN) are allowed: they go where the trees send them.</summary>
public sealed class TreeScorer : IScorer
{
    // Rows stay in the second cache while all trees pass over them, each of which comes from memory once for so many.
    private const int BlockBytes = 1 << 17;
    private const int FewestRows = 64;
    private const int MostRows = 1024;

    private readonly TreeEnsemble _ensemble;
    private readonly bool _predictions;
    private readonly FlatTree[] _trees;

    /// <summary>Takes the ensemble.</summary>
    /// <param name="ensemble">The trees.</param>
    /// <param name="predictions">
    /// Whether scores are predictions (<see cref="TreeEnsemble.Link"/> applied: probabilities, say) in the place of raw scores.
    /// </param>
    public TreeScorer(TreeEnsemble ensemble, bool predictions = false)
    {
        ArgumentNullException.ThrowIfNull(ensemble);
        (_ensemble, _predictions) = (ensemble, predictions);
        _trees = [.. ensemble.Trees.Select(tree => new FlatTree(tree))];
        FeatureNames = ensemble.FeatureNames ?? [.. Enumerable.Range(0, ensemble.FeatureCount).Select(i => $"f{i}")];
        OutputNames = ensemble.OutputNames
            ?? (ensemble.OutputCount == 1 ? ["score"] : [.. Enumerable.Range(0, ensemble.OutputCount).Select(i => $"score[{i}]")]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> OutputNames { get; }

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default)
    {
        var count = IScorer.Rows(this, rows, scores);
        var (features, outputs) = (FeatureNames.Count, OutputNames.Count);
        var together = Math.Clamp(BlockBytes / (sizeof(float) * features), FewestRows, MostRows);
        Span<int> leaves = stackalloc int[together];
        for (var start = 0; start < count; start += together)
        {
            cancellation.ThrowIfCancellationRequested();
            var portion = Math.Min(together, count - start);
            var block = rows.Slice(start * features, portion * features);
            var to = scores.Slice(start * outputs, portion * outputs);
            for (var i = 0; i < to.Length; i++)
                to[i] = _ensemble.BaseScores[i % outputs];
            foreach (var tree in _trees)
                tree.Add(block, features, leaves[..portion], to, outputs);
            for (var row = 0; _predictions && row < portion; row++)
                _ensemble.Link.Apply(to.Slice(row * outputs, outputs));
        }
    }
}
