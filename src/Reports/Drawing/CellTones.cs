using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Blue to red for cells that lie side by side: nothing has the colour of the page's cards, by day and by night.</summary>
internal static class CellTones
{
    private static readonly Rgb Night = Rgb.Parse("1B2029");

    public static ColorMap Light { get; } = new("cells on light", [.. Between(0.08, 0.92, 21)]);

    public static ColorMap Dark { get; } = new(
        "cells on dark",
        ColorMap.Diverging.At(0.36), ColorMap.Diverging.At(0.25), Rgb.Mix(Night, ColorMap.Diverging.At(0.17), 0.72),
        Rgb.Mix(Night, ColorMap.Diverging.At(0.17), 0.38),
        Night,
        Rgb.Mix(Night, ColorMap.Diverging.At(0.83), 0.38), Rgb.Mix(Night, ColorMap.Diverging.At(0.83), 0.72), ColorMap.Diverging.At(0.75),
        ColorMap.Diverging.At(0.64));

    private static IEnumerable<Rgb> Between(double from, double to, int count) =>
        Enumerable.Range(0, count).Select(i => ColorMap.Diverging.At(from + (to - from) * i / (count - 1)));
}
