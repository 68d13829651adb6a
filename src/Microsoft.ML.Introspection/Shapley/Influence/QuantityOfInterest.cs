using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>What an influence is one on, beside the scores themselves: quantities made of them, as scorers.</summary>
public static class QuantityOfInterest
{
    /// <summary>Whether each class is the predicted one, 1 or 0: an influence is then a change of probability of the prediction.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="threshold">
    /// Of a single score: class 1 is predicted above this (0 for log-odds, 0.5 for probabilities), class 0 otherwise.
    /// </param>
    /// <returns>A scorer of one output for each class; two for a single score.</returns>
    public static IScorer PredictedClass(IScorer scorer, double threshold = 0)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        var count = scorer.OutputNames.Count;
        IReadOnlyList<string> names = count == 1 ? [$"not {scorer.OutputNames[0]}", scorer.OutputNames[0]] : scorer.OutputNames;
        return new Derived(scorer, names, (scores, quantities) =>
        {
            quantities.Clear();
            quantities[count == 1 ? scores[0] > threshold ? 1 : 0 : TensorPrimitives.IndexOfMax(scores)] = 1;
        });
    }

    /// <summary>The score of one class less that of another: why this and not that.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="why">One output.</param>
    /// <param name="whyNot">The other.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such output.</exception>
    public static IScorer Difference(IScorer scorer, int why, int whyNot)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        var names = scorer.OutputNames;
        foreach (var output in (int[])[why, whyNot])
            if (output < 0 || output >= names.Count)
                throw new ArgumentOutOfRangeException(nameof(why), output, $"There are the outputs 0 to {names.Count - 1}.");
        return new Derived(scorer, [$"{names[why]} − {names[whyNot]}"],
            (scores, quantities) => quantities[0] = scores[why] - scores[whyNot]);
    }

    private delegate void Derivation(ReadOnlySpan<double> scores, Span<double> quantities);

    private sealed class Derived(IScorer scorer, IReadOnlyList<string> outputs, Derivation derive) : IScorer
    {
        private double[] _scores = [];

        public IReadOnlyList<string> FeatureNames => scorer.FeatureNames;

        public IReadOnlyList<string> OutputNames => outputs;

        public bool IsCategorical(int feature) => scorer.IsCategorical(feature);

        public void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default)
        {
            var count = IScorer.Rows(this, rows, scores);
            var each = scorer.OutputNames.Count;
            if (_scores.Length < count * each)
                _scores = new double[count * each];
            scorer.Score(rows, _scores.AsSpan(0, count * each), cancellation);
            for (var row = 0; row < count; row++)
                derive(_scores.AsSpan(row * each, each), scores.Slice(row * outputs.Count, outputs.Count));
        }
    }
}
