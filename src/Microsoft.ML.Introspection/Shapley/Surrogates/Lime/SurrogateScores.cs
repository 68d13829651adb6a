using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>The scores that a linear model is to follow.</summary>
internal static class SurrogateScores
{
    private const int Together = 1024;

    /// <summary>Asks a scorer, many rows at a time.</summary>
    /// <exception cref="InvalidOperationException">It gives numbers that are not finite.</exception>
    public static void Of(IScorer scorer, ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation)
    {
        var (features, outputs) = (scorer.FeatureNames.Count, scorer.OutputNames.Count);
        for (var start = 0; start * features < rows.Length; start += Together)
        {
            var portion = Math.Min(Together, rows.Length / features - start);
            cancellation.ThrowIfCancellationRequested();
            scorer.Score(rows.Slice(start * features, portion * features), scores.Slice(start * outputs, portion * outputs), cancellation);
        }
        CheckFinite(scores, scorer.OutputNames);
    }

    /// <summary>Refuses scores that no line can follow.</summary>
    public static void CheckFinite(ReadOnlySpan<double> scores, IReadOnlyList<string> outputs)
    {
        for (var i = 0; i < scores.Length; i++)
            if (!double.IsFinite(scores[i]))
                throw new InvalidOperationException(
                    $"The score '{outputs[i % outputs.Count]}' of a sampled row is {scores[i]}. Only finite scores can be explained.");
    }

    /// <summary>The score to explain: the one asked for, or the highest.</summary>
    public static int Choose(ReadOnlySpan<double> own, int? output)
    {
        if (output is { } number && (number < 0 || number >= own.Length))
            throw new ArgumentOutOfRangeException(nameof(output), output, $"There are the outputs 0 to {own.Length - 1}.");
        return output ?? System.Numerics.Tensors.TensorPrimitives.IndexOfMax(own);
    }

    /// <summary>One output of the explained row, then of all samples.</summary>
    public static Vector<double> Vector(double[] own, double[] samples, int output) =>
        Vector<double>.Build.Dense(samples.Length / own.Length + 1, s => s == 0 ? own[output] : samples[(s - 1) * own.Length + output]);
}
