namespace Microsoft.ML.Introspection.Reports;

/// <summary>A point of a scatter.</summary>
/// <param name="X">Where it lies.</param>
/// <param name="Y">Where it lies.</param>
/// <param name="Group">The place of its group among the names.</param>
/// <param name="Says">What is told when one points at it.</param>
internal readonly record struct GroupPoint(double X, double Y, int Group, string Says);

/// <summary>Points in a plane whose axes mean nothing by themselves: their groups are told by colour and by shape.</summary>
internal sealed class GroupScatter(IReadOnlyList<GroupPoint> points, IReadOnlyList<string> groups) : Drawing
{
    private const double Width = 480, Height = 360, Margin = 8, KeyGap = 12;

    // Paths around a point, of about the same area.
    private static readonly string[] Shapes =
    [
        "m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z", "m-3.2-3.2h6.4v6.4h-6.4z", "m0-4.6l4.3 7.6h-8.6z",
        "m0-4.8l4.8 4.8l-4.8 4.8l-4.8-4.8z",
        "m0 4.6l4.3-7.6h-8.6z", "m-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
    ];

    /// <summary>What is shown, under the drawing.</summary>
    public string? Caption { get; init; }

    internal override void Write(HtmlWriter html)
    {
        List<ChartLine> names = [.. groups.Select(g => new ChartLine(g, []))];
        var keys = LineChart.KeysOf(names, Margin);
        var area = new PlotArea(Margin, Margin, Width - Margin, Height - Margin);
        var (x, y) = (LinearScale.Spanning(points.Select(p => p.X), area.Left + 6, area.Right - 6),
            LinearScale.Spanning(points.Select(p => p.Y), area.Bottom - 6, area.Top + 6));
        Open(html, Width, Height + (keys.Count == 0 ? 0 : keys[^1].Y + KeyGap),
            $"Scatter of {points.Count} points in {groups.Count} groups: {string.Join(", ", groups.Take(12))}");
        html.Void("path", ("d", $"M{area.Left} {area.Top}H{area.Right}V{area.Bottom}H{area.Left}z"), ("class", "axis"),
            ("style", "fill:none"));
        foreach (var point in points)
            html.Open("path", ("d", $"M{Numbers.Coordinate(x.At(point.X))} {Numbers.Coordinate(y.At(point.Y))}{Shape(point.Group)}"),
                ("style", $"fill:{LineChart.Color(point.Group, groups.Count)};fill-opacity:.8")).Element("title", point.Says).Close();
        foreach (var (number, (keyX, keyY)) in keys.Index())
        {
            html.Void("path", ("d", $"M{Numbers.Coordinate(keyX + 7)} {Numbers.Coordinate(Height + keyY)}{Shape(number)}"),
                ("style", $"fill:{LineChart.Color(number, groups.Count)}"));
            html.Label(keyX + 18, Height + keyY + 4, groups[number], "title");
        }
        Close(html, Caption ?? "");
    }

    private static string Shape(int group) => Shapes[group % Shapes.Length];
}
