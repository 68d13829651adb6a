namespace Microsoft.ML.Introspection.Reports;

/// <summary>A section that is drawn: a part of a page, or a file of its own.</summary>
public abstract class Drawing : ReportSection
{
    private protected Drawing()
    {
    }

    /// <summary>
    /// The drawing as a file of its own: SVG with its look, dark where the reader's screen is. It loads and runs nothing.
    /// </summary>
    public string ToSvg()
    {
        var html = new HtmlWriter(64L << 20);
        Write(html);
        var page = html.ToString();
        var (start, end) = (page.IndexOf("<svg", StringComparison.Ordinal), page.LastIndexOf("</svg>", StringComparison.Ordinal));
        var content = page.IndexOf('>', start) + 1;
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\"{page[(start + "<svg".Length)..(content - 1)]}>"
            + $"<style>{StyleSheets.OfDrawings}</style>{page[content..end]}</svg>\n";
    }

    /// <summary>Opens figure and drawing, which fills its line where that is narrower.</summary>
    private protected static void Open(HtmlWriter html, double width, double height, string label) => html
        .Open("figure", ("style", $"max-width:{Numbers.Coordinate(width)}px"))
        .Open("svg", ("viewBox", $"0 0 {Numbers.Coordinate(width)} {Numbers.Coordinate(height)}"),
            ("width", Numbers.Coordinate(width)), ("height", Numbers.Coordinate(height)), ("role", "img"), ("aria-label", label),
            ("style", "max-width:100%;height:auto"));

    /// <summary>Closes what was opened.</summary>
    private protected static void Close(HtmlWriter html, string caption) => html.Close().Element("figcaption", caption).Close();
}
