namespace Microsoft.ML.Introspection.Reports;

/// <summary>Numbers from 0 (the centre) to 1 (the rim) along several axes, a closed line for each of several things.</summary>
public sealed class RadarChart : Drawing
{
    private const double Height = 330, Radius = 112, CentreY = 158, LongestName = 190;

    private readonly IReadOnlyList<string> _axes;
    private readonly List<ChartLine> _lines;
    private readonly double _width;

    /// <summary>Takes axes and lines.</summary>
    /// <param name="axes">The names of the axes, three at least.</param>
    /// <param name="lines">A number from 0 to 1 for each axis; NaN where there is none.</param>
    /// <exception cref="ArgumentException">There are fewer than three axes, or a line has another number of values.</exception>
    public RadarChart(IReadOnlyList<string> axes, IReadOnlyList<ChartLine> lines)
    {
        ArgumentNullException.ThrowIfNull(axes);
        ArgumentNullException.ThrowIfNull(lines);
        if (axes.Count < 3 || lines.Count == 0 || lines.Any(l => l.Values.Count != axes.Count || l.Values.Any(v => v < 0 || v > 1)))
            throw new ArgumentException($"Lines of {axes.Count} numbers from 0 to 1 were expected, along three axes at least.",
                nameof(lines));
        (_axes, _lines) = ([.. axes], [.. lines]);
        _width = Math.Max(480, 2 * (1.1 * Radius + Math.Min(LongestName, _axes.Max(TextWidth.Of))));
    }

    /// <summary>What is shown, under the chart.</summary>
    public string? Caption { get; init; }

    internal override void Write(HtmlWriter html)
    {
        var keys = LineChart.KeysOf(_lines, 20);
        Open(html, _width, Height + (keys.Count == 0 ? 0 : keys[^1].Y + 10),
            $"Radar chart of {string.Join(", ", _lines.Take(12).Select(l => l.Name))} along {string.Join(", ", _axes.Take(12))}");
        for (var ring = 1; ring <= 4; ring++)
            html.Void("path", ("d", Closed(Enumerable.Repeat(ring / 4.0, _axes.Count))), ("class", "axis"), ("style", "fill:none"));
        foreach (var (number, name) in _axes.Index())
        {
            var (x, y) = At(number, 1);
            html.Line(_width / 2, CentreY, x, y, "axis");
            var (labelX, labelY) = At(number, 1.1);
            html.Label(labelX, labelY + 4, TextWidth.ShortenInside(name, LongestName), "title",
                Math.Abs(labelX - _width / 2) < 8 ? "middle" : labelX > _width / 2 ? "start" : "end");
        }
        foreach (var (number, line) in _lines.Index())
            html.Open("path", ("d", Closed(line.Values)), ("class", "row strong"),
                ("style", $"--c:{LineChart.Color(number, _lines.Count)};stroke-width:1.6;fill:none")).Element("title", line.Name).Close();
        LineChart.WriteKeys(html, keys, _lines, Height);
        Close(html, Caption ?? "");
    }

    private (double X, double Y) At(int axis, double value)
    {
        var angle = 2 * Math.PI * axis / _axes.Count - Math.PI / 2;
        return (_width / 2 + Radius * value * Math.Cos(angle), CentreY + Radius * value * Math.Sin(angle));
    }

    // Axes without a number are passed by.
    private string Closed(IEnumerable<double> values) => string.Concat(values.Index().Where(v => double.IsFinite(v.Item))
        .Select((v, i) => At(v.Index, v.Item) is var (x, y)
            ? $"{(i == 0 ? 'M' : 'L')}{Numbers.Coordinate(x)} {Numbers.Coordinate(y)}" : "")) + "Z";
}
