namespace Microsoft.ML.Introspection.Shapley;

/// <summary>What LIME makes of the measurements of a table.</summary>
public enum LimeBinning
{
    /// <summary>Whether a value lies in the same quarter of the training values as that of the explained row.</summary>
    Quartiles,

    /// <summary>Whether it lies in the same tenth.</summary>
    Deciles,

    /// <summary>Whether it lies in the same range, ranges being those that tell the labels' classes apart best.</summary>
    Entropy,

    /// <summary>The value itself, standardised: weights are by standard deviation.</summary>
    None,
}

/// <summary>How LIME explains rows of a table.</summary>
public sealed record TabularLimeOptions : LimeOptions
{
    /// <summary>What is made of measurements. Categories are always compared for being the same.</summary>
    public LimeBinning Binning
    {
        get;
        init => field =
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Binning), value, "There is no such binning.");
    }

    /// <summary>
    /// With <see cref="LimeBinning.None"/>: whether values are drawn around those of the explained row, and not around the training mean.
    /// </summary>
    public bool AroundRow { get; init; }

    /// <summary>How far the neighbourhood reaches; null for 0.75·√features.</summary>
    public double? KernelWidth
    {
        get;
        init => field = value is null or > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(KernelWidth), value, "The kernel's width must be positive.");
    }

    /// <summary>Names a category for people, from the feature's number and the value; null for the number.</summary>
    public Func<int, float, string?>? CategoryName { get; init; }
}
