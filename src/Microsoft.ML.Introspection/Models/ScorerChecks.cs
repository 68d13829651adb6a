namespace Microsoft.ML.Introspection.Models;

/// <summary>What every scorer checks.</summary>
internal static class ScorerChecks
{
    /// <summary>The number of rows, if rows and scores fit each other.</summary>
    public static int Lengths(IScorer scorer, ReadOnlySpan<float> rows, ReadOnlySpan<double> scores)
    {
        var (features, outputs) = (scorer.FeatureNames.Count, scorer.OutputNames.Count);
        var count = rows.Length / features;
        return rows.Length == count * features && scores.Length == count * outputs ? count
            : throw new ArgumentException($"Rows of {features} features and {outputs} scores for each were expected; given were "
                + $"{rows.Length} numbers and room for {scores.Length} scores.");
    }
}
