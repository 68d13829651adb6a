using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A picture with its caption.</summary>
/// <param name="Image">The picture. Small ones are shown enlarged, in sharp squares.</param>
/// <param name="Caption">What it shows, under the picture.</param>
/// <param name="Alt">What it shows, for those who cannot see it.</param>
/// <param name="Legend">The map whose colour scale is explained under the picture.</param>
public sealed record Figure(Raster Image, string Caption, string Alt, Heatmap? Legend = null)
{
    /// <summary>A name above the picture, such as that of the method behind it.</summary>
    public string? Heading { get; init; }

    /// <summary>Width of the picture on the page, in CSS pixels: 16 to 2000.</summary>
    public int DisplayWidth
    {
        get;
        init => field = value is >= 16 and <= 2000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(DisplayWidth), value, "A width between 16 and 2000 was expected.");
    } = 232;

    /// <summary>A map drawn with its colour scale.</summary>
    public static Figure Of(Heatmap heatmap, string caption, string alt)
    {
        ArgumentNullException.ThrowIfNull(heatmap);
        return new Figure(heatmap.Draw(), caption, alt, heatmap);
    }

    internal void Write(HtmlWriter html)
    {
        html.Open("figure", ("style", $"width:{DisplayWidth}px"));
        if (!string.IsNullOrWhiteSpace(Heading))
            html.Element("p", Heading, ("class", "above"));
        WriteImage(html, DisplayWidth);
        if (Legend is not null)
            ColorBar.Write(html, Legend);
        html.Element("figcaption", Caption).Close();
    }

    internal void WriteThumbnail(HtmlWriter html) => WriteImage(html, 48);

    private void WriteImage(HtmlWriter html, int width)
    {
        var height = Math.Max(1, (int)Math.Round((double)width * Image.Height / Image.Width));
        html.Image(PngWriter.Encode(Image), Alt, width, height, Image.Width < width ? "sharp" : null);
    }
}

/// <summary>Pictures side by side: an input, its heatmap, the one over the other.</summary>
public sealed class Gallery(params IReadOnlyList<Figure> figures) : ReportSection
{
    private readonly Figure[] _figures = [.. figures];

    internal override void Write(HtmlWriter html)
    {
        html.Open("div", ("class", "gallery"));
        foreach (var figure in _figures)
            figure.Write(html);
        html.Close();
    }
}
