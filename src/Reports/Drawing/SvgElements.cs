namespace Microsoft.ML.Introspection.Reports;

/// <summary>Shapes and texts of a drawing.</summary>
internal static class SvgElements
{
    public static HtmlWriter Line(this HtmlWriter html, double x1, double y1, double x2, double y2, string kind) => html.Void(
        "line",
        ("x1", Numbers.Coordinate(x1)), ("y1", Numbers.Coordinate(y1)), ("x2", Numbers.Coordinate(x2)), ("y2", Numbers.Coordinate(y2)),
        ("class", kind));

    public static HtmlWriter Rectangle(this HtmlWriter html, double x, double y, double width, double height, string kind) => html.Void(
        "rect",
        ("x", Numbers.Coordinate(x)), ("y", Numbers.Coordinate(y)),
        ("width", Numbers.Coordinate(Math.Max(0, width))), ("height", Numbers.Coordinate(Math.Max(0, height))),
        ("class", kind));

    public static HtmlWriter Label(this HtmlWriter html, double x, double y, string text, string kind, string? anchor = null,
        string? transform = null) => html.Element(
        "text",
        text,
        ("x", Numbers.Coordinate(x)), ("y", Numbers.Coordinate(y)), ("class", kind), ("text-anchor", anchor), ("transform", transform));

    /// <summary>A text that reads from bottom to top, its middle at a point.</summary>
    public static HtmlWriter UprightLabel(this HtmlWriter html, double x, double y, string text, string kind) =>
        html.Label(x, y, text, kind, "middle", $"rotate(-90 {Numbers.Coordinate(x)} {Numbers.Coordinate(y)})");

    /// <summary>
    /// Opens the drawing inside a drawing that holds what zooming moves: groups of the class "moving". What leaves its frame is not seen.
    /// </summary>
    public static HtmlWriter OpenArea(this HtmlWriter html, PlotArea area) => html.Open(
        "svg",
        ("class", "area"),
        ("x", Numbers.Coordinate(area.Left)), ("y", Numbers.Coordinate(area.Top)),
        ("width", Numbers.Coordinate(area.Width)), ("height", Numbers.Coordinate(area.Height)),
        ("viewBox", $"{Numbers.Coordinate(area.Left)} {Numbers.Coordinate(area.Top)} {Numbers.Coordinate(area.Width)} "
            + $"{Numbers.Coordinate(area.Height)}"));
}

/// <summary>The part of a drawing where values are drawn.</summary>
internal readonly record struct PlotArea(double Left, double Top, double Right, double Bottom)
{
    public double Width => Right - Left;

    public double Height => Bottom - Top;
}
