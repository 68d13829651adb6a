namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>
/// Count, mean and spread of numbers that are seen once, one by one. Welford 1962; put together as by Chan, Golub, LeVeque 1979.
/// </summary>
internal struct Moments
{
    private double _squares;

    public long Count { get; private set; }

    public double Mean { get; private set; }

    /// <summary>The variance of the sample; NaN of fewer than two numbers.</summary>
    public readonly double Variance => Count < 2 ? double.NaN : _squares / (Count - 1);

    public void Add(double value)
    {
        var before = value - Mean;
        Mean += before / ++Count;
        _squares += before * (value - Mean);
    }

    public void Add(Moments other)
    {
        if (other.Count == 0)
            return;
        var (apart, count) = (other.Mean - Mean, Count + other.Count);
        _squares += other._squares + apart * apart * ((double)Count * other.Count / count);
        Mean += apart * other.Count / count;
        Count = count;
    }
}

/// <summary>The moments of a column, and of its sizes; what is missing counts apart.</summary>
internal struct ColumnMoments
{
    public Moments Values, Sizes;

    public long Missing { get; private set; }

    public void Add(double value)
    {
        if (!double.IsFinite(value))
        {
            Missing++;
            return;
        }
        Values.Add(value);
        Sizes.Add(Math.Abs(value));
    }

    public void Add(ColumnMoments other)
    {
        Values.Add(other.Values);
        Sizes.Add(other.Sizes);
        Missing += other.Missing;
    }

    public readonly ColumnSummary Summary =>
        new(Values.Count, Missing, Of(Values), Math.Sqrt(Values.Variance), Of(Sizes));

    private static double Of(Moments moments) => moments.Count == 0 ? double.NaN : moments.Mean;
}

/// <summary>What a column of reasons, or of predictions, holds on the whole.</summary>
/// <param name="Count">How many numbers.</param>
/// <param name="Missing">How many rows have none: NaN, or infinite. They count for nothing else here.</param>
/// <param name="Mean">Their mean; NaN of none.</param>
/// <param name="Deviation">The standard deviation of the sample; NaN of fewer than two.</param>
/// <param name="MeanAbsolute">The mean of their sizes, whatever their signs: of SHAP values the importance of the feature.</param>
public sealed record ColumnSummary(long Count, long Missing, double Mean, double Deviation, double MeanAbsolute);
