using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How numbers become colours.</summary>
public sealed record HeatmapOptions
{
    /// <summary>
    /// The colours; unless given, <see cref="ColorMap.Diverging"/> for a scale symmetric around zero, else
    /// <see cref="ColorMap.Sequential"/>.
    /// </summary>
    public ColorMap? Colors { get; init; }

    /// <summary>
    /// Whether the scale reaches as far below zero as above it, so that zero has the middle colour.
    /// Unless given, it does if any value is negative.
    /// </summary>
    public bool? Symmetric { get; init; }

    /// <summary>
    /// Percentage of values, by magnitude, that the scale spans; the few beyond get the colour of its end. 99 keeps single
    /// outliers from washing out the rest, 100 spans all. Above 0.
    /// </summary>
    public double Percentile
    {
        get;
        init => field = value is > 0 and <= 100
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Percentile), value, "A percentage above 0 and up to 100 was expected.");
    } = 99;

    /// <summary>The ends of the scale, to compare several maps; overrides <see cref="Symmetric"/> and <see cref="Percentile"/>.</summary>
    public (double Minimum, double Maximum)? Range
    {
        get;
        init => field = value is not var (minimum, maximum) || (minimum < maximum && double.IsFinite(maximum - minimum))
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Range), value, "A finite minimum below a finite maximum was expected.");
    }

    /// <summary>Pixels of the picture along each side of a value's square. 1 to 256.</summary>
    public int Scale
    {
        get;
        init => field = value is >= 1 and <= 256
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Scale), value, "A factor between 1 and 256 was expected.");
    } = 1;

    /// <summary>How values are filled in between where the picture has more pixels than there are values.</summary>
    public Interpolation Interpolation
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Interpolation), value, "Nearest, Bilinear or Bicubic was expected.");
    }

    /// <summary>Opacity of the strongest values over an image; weaker ones are more transparent in proportion. 0 to 1.</summary>
    public double OverlayAlpha
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(OverlayAlpha), value, "An opacity between 0 and 1 was expected.");
    } = 0.85;

    /// <summary>The colour of values that are not numbers. Over an image they are left out.</summary>
    public Rgb MissingColor { get; init; } = new(0x8A, 0x8F, 0x98);
}
