namespace Microsoft.ML.Introspection.Reports;

/// <summary>How a <see cref="VolumeScrubber"/> shows a volume.</summary>
public sealed record VolumeScrubberOptions
{
    /// <summary>Width of a slice on the page, in CSS pixels: 48 to 1000.</summary>
    public int PaneWidth
    {
        get;
        init => field = value is >= 48 and <= 1000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(PaneWidth), value, "A width between 48 and 1000 was expected.");
    } = 300;

    /// <summary>
    /// How many voxels of attribution and input the page holds at most; a million take about 2.7 MB. Of larger volumes means over blocks
    /// are shown, and the caption says so. 1,000 to 16,777,216.
    /// </summary>
    public int MaximumVoxels
    {
        get;
        init => field = value is >= 1000 and <= 1 << 24
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumVoxels), value, "A number between 1,000 and 16,777,216 was expected.");
    } = 1 << 22;

    /// <summary>
    /// How numbers become colours; the scale is that of the whole volume. On the page numbers are not filled in between: each place shows
    /// the nearest.
    /// </summary>
    public HeatmapOptions Heatmap
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Heatmap));
    } = new();
}
