namespace Microsoft.ML.Introspection.Reports;

/// <summary>What the page's script does with a plot.</summary>
internal enum PlotKind
{
    /// <summary>Bars and cells that have their numbers as titles.</summary>
    Marks,

    /// <summary>Dots that stand for rows.</summary>
    Dots,

    /// <summary>Lines that stand for rows.</summary>
    Lines,

    /// <summary>Columns that stand for rows.</summary>
    Columns,
}

/// <summary>The frame around every plot: a figure with a drawing and a caption.</summary>
/// <param name="Kind">What the page's script does with it.</param>
/// <param name="Width">Of the drawing, which is shown in its own size where there is room.</param>
/// <param name="Height">Of the drawing.</param>
/// <param name="Label">What it shows, for those who cannot see it.</param>
internal sealed record PlotFigure(PlotKind Kind, double Width, double Height, string Label)
{
    /// <summary>The width of a plot that takes a whole line of the page.</summary>
    public const double Wide = 1000;

    /// <summary>The width of a plot that leaves room for another beside it.</summary>
    public const double Half = 500;

    /// <summary>The rows that the marks stand for.</summary>
    public PlotRows? Rows { get; init; }

    /// <summary>The one row that all of it is about.</summary>
    public int? Row { get; init; }

    /// <summary>In which directions one can zoom: x, y, xy; null for none.</summary>
    public string? Zoom { get; init; }

    /// <summary>Opens figure and drawing.</summary>
    public void Open(HtmlWriter html) => html
        .Open(
            "figure",
            ("class", Width > Half ? "plot wide" : "plot"),
            ("data-plot", Kind.ToString().ToLowerInvariant()),
            ("data-set", Rows?.Name),
            ("data-row", Row is { } row ? Rows?.Use([row]) : null),
            ("data-zoom", Zoom))
        .Open(
            "svg",
            ("viewBox", $"0 0 {Numbers.Coordinate(Width)} {Numbers.Coordinate(Height)}"),
            ("width", Numbers.Coordinate(Width)),
            ("role", "img"),
            ("aria-label", Label));

    /// <summary>Closes what was opened.</summary>
    public static void Close(HtmlWriter html, string caption) => html.Close().Element("figcaption", caption).Close();
}
