using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How many small pictures become one.</summary>
public sealed record TileSheetOptions
{
    /// <summary>Pictures in a line; null for about as many as there are lines.</summary>
    public int? Columns
    {
        get;
        init => field = value is null or >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Columns), value, "At least one picture in a line was expected.");
    }

    /// <summary>Pixels between pictures. 0 to 64.</summary>
    public int Gap
    {
        get;
        init => field = value is >= 0 and <= 64 ? value
            : throw new ArgumentOutOfRangeException(nameof(Gap), value, "Between 0 and 64 pixels were expected.");
    } = 2;

    /// <summary>Whether all have one scale, so that they can be compared; otherwise each its own, so that each is seen.</summary>
    public bool CommonScale { get; init; }

    /// <summary>How numbers become colours; its scale is that of the pixels of a number.</summary>
    public HeatmapOptions Heatmap
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Heatmap));
    } = new() { Percentile = 100 };

    /// <summary>The colour of the gaps.</summary>
    public Rgb Ground { get; init; } = new(0x70, 0x78, 0x84);
}
