namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>Bins with about as many of some numbers in each, and one more for what is missing.</summary>
/// <remarks>
/// A number at which several quantiles lie, such as the 0 of a feature that rarely matters, has a bin of its own: else what moves from it
/// to its neighbours would not be seen.
/// </remarks>
internal sealed class QuantileBins
{
    // A bin reaches to its bound and has it.
    private readonly double[] _bounds;

    /// <summary>Makes the bins.</summary>
    /// <param name="sorted">Finite numbers in their order; of none there is one bin.</param>
    /// <param name="bins">How many quantiles, the ends not counted, plus one.</param>
    public QuantileBins(ReadOnlySpan<double> sorted, int bins)
    {
        var bounds = new SortedSet<double>();
        var last = double.NaN;
        for (var i = 1; i < bins && sorted.Length > 0; i++)
        {
            // The least number that has this share of all at it or below.
            var quantile = sorted[(int)(((long)i * sorted.Length + bins - 1) / bins) - 1];
            bounds.Add(quantile);
            if (quantile == last)
                bounds.Add(Math.BitDecrement(quantile));
            last = quantile;
        }
        _bounds = [.. bounds];
    }

    /// <summary>How many there are, that of missing numbers the last.</summary>
    public int Count => _bounds.Length + 2;

    /// <summary>The bin of a number.</summary>
    public int Of(double value)
    {
        if (!double.IsFinite(value))
            return Count - 1;
        var place = Array.BinarySearch(_bounds, value);
        return place < 0 ? ~place : place;
    }
}
