namespace Microsoft.ML.Introspection.Reports;

/// <summary>How a picture and a text stand side by side.</summary>
public sealed record PictureAndWordsOptions
{
    /// <summary>
    /// The region of each number of the map, by any numbers, where regions were explained as one; null to add up over a grid of 14 cells
    /// along the longer side, or over nothing where the map has 16 numbers a side at most.
    /// </summary>
    public IReadOnlyList<int>? Regions { get; init; }

    /// <summary>
    /// The magnitude that has the strongest colour, to compare several pairs; unless given, the largest of all parts and words. Above 0.
    /// </summary>
    public double? Reach
    {
        get;
        init => field = value is null or (> 0 and < double.PositiveInfinity)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Reach), value, "A finite magnitude above 0 was expected.");
    }

    /// <summary>Width of a picture on the page, in CSS pixels: 16 to 2000.</summary>
    public int PictureWidth
    {
        get;
        init => field = value is >= 16 and <= 2000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(PictureWidth), value, "A width between 16 and 2000 was expected.");
    } = 300;

    /// <summary>How numbers become colours; the scale is that of picture and words together.</summary>
    public HeatmapOptions Heatmap
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Heatmap));
    } = new();

    /// <summary>How the words are shown; the scale is that of picture and words together.</summary>
    public ColoredTextOptions Text
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Text));
    } = new();
}
