using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Colours behind words: on a light page under dark letters, on a dark page under white ones, and at both ends of the scale
/// still far enough from the letters to be read (a contrast of 4.5, as WCAG 2 asks for).
/// </summary>
/// <param name="Light">From end to end, on a light page.</param>
/// <param name="Dark">The same on a dark page.</param>
/// <param name="Signed">Whether zero lies in the middle rather than at the lower end.</param>
internal sealed record TextTones(ColorMap Light, ColorMap Dark, bool Signed)
{
    public static readonly Rgb InkOnLight = Rgb.Parse("14181F");
    public static readonly Rgb InkOnDark = Rgb.Parse("FFFFFF");

    // Nothing has the colour of the page's cards, so that only what matters stands out.
    private static readonly Rgb Paper = Rgb.Parse("FFFFFF");
    private static readonly Rgb Night = Rgb.Parse("1B2029");

    /// <summary>Blue against, red in favour, as far out on the diverging scale as letters allow.</summary>
    public static TextTones Diverging { get; } = new(Around(Paper, 0.25), Around(Night, 0.354), Signed: true);

    /// <summary>Violet, which is neither: for sizes.</summary>
    public static TextTones Magnitudes { get; } = new(
        new ColorMap("magnitudes on light", Paper, Rgb.Parse("DCC6EA"), Rgb.Parse("B98FD3")),
        new ColorMap("magnitudes on dark", Night, Rgb.Parse("54346D"), Rgb.Parse("8A4FB0")),
        Signed: false);

    /// <summary>The colours at a share of the scale's reach, −1 to 1, as a style.</summary>
    public string StyleAt(double share)
    {
        var position = Signed ? (share + 1) / 2 : Math.Abs(share);
        return $"--light:{Light.At(position)};--dark:{Dark.At(position)}";
    }

    private static ColorMap Around(Rgb middle, double reach)
    {
        var (against, favour) = (0.5 - reach, 0.5 + reach);
        return new ColorMap(
            "diverging behind text",
            ColorMap.Diverging.At(against),
            Rgb.Mix(middle, ColorMap.Diverging.At(against), 0.5),
            middle,
            Rgb.Mix(middle, ColorMap.Diverging.At(favour), 0.5),
            ColorMap.Diverging.At(favour));
    }
}
