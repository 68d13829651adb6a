namespace Microsoft.ML.Introspection.Features;

/// <summary>How maps are brought to the size of labels: numbers are interpolated bilinearly, and held at the border.</summary>
public enum MapEnlargement
{
    /// <summary>The middles of places lie where they are, as in most libraries' resizing.</summary>
    HalfPixel,

    /// <summary>The outermost places lie in the corners.</summary>
    AlignCorners,

    /// <summary>Each number lies in the middle of its receptive field, as in the published code.</summary>
    ReceptiveFields,
}

/// <summary>How a network is dissected.</summary>
public sealed record DissectionOptions
{
    /// <summary>
    /// The layers, or inner tensors, shape [N, channels], [N, channels, L] or [N, channels, H, W]; null for all convolutions.
    /// </summary>
    public IReadOnlyList<string>? Layers { get; init; }

    /// <summary>The share of a unit's numbers, over all rows and places, that lie above its threshold.</summary>
    public double Tail
    {
        get;
        init => field = value is > 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Tail), value, "A share between 0 and 1 was expected.");
    } = 0.005;

    /// <summary>The least intersection over union of a detector.</summary>
    public double Detection
    {
        get;
        init => field = value is > 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Detection), value, "A share above 0, up to 1, was expected.");
    } = 0.04;

    /// <summary>How maps are brought to the size of labels.</summary>
    public MapEnlargement Enlargement
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Enlargement), value, "There is no such way.");
    }

    /// <summary>
    /// Thresholds by layer, a number for each unit, as <see cref="LayerDissection.Thresholds"/> has them: then there is no pass to find
    /// them, and parts of a data set can be merged. Null to find them.
    /// </summary>
    public IReadOnlyDictionary<string, double[]>? Thresholds { get; init; }

    /// <summary>
    /// How many rows, spread evenly over the data set, thresholds are of; null for all, as published: the pass over them costs as much as
    /// the network does.
    /// </summary>
    public int? ThresholdRows
    {
        get;
        init => field = value is null or >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(ThresholdRows), value, "One row at least was expected.");
    }

    /// <summary>Bytes for the numbers that thresholds are of: exact as long as all fit, of mergeable sketches then.</summary>
    public long QuantileMemory
    {
        get;
        init => field = value >= 1 << 20 ? value
            : throw new ArgumentOutOfRangeException(nameof(QuantileMemory), value, "At least a MiB is needed for thresholds.");
    } = 512L << 20;

    /// <summary>
    /// How many random rotations of each layer's channels are dissected beside it: directions that nothing was learned for. What its own
    /// channels detect more than these is what the axes stand for.
    /// </summary>
    public int Rotations
    {
        get;
        init => field = value is >= 0 and <= 100 ? value
            : throw new ArgumentOutOfRangeException(nameof(Rotations), value, "Between none and 100 rotations were expected.");
    }

    /// <summary>The first rotation's seed; the others follow.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// How statistics are taken of the same maps (<see cref="TopExamples.Statistics"/> of the examples): quantiles and their memory, but
    /// not classes, gradients, correlations; null for none.
    /// </summary>
    public StatisticsOptions? Statistics { get; init => field = MapStatistics.Checked(value); }

    /// <summary>How many rows are kept for each unit whose largest number is largest.</summary>
    public int Examples
    {
        get;
        init => field = value is >= 1 and <= 10_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(Examples), value, "Between 1 and 10,000 rows for each unit were expected.");
    } = 10;
}
