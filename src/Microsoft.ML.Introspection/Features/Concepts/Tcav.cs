using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Features;

/// <summary>What a list of derivatives along a concept says.</summary>
/// <param name="Share">The share of rows whose derivative speaks for the target: the TCAV score.</param>
/// <param name="Mean">The mean derivative.</param>
/// <param name="Magnitude">The mean of absolute derivatives.</param>
/// <param name="Deviation">The standard deviation (÷n).</param>
public sealed record ConceptScore(double Share, double Mean, double Magnitude, double Deviation)
{
    /// <summary>Of the gradients of some rows along a vector.</summary>
    /// <param name="gradients">The gradients by the layer.</param>
    /// <param name="concept">The concept, of the same layer.</param>
    /// <param name="function">What the gradients are of.</param>
    /// <exception cref="ArgumentException">They do not fit.</exception>
    public static ConceptScore Of(LayerActivations gradients, ConceptVector concept, ConceptFunction function)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        ArgumentNullException.ThrowIfNull(concept);
        if (gradients.Width != concept.Weights.Length || gradients.Layer != concept.Layer || gradients.Rows == 0)
            throw new ArgumentException($"{gradients.Rows} gradients of {gradients.Width} numbers by '{gradients.Layer}' do not fit the "
                + $"concept '{concept.Name}' of {concept.Weights.Length} by '{concept.Layer}'.", nameof(gradients));
        var direction = concept.Direction;
        double[] along = [.. Enumerable.Range(0, gradients.Rows).Select(r => TensorPrimitives.Dot(gradients.Row(r), direction))];
        var (mean, sign) = (along.Average(), function == ConceptFunction.Loss ? -1 : 1);
        return new ConceptScore(along.Average(d => sign * d > 0 ? 1.0 : 0), mean, along.Average(Math.Abs),
            Math.Sqrt(along.Average(d => (d - mean) * (d - mean))));
    }
}

/// <summary>How TCAV is done.</summary>
public sealed record TcavOptions
{
    /// <summary>How vectors are learnt.</summary>
    public ConceptOptions Learning { get; init => field = value ?? throw new ArgumentNullException(nameof(Learning)); } = new();

    /// <summary>What the gradients are of.</summary>
    public ConceptFunction Function { get; init; }

    /// <summary>Whether means of derivatives are compared, not shares of rows.</summary>
    public bool ComparesMeans { get; init; }

    /// <summary>The probability up to which a concept counts as one.</summary>
    public double Significance
    {
        get;
        init => field = value is > 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Significance), value, "The probability lies between 0 and 1.");
    } = 0.05;

    /// <summary>How probabilities are raised for there being several tests.</summary>
    public TestCorrection Correction { get; init; } = TestCorrection.Bonferroni;
}

/// <summary>What TCAV says of a concept in a layer.</summary>
/// <param name="Concept">The concept.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Vectors">Its vectors, one against each random set.</param>
/// <param name="Scores">Its score by each of them.</param>
/// <param name="RandomScores">The scores of a random set in the concept's place.</param>
/// <param name="Test">The t-test of one list against the other, of equal variances.</param>
/// <param name="Probability">Its probability, raised for there being several tests.</param>
/// <param name="IsSignificant">Whether the concept matters more than a random set does.</param>
public sealed record TcavResult(string Concept, string Layer, IReadOnlyList<ConceptVector> Vectors, IReadOnlyList<ConceptScore> Scores,
    IReadOnlyList<ConceptScore> RandomScores, StudentTest Test, double Probability, bool IsSignificant);

/// <summary>
/// Testing with concept activation vectors: whether a class is sensitive to concepts, told from what random sets give. Each concept's
/// vector is learnt against each of several random sets, and a random set's own likewise; a two-sided t-test compares the scores.
/// Kim et al. 2018, arXiv:1711.11279.
/// </summary>
public static class Tcav
{
    /// <summary>Tests concepts in layers.</summary>
    /// <param name="gradients">The gradients of rows of the class, for each layer.</param>
    /// <param name="concepts">For each concept the activations of its rows, for each layer.</param>
    /// <param name="randoms">Random sets, for each layer: the last takes the concept's place, the others are what is told from.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">There are fewer than three random sets of a layer, or a layer is missing.</exception>
    public static IReadOnlyList<TcavResult> Run(IReadOnlyList<LayerActivations> gradients,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<LayerActivations>>> concepts,
        IReadOnlyList<IReadOnlyList<LayerActivations>> randoms, TcavOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        ArgumentNullException.ThrowIfNull(concepts);
        ArgumentNullException.ThrowIfNull(randoms);
        options ??= new TcavOptions();
        if (randoms.Count < 3)
            throw new ArgumentException($"There are {randoms.Count} random sets. At least three are needed for a test: one stands in the "
                + "concept's place, and a score against each of two others has a variance.", nameof(randoms));
        var results = new List<TcavResult>();
        foreach (var gradient in gradients)
        {
            LayerActivations[] sets = [.. randoms.Select(r => In(r, gradient.Layer))];
            var counterpart = Scored("random", sets[^1]);
            foreach (var (name, activations) in concepts)
            {
                var own = Scored(name, In(activations, gradient.Layer));
                var test = StudentTest.EqualVariances(Compared(own.Scores), Compared(counterpart.Scores));
                results.Add(new TcavResult(
                    name, gradient.Layer, own.Vectors, own.Scores, counterpart.Scores, test, test.Probability, false));
            }

            (List<ConceptVector> Vectors, List<ConceptScore> Scores) Scored(string name, LayerActivations set)
            {
                var vectors = sets[..^1].Select((s, i) => ConceptVector.Learn(name, set, s, options.Learning, $"random {i}")).ToList();
                return (vectors, vectors.ConvertAll(v => ConceptScore.Of(gradient, v, options.Function)));
            }
        }
        var raised = options.Correction.Adjust([.. results.Select(r => r.Test.Probability)]);
        return [.. results.Select((r, i) => r with { Probability = raised[i], IsSignificant = raised[i] <= options.Significance })];

        double[] Compared(List<ConceptScore> scores) => [.. scores.Select(s => options.ComparesMeans ? s.Mean : s.Share)];
    }

    private static LayerActivations In(IReadOnlyList<LayerActivations> activations, string layer) =>
        activations.FirstOrDefault(a => a.Layer == layer) ?? throw new ArgumentException(
            $"There are no activations of '{layer}'; there are those of {string.Join(", ", activations.Select(a => $"'{a.Layer}'"))}.");
}
