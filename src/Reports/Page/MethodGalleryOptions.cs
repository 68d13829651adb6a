namespace Microsoft.ML.Introspection.Reports;

/// <summary>How the maps of several methods stand side by side.</summary>
public sealed record MethodGalleryOptions
{
    /// <summary>
    /// Whether one scale of colours serves all methods. Only for methods with the same unit: as a rule a gradient and a
    /// relevance cannot be compared by size, and each has its own scale.
    /// </summary>
    public bool CommonScale { get; init; }

    /// <summary>Whether maps are drawn over the image rather than alone.</summary>
    public bool OverImage { get; init; }

    /// <summary>Width of a picture on the page, in CSS pixels: 16 to 2000.</summary>
    public int PictureWidth
    {
        get;
        init => field = value is >= 16 and <= 2000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(PictureWidth), value, "A width between 16 and 2000 was expected.");
    } = 152;

    /// <summary>How numbers become colours.</summary>
    public HeatmapOptions Heatmap
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Heatmap));
    } = new();
}
