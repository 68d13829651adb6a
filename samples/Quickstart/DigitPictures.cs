using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Reports;

namespace Quickstart;

/// <summary>Explained digits as pictures.</summary>
internal static class DigitPictures
{
    private const int Scale = 24;
    private const int Gap = 16;
    private static readonly Rgb White = new(255, 255, 255);

    /// <summary>The first of each digit that was read right, from 0 to 9, with its row in the file.</summary>
    public static IEnumerable<(int Row, Digit Digit)> OneOfEach(IEnumerable<Digit> digits) =>
        Rows(digits).Where(item => item.Digit.IsRight).DistinctBy(item => item.Digit.Label).OrderBy(item => item.Digit.Label);

    /// <summary>All that were read wrong.</summary>
    public static IEnumerable<(int Row, Digit Digit)> Mistakes(IEnumerable<Digit> digits) =>
        Rows(digits).Where(item => !item.Digit.IsRight);

    /// <summary>The digit as on paper.</summary>
    public static Raster Paper(Digit digit) =>
        Raster.FromPlanes([.. digit.Ink.Select(ink => 1 - ink)], 1, DigitImage.Side, DigitImage.Side);

    /// <summary>Where more ink would speak for (red) or against (blue) the digit that the network sees.</summary>
    public static Heatmap ForSeen(Digit digit) => Map(digit.Saliency, LargestSaliency(digit));

    /// <summary>The same for the digit that was meant, on the same scale of colours.</summary>
    public static Heatmap ForMeant(Digit digit) => Map(digit.SaliencyOfMeant, LargestSaliency(digit));

    /// <summary>What the ink that is there adds (red) or takes away (blue).</summary>
    public static Heatmap Contribution(Digit digit) => Map(digit.Contribution, digit.Contribution.Max(Math.Abs));

    /// <summary>
    /// Writes a picture for each of these: the digit, the saliency for the one seen, and its contributions, or, where another was
    /// meant, the saliency for that one.
    /// </summary>
    /// <returns>The number of pictures.</returns>
    public static int Save(IReadOnlyList<Digit> digits, string folder)
    {
        Directory.CreateDirectory(folder);
        var shown = OneOfEach(digits).Concat(Mistakes(digits)).ToList();
        foreach (var (row, digit) in shown)
        {
            var third = digit.IsRight ? Contribution(digit) : ForMeant(digit);
            var picture = Raster.SideBySide(Gap, White, Paper(digit).Enlarge(Scale), ForSeen(digit).Draw(), third.Draw());
            PngWriter.Save(picture, Path.Combine(folder, $"row-{row:000}-meant-{digit.Label}-seen-{digit.Seen}.png"));
        }
        return shown.Count;
    }

    private static float LargestSaliency(Digit digit) => Math.Max(digit.Saliency.Max(Math.Abs), digit.SaliencyOfMeant.Max(Math.Abs));

    private static Heatmap Map(float[] values, float largest) =>
        new(values, DigitImage.Side, DigitImage.Side, new HeatmapOptions { Scale = Scale, Range = (-largest, largest) });

    private static IEnumerable<(int Row, Digit Digit)> Rows(IEnumerable<Digit> digits) => digits.Select((digit, i) => (i + 1, digit));
}
