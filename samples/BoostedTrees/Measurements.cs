using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Models;

namespace BoostedTrees;

/// <summary>What a tree file scores.</summary>
internal sealed class Measurements
{
    /// <summary>The measurements.</summary>
    [VectorType(30)]
    public float[] Features { get; set; } = [];
}

/// <summary>What a tree file says.</summary>
internal sealed class Scored
{
    /// <summary>The log-odds of benign.</summary>
    public float Score { get; set; }
}

/// <summary>Scores by walking the trees: what base value and SHAP values must sum to.</summary>
internal static class Scoring
{
    public static float LogOdds(this TreeEnsemble trees, float[] measurements)
    {
        Span<double> score = stackalloc double[1];
        trees.Score(Array.ConvertAll(measurements, m => (double)m), score);
        return (float)score[0];
    }
}
