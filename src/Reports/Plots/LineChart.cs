namespace Microsoft.ML.Introspection.Reports;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Values">Its heights; NaN interrupts it.</param>
public sealed record ChartLine(string Name, IReadOnlyList<double> Values);

/// <summary>Numbers as lines over their places: kernels along an axis, the rise of an objective, gradients by layer.</summary>
public sealed class LineChart : Drawing
{
    private const double Width = 480, Height = 240, Left = 58, Right = 12, Top = 10, Footer = 40;
    private const int MostLines = 64, MostKeys = 12;

    private readonly ChartLine[] _lines;

    /// <summary>Takes the lines.</summary>
    /// <param name="lines">At least one, of two values at least; of many, the first 64 are drawn.</param>
    public LineChart(params IEnumerable<ChartLine> lines)
    {
        _lines = [.. lines];
        if (_lines.Length == 0 || _lines.Any(l => l.Values.Count < 1))
            throw new ArgumentException("A line with values was expected.", nameof(lines));
    }

    /// <summary>What is shown, under the chart.</summary>
    public string? Caption { get; init; }

    /// <summary>What is told from left to right.</summary>
    public string? XTitle { get; init; }

    /// <summary>What is told from the bottom up.</summary>
    public string? YTitle { get; init; }

    /// <summary>Where the values lie from left to right; null for 0, 1, 2, …</summary>
    public IReadOnlyList<double>? Places { get; init; }

    internal override void Write(HtmlWriter html)
    {
        var shown = _lines.Take(MostLines).ToList();
        var area = new PlotArea(Left, Top, Width - Right, Height - Footer);
        var longest = shown.Max(l => l.Values.Count);
        var finite = shown.SelectMany(l => l.Values).Where(double.IsFinite).DefaultIfEmpty().ToList();
        var x = LinearScale.Spanning([Places?[0] ?? 0, Places?[^1] ?? Math.Max(longest - 1, 1)], area.Left, area.Right, 0);
        var y = LinearScale.Spanning(finite, area.Bottom, area.Top, 0.04);
        var keys = KeysOf(shown);
        Open(html, Width, Height + (keys.Count == 0 ? 0 : keys[^1].Y + 10),
            $"Line chart of {string.Join(", ", shown.Take(12).Select(l => l.Name))}, from {Numbers.Format(finite.Min())} to "
                + Numbers.Format(finite.Max()));
        new PlotAxis(AxisSide.Bottom, x, area) { HasGrid = false }.Write(html);
        new PlotAxis(AxisSide.Left, y, area).Write(html);
        if (y.Holds(0))
            html.Line(area.Left, y.At(0), area.Right, y.At(0), "axis");
        foreach (var (number, line) in shown.Index())
        {
            html.Open("path", ("d", Path(line.Values, x, y)), ("class", "row strong"),
                ("style", $"--c:{Color(number, shown.Count)};stroke-width:1.6")).Element("title", line.Name).Close();
        }
        html.Label((area.Left + area.Right) / 2, Height - 6, XTitle ?? "", "title", "middle");
        html.UprightLabel(11, (area.Top + area.Bottom) / 2, YTitle ?? "", "title");
        WriteKeys(html, keys, shown, Height);
        var more = _lines.Length > MostLines ? $" {_lines.Length - MostLines} more lines are not shown." : "";
        Close(html, $"{Caption}{more}".Trim());
    }

    // The names of the lines under a chart.
    internal static void WriteKeys(HtmlWriter html, List<(double X, double Y)> keys, List<ChartLine> lines, double height)
    {
        foreach (var (number, (keyX, keyY)) in keys.Index())
        {
            html.Void("path", ("d", $"M{Numbers.Coordinate(keyX)} {Numbers.Coordinate(height + keyY)}h13"), ("class", "row strong"),
                ("style", $"--c:{Color(number, lines.Count)}"));
            html.Label(keyX + 18, height + keyY + 4, lines[number].Name, "title");
        }
    }

    // Where the names of the lines stand, under the chart; of many lines none.
    internal static List<(double X, double Y)> KeysOf(List<ChartLine> lines, double left = Left, double right = Width)
    {
        var keys = new List<(double X, double Y)>();
        var (x, y) = (left, 8.0);
        foreach (var width in lines.Count is > 1 and <= MostKeys ? lines.Select(l => 18 + TextWidth.Of(l.Name) + 14) : [])
        {
            if (x > left && x + width > right)
                (x, y) = (left, y + 17);
            keys.Add((x, y));
            x += width;
        }
        return keys;
    }

    // Hues evenly spread, as light by day as by night.
    internal static string Color(int number, int count) =>
        count == 1 ? "var(--size)" : FormattableString.Invariant($"hsl({number * 360 / count} 62% 50%)");

    private string Path(IReadOnlyList<double> values, LinearScale x, LinearScale y)
    {
        var (path, isOpen) = (new PathData(), false);
        for (var i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                isOpen = false;
                continue;
            }
            var (px, py) = (x.At(Places?[i] ?? i), y.At(values[i]));
            _ = isOpen ? path.Line(px, py) : path.Move(px, py);
            isOpen = true;
        }
        return path.ToString();
    }
}
