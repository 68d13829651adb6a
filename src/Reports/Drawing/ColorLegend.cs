namespace Microsoft.ML.Introspection.Reports;

/// <summary>Says what the colours from blue to red stand for, in one line of a drawing.</summary>
internal static class ColorLegend
{
    private const double BarWidth = 96;
    private const double BarHeight = 8;
    private const double Gap = 7;
    private const double TickShare = 0.92;

    /// <summary>Writes the line, its right end at a point.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="right">The right end.</param>
    /// <param name="baseline">Where the letters stand.</param>
    /// <param name="name">What is coloured; null for nothing.</param>
    /// <param name="low">What blue means.</param>
    /// <param name="high">What red means.</param>
    /// <param name="none">What grey means; null if nothing is grey.</param>
    /// <param name="room">How wide the line may be; the name is shortened.</param>
    public static void Write(HtmlWriter html, double right, double baseline, string? name, string low, string high, string? none,
        double room)
    {
        var at = right;
        if (none is not null)
        {
            html.Label(at, baseline, none, "tick", "end");
            at -= Width(none) + Gap;
            html.Path(new PathData().Dot(at, baseline - 4).ToString(), null, ("class", $"dots {ValueColors.None} key"));
            at -= 2.5 * Gap;
        }

        html.Label(at, baseline, high, "tick", "end");
        at -= Width(high) + Gap + BarWidth;
        const double step = BarWidth / ValueColors.Steps;
        for (var i = 0; i < ValueColors.Steps; i++)
            html.Rectangle(at + i * step, baseline - BarHeight, step + (i < ValueColors.Steps - 1 ? 0.5 : 0), BarHeight,
                $"fill band {ValueColors.ClassOf(i)}");
        at -= Gap;
        html.Label(at, baseline, low, "tick", "end");
        at -= Width(low) + 2 * Gap;
        if (name is not null)
            html.Label(at, baseline, TextWidth.ShortenInside(name, room - (right - at)), "tick", "end");
    }

    private static double Width(string text) => TickShare * TextWidth.Of(text);
}
