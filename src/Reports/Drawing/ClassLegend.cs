namespace Microsoft.ML.Introspection.Reports;

/// <summary>Says what has which colour, in as many lines as the names take.</summary>
internal sealed class ClassLegend
{
    private const double LineHeight = 18;
    private const double Square = 11;
    private const double LongestName = 420;
    private const double TickShare = 0.92;

    private readonly List<(string Text, string Kind, double X, int Line)> _entries = [];
    private readonly int _lines = 1;

    /// <summary>Lays the names out.</summary>
    /// <param name="named">What is named, and how a drawing names its colour.</param>
    /// <param name="width">Where lines break.</param>
    /// <param name="others">What is grey; null if nothing is.</param>
    public ClassLegend(IEnumerable<(string Name, string Color)> named, double width, string? others = null)
    {
        var x = 0.0;
        foreach (var (name, kind) in others is null ? named : named.Append((others, ValueColors.None)))
        {
            var text = TextWidth.ShortenInside(name, LongestName);
            var needed = Square + 5 + TickShare * TextWidth.Of(text);
            if (x > 0 && x + needed > width)
                (x, _lines) = (0, _lines + 1);
            _entries.Add((text, kind, x, _lines - 1));
            x += needed + 14;
        }
    }

    /// <summary>How high all lines are.</summary>
    public double Height => LineHeight * _lines;

    public void Write(HtmlWriter html, double left, double top)
    {
        foreach (var (text, kind, x, line) in _entries)
        {
            var y = top + line * LineHeight;
            html.Rectangle(left + x, y + 3, Square, Square, $"fill {kind}");
            html.Label(left + x + Square + 5, y + 12.5, text, "tick");
        }
    }
}
