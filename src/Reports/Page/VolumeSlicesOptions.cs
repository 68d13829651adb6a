namespace Microsoft.ML.Introspection.Reports;

/// <summary>Which slices of a volume are shown, and how.</summary>
public sealed record VolumeSlicesOptions
{
    /// <summary>The direction that the slices lie across.</summary>
    public VolumeAxis Axis
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Axis), value, "Depth, Height or Width was expected.");
    }

    /// <summary>The number of slices, evenly spread; all, if there are no more. 1 to 256.</summary>
    public int MaximumSlices
    {
        get;
        init => field = value is >= 1 and <= 256
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumSlices), value, "A number between 1 and 256 was expected.");
    } = 16;

    /// <summary>Whether projections stand above the slices.</summary>
    public bool ShowProjection { get; init; } = true;

    /// <summary>
    /// How the attribution is seen through: the strongest value along the direction, on the scale of the slices, or the mean of the
    /// magnitudes, which has a scale of its own.
    /// </summary>
    public VolumeProjection Projection
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Projection), value, "Strongest or MeanMagnitude was expected.");
    }

    /// <summary>Width of a slice on the page, in CSS pixels: 16 to 1000.</summary>
    public int SliceWidth
    {
        get;
        init => field = value is >= 16 and <= 1000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(SliceWidth), value, "A width between 16 and 1000 was expected.");
    } = 116;

    /// <summary>How numbers become colours; the scale is that of the whole volume.</summary>
    public HeatmapOptions Heatmap
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Heatmap));
    } = new();
}
