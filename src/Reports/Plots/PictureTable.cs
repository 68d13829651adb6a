using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A line of a table of pictures.</summary>
/// <param name="Name">What stands at its left.</param>
/// <param name="Pictures">A picture for each column; null leaves a place empty.</param>
public sealed record PictureLine(string Name, params IReadOnlyList<Raster?> Pictures)
{
    /// <summary>What stands under each picture; null for nothing.</summary>
    public IReadOnlyList<string>? Notes { get; init; }
}

/// <summary>
/// Pictures in lines and columns with their names: images by methods, units by layers. As a drawing it is a file of its own, too.
/// </summary>
/// <example><code>
/// new PictureTable(["image", "saliency", "LRP"], new PictureLine("a seven", image, gradient, relevance)).ToSvg()
/// </code></example>
public sealed class PictureTable : Drawing
{
    private const double Gap = 6, Header = 24, Line = 15;
    private const int MostPictures = 4096;

    private readonly string[] _columns;
    private readonly PictureLine[] _lines;

    /// <summary>Takes the pictures.</summary>
    /// <param name="columns">What stands above each column; one at least.</param>
    /// <param name="lines">One line at least, with as many pictures as there are columns.</param>
    public PictureTable(IReadOnlyList<string> columns, params IEnumerable<PictureLine> lines)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(lines);
        (_columns, _lines) = ([.. columns], [.. lines]);
        if (_columns.Length == 0 || _lines.Length == 0 || (long)_columns.Length * _lines.Length > MostPictures)
            throw new ArgumentException($"One column and one line at least, and {MostPictures} pictures at most, were expected; given were "
                + $"{_columns.Length} and {_lines.Length}.", nameof(lines));
        var count = _columns.Length;
        if (Array.Find(_lines, l => l.Pictures.Count != count || (l.Notes?.Count ?? count) != count) is { } odd)
            throw new ArgumentException($"The line '{odd.Name}' has {odd.Pictures.Count} pictures and {odd.Notes?.Count ?? 0} notes; "
                + $"{count} were expected, one for each column.", nameof(lines));
    }

    /// <summary>How wide each picture is drawn, in CSS pixels: 16 to 1000. Heights follow.</summary>
    public int PictureWidth
    {
        get;
        init => field = value is >= 16 and <= 1000 ? value
            : throw new ArgumentOutOfRangeException(nameof(PictureWidth), value, "A width between 16 and 1000 was expected.");
    } = 96;

    /// <summary>What is shown, under the drawing.</summary>
    public string? Caption { get; init; }

    internal override void Write(HtmlWriter html)
    {
        var left = _lines.Max(l => TextWidth.Of(l.Name)) is > 0 and var widest ? widest + Gap : 0;
        // A long name above a narrow picture makes room for itself.
        var step = Math.Max(PictureWidth, _columns.Max(TextWidth.Of)) + Gap;
        double[] heights = [.. _lines.Select(l => l.Pictures.Max(p => p is null ? 0 : (double)PictureWidth * p.Height / p.Width))];
        var notes = _lines.Select(l => l.Notes is null ? 0 : Line).ToArray();
        var header = Array.TrueForAll(_columns, string.IsNullOrEmpty) ? 0 : Header;
        Open(html, left + _columns.Length * step, header + heights.Sum() + notes.Sum() + _lines.Length * Gap,
            $"Pictures by {string.Join(", ", _columns)}: {string.Join(", ", _lines.Select(l => l.Name).Take(12))}");
        double Middle(int column) => left + column * step + step / 2;
        foreach (var (column, name) in _columns.Index().Where(c => c.Item.Length > 0))
            html.Label(Middle(column), 15, name, "name", "middle");
        var top = header;
        foreach (var (number, line) in _lines.Index())
        {
            html.Label(left - Gap, top + heights[number] / 2 + 4, line.Name, "name", "end");
            foreach (var (column, picture) in line.Pictures.Index())
            {
                if (picture is not null)
                {
                    var (x, height) = (Middle(column) - PictureWidth / 2.0, (double)PictureWidth * picture.Height / picture.Width);
                    html.Picture(PngWriter.Encode(picture), new PlotArea(x, top, x + PictureWidth, top + height),
                        picture.Width > PictureWidth ? "fine" : "sharp");
                }
                if (line.Notes is { } told)
                    html.Label(Middle(column), top + heights[number] + 12, told[column], "tick", "middle");
            }
            top += heights[number] + notes[number] + Gap;
        }
        Close(html, Caption ?? "");
    }
}
