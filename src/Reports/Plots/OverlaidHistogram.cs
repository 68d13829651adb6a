using Microsoft.ML.Introspection.Evaluation.Monitoring;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How often numbers occur in two jobs: the first as an area, the second as a line over it.</summary>
internal sealed class OverlaidHistogram(string name, string first, string second, DriftHistogram histogram) : Drawing
{
    private const double Width = 400, Height = 190, Left = 50, Right = 14, Top = 28, Footer = 62;

    /// <summary>What is shown, under the drawing.</summary>
    public string? Caption { get; init; }

    internal override void Write(HtmlWriter html)
    {
        var area = new PlotArea(Left, Top, Width - Right, Height - Footer + Top);
        var x = new LinearScale(histogram.From, histogram.To, area.Left, area.Right);
        var y = new LinearScale(0, 1.04 * histogram.First.Concat(histogram.Second).Max(), area.Bottom, area.Top);
        Open(html, Width, area.Bottom + Footer,
            $"Two histograms of {name}, from {Numbers.Format(histogram.From)} to {Numbers.Format(histogram.To)}: {first}, and {second}");
        html.Label(area.Left, 16, TextWidth.ShortenInside(name, Width - Left - Right), "name");
        new PlotAxis(AxisSide.Bottom, x, area) { HasGrid = false }.Write(html);
        new PlotAxis(AxisSide.Left, y, area).Write(html);
        html.Open("path", ("d", Outline(histogram.First, x, y) + "Z"), ("style", "fill:var(--rest);fill-opacity:.75"))
            .Element("title", first).Close();
        html.Open("path", ("d", Outline(histogram.Second, x, y)), ("class", "row strong"), ("style", "--c:var(--size);stroke-width:2"))
            .Element("title", second).Close();
        html.Line(area.Left, area.Bottom, area.Right, area.Bottom, "axis");
        if (x.Holds(0))
            html.Line(x.At(0), area.Top, x.At(0), area.Bottom, "zero");
        Key(html, area.Bottom + 34, first, "fill:var(--rest);fill-opacity:.75");
        Key(html, area.Bottom + 53, second, "fill:var(--size)");
        html.UprightLabel(11, (area.Top + area.Bottom) / 2, "share of rows", "title");
        Close(html, Caption ?? "");
    }

    private static void Key(HtmlWriter html, double y, string text, string style) => html
        .Void("path", ("d", $"M{Numbers.Coordinate(Left)} {Numbers.Coordinate(y)}h14v8h-14z"), ("style", style))
        .Label(Left + 22, y + 8, TextWidth.ShortenInside(text, Width - Left - Right - 22), "title");

    private static string Outline(IReadOnlyList<double> shares, LinearScale x, LinearScale y)
    {
        var path = new PathData();
        path.Move(x.Start, y.Start);
        var step = (x.End - x.Start) / shares.Count;
        for (var bin = 0; bin < shares.Count; bin++)
        {
            var top = y.At(shares[bin]);
            path.Line(x.Start + bin * step, top);
            path.Line(x.Start + (bin + 1) * step, top);
        }
        path.Line(x.End, y.Start);
        return path.ToString();
    }
}
