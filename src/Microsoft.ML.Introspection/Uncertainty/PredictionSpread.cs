using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>
/// How far several passes over a row disagree: passes with dropout (Gal, Ghahramani 2016, arXiv:1506.02142), or networks of an ensemble
/// (Lakshminarayanan, Pritzel, Blundell 2017, arXiv:1612.01474). Entropies are in nats.
/// </summary>
/// <param name="Mean">The mean probabilities, shape [classes].</param>
/// <param name="Deviation">Their standard deviation over the passes, shape [classes].</param>
/// <param name="PredictiveEntropy">The entropy of the mean: all uncertainty.</param>
/// <param name="ExpectedEntropy">The mean entropy: what lies in the data.</param>
/// <param name="VariationRatio">The share of passes whose likeliest class is not the most frequent one.</param>
public sealed record PredictionSpread(
    IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation, double PredictiveEntropy, double ExpectedEntropy, double VariationRatio)
{
    /// <summary>What lies in the model: the difference of both entropies (BALD; Houlsby et al. 2011, arXiv:1112.5745).</summary>
    public double MutualInformation => PredictiveEntropy - ExpectedEntropy;

    /// <summary>The spread over passes.</summary>
    /// <param name="probabilities">A row's probabilities, shape [passes, classes].</param>
    /// <param name="passes">How many passes.</param>
    /// <param name="ofSample">Whether deviations divide by one less than the passes.</param>
    public static PredictionSpread Of(ReadOnlySpan<double> probabilities, int passes, bool ofSample = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, ofSample ? 2 : 1);
        if (probabilities.Length == 0 || probabilities.Length % passes != 0)
            throw new ArgumentException($"Probabilities of {passes} passes were expected; there are {probabilities.Length} numbers.");
        var classes = probabilities.Length / passes;
        var (mean, deviation, chosen) = (new double[classes], new double[classes], new int[classes]);
        var expected = 0.0;
        for (var pass = 0; pass < passes; pass++)
        {
            var p = probabilities.Slice(pass * classes, classes);
            TensorPrimitives.Add(mean, p, mean);
            expected += Entropy(p) / passes;
            chosen[TensorPrimitives.IndexOfMax(p)]++;
        }
        TensorPrimitives.Divide(mean, passes, mean);
        for (var i = 0; i < probabilities.Length; i++)
            deviation[i % classes] += Math.Pow(probabilities[i] - mean[i % classes], 2) / (ofSample ? passes - 1 : passes);
        TensorPrimitives.Sqrt(deviation, deviation);
        return new(mean, deviation, Entropy(mean), expected, 1 - (double)TensorPrimitives.Max<int>(chosen) / passes);
    }

    /// <summary>−Σ p log p, in nats; 0·log 0 is 0.</summary>
    public static double Entropy(ReadOnlySpan<double> probabilities)
    {
        var sum = 0.0;
        foreach (var p in probabilities)
            sum -= p > 0 ? p * Math.Log(p) : p;
        return sum;
    }

    /// <summary>−log Σ exp of a row's logits (Liu, Wang, Owens, Li 2020, arXiv:2010.03759): the higher the stranger the row.</summary>
    public static double Energy(ReadOnlySpan<double> logits)
    {
        var largest = TensorPrimitives.Max(logits);
        var sum = 0.0;
        foreach (var z in logits)
            sum += Math.Exp(z - largest);
        return -largest - Math.Log(sum);
    }

    /// <summary>The largest probability less the second: the lower the less certain.</summary>
    public static double Margin(ReadOnlySpan<double> probabilities)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(probabilities.Length, 2);
        double[] sorted = [.. probabilities];
        Array.Sort(sorted);
        return sorted[^1] - sorted[^2];
    }

    /// <summary>
    /// Several normal distributions as one: its mean, and its variance as the mean of the variances (of the data) and the variance of the
    /// means (of the model).
    /// </summary>
    public static (double Mean, double OfData, double OfModel) Mixture(ReadOnlySpan<double> means, ReadOnlySpan<double> variances)
    {
        if (means.Length == 0 || means.Length != variances.Length)
            throw new ArgumentException($"As many variances as means were expected; there are {variances.Length} and {means.Length}.");
        var mean = TensorPrimitives.Sum(means) / means.Length;
        var ofModel = 0.0;
        foreach (var m in means)
            ofModel += (m - mean) * (m - mean) / means.Length;
        return (mean, TensorPrimitives.Sum(variances) / means.Length, ofModel);
    }
}
