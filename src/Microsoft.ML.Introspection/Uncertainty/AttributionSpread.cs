using System.Numerics.Tensors;
using MathNet.Numerics.Statistics;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>
/// How far explanations of one row disagree, over passes with noise or dropout or over the networks of an ensemble (Bykov et al. 2020,
/// arXiv:2006.09000, show quantiles as maps). Each list has one number for each element of the attribution, in its unit.
/// </summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The standard deviation, by the number of passes.</param>
/// <param name="SignAgreement">The share of passes that have the more frequent sign, 0 to 1; zeros have none.</param>
public sealed record AttributionSpread(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation, IReadOnlyList<double> SignAgreement)
{
    private double[][] Sorted { get; init; } = [];

    /// <summary>The spread over passes.</summary>
    /// <param name="attributions">A row's attributions, shape [passes, elements].</param>
    /// <param name="passes">How many passes.</param>
    public static AttributionSpread Of(ReadOnlySpan<double> attributions, int passes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, 1);
        if (attributions.Length == 0 || attributions.Length % passes != 0)
            throw new ArgumentException($"Attributions of {passes} passes were expected; there are {attributions.Length} numbers.");
        var elements = attributions.Length / passes;
        var sorted = new double[elements][];
        var (mean, deviation, agreement) = (new double[elements], new double[elements], new double[elements]);
        for (var i = 0; i < elements; i++)
        {
            var values = new double[passes];
            for (var pass = 0; pass < passes; pass++)
                values[pass] = attributions[pass * elements + i];
            mean[i] = TensorPrimitives.Sum<double>(values) / passes;
            foreach (var value in values)
                deviation[i] += (value - mean[i]) * (value - mean[i]) / passes;
            deviation[i] = Math.Sqrt(deviation[i]);
            agreement[i] = (double)Math.Max(values.Count(v => v > 0), values.Count(v => v < 0)) / passes;
            Array.Sort(values);
            sorted[i] = values;
        }
        return new(mean, deviation, agreement) { Sorted = sorted };
    }

    /// <summary>A quantile of every element's attributions, interpolated between passes.</summary>
    /// <param name="share">The share of passes below it, 0 to 1.</param>
    public IReadOnlyList<double> Quantile(double share) => share is >= 0 and <= 1
        ? Array.ConvertAll(Sorted, values => SortedArrayStatistics.QuantileCustom(values, share, QuantileDefinition.R7))
        : throw new ArgumentOutOfRangeException(nameof(share), share, "A share lies between 0 and 1.");
}
