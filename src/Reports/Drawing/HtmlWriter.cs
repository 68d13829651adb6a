using System.Globalization;
using System.Text;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Writes HTML in which every text is escaped; nothing passes unescaped but the tags written here.</summary>
internal sealed class HtmlWriter(long maximumCharacters)
{
    private const int MaximumText = 20_000;

    private readonly StringBuilder _html = new();
    private readonly Stack<string> _open = new();

    /// <summary>What the plots of this page tell its script.</summary>
    public PlotData Plots { get; } = new();

    /// <summary>Where on this page sections can be found.</summary>
    public Anchors Anchors { get; } = new();

    /// <summary>How deep headings lie that are written now; those of the page's own sections at 2.</summary>
    public int Level { get; set; } = 2;

    /// <summary>Text of an element.</summary>
    public HtmlWriter Text(string? text)
    {
        AppendEscaped(text ?? "");
        return Checked();
    }

    /// <summary>Opens an element; attributes whose value is null are left out.</summary>
    public HtmlWriter Open(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        AppendTag(tag, attributes, ">");
        _open.Push(tag);
        return this;
    }

    /// <summary>Closes the element opened last.</summary>
    public HtmlWriter Close()
    {
        _html.Append("</").Append(_open.Pop()).Append('>');
        if (_open.Count <= 3)
            _html.Append('\n');
        return Checked();
    }

    /// <summary>An element that has no content (<c>meta</c>, shapes of a drawing).</summary>
    public HtmlWriter Void(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        AppendTag(tag, attributes, tag is "rect" or "line" or "path" or "circle" or "image" ? "/>" : ">");
        return Checked();
    }

    /// <summary>An <c>img</c> that carries its PNG file in itself.</summary>
    public HtmlWriter Image(byte[] png, string alt, int width, int height, string? kind)
    {
        // Base64 has nothing to escape, and is too long for the limit on texts.
        _html.Append("<img src=\"data:image/png;base64,").Append(Convert.ToBase64String(png)).Append("\" alt=\"");
        AppendEscaped(alt);
        _html.Append(CultureInfo.InvariantCulture, $"\" width=\"{width}\" height=\"{height}\"");
        _html.Append(kind is null ? ">" : $" class=\"{kind}\">");
        return Checked();
    }

    /// <summary>A picture in a drawing, stretched over an area.</summary>
    public HtmlWriter Picture(byte[] png, PlotArea area, string kind)
    {
        AppendTag(
            "image",
            [
                ("x", Numbers.Coordinate(area.Left)), ("y", Numbers.Coordinate(area.Top)), ("width", Numbers.Coordinate(area.Width)),
                ("height", Numbers.Coordinate(area.Height)), ("preserveAspectRatio", "none"), ("class", kind),
            ],
            "");
        _html.Append(" href=\"data:image/png;base64,").Append(Convert.ToBase64String(png)).Append("\"/>");
        return Checked();
    }

    /// <summary>
    /// A <c>path</c>, and the rows that its dots stand for. Both are the program's own numbers: nothing to escape, and too long for the
    /// limit on texts.
    /// </summary>
    public HtmlWriter Path(string data, string? rows, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        AppendTag("path", attributes, "");
        if (rows is not null)
            _html.Append(" data-r=\"").Append(rows).Append('"');
        _html.Append(" d=\"").Append(data).Append("\"/>");
        return Checked();
    }

    /// <summary>An element with a text.</summary>
    public HtmlWriter Element(string tag, string? text, params ReadOnlySpan<(string Name, string? Value)> attributes) =>
        Open(tag, attributes).Text(text).Close();

    /// <summary>A style sheet or doctype of the program's own.</summary>
    public HtmlWriter Trusted(string html)
    {
        _html.Append(html);
        return Checked();
    }

    /// <summary>Everything written.</summary>
    public override string ToString() => _open.Count == 0
        ? _html.ToString()
        : throw new InvalidOperationException($"The element '{_open.Peek()}' is still open.");

    private void AppendTag(string tag, ReadOnlySpan<(string Name, string? Value)> attributes, string end)
    {
        _html.Append('<').Append(tag);
        foreach (var (name, value) in attributes)
        {
            if (value is null)
                continue;
            _html.Append(' ').Append(name).Append("=\"");
            AppendEscaped(value);
            _html.Append('"');
        }

        _html.Append(end);
    }

    private void AppendEscaped(string text)
    {
        var written = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (written++ == MaximumText)
            {
                _html.Append('…');
                return;
            }

            _ = rune.Value switch
            {
                '<' => _html.Append("&lt;"),
                '>' => _html.Append("&gt;"),
                '&' => _html.Append("&amp;"),
                '"' => _html.Append("&quot;"),
                '\'' => _html.Append("&#39;"),
                _ => _html.Append(IsHarmless(rune) ? rune.ToString() : "\uFFFD"),
            };
        }
    }

    /// <summary>A text for the page's script, as harmless as one on the page itself.</summary>
    public static string Harmless(string text, int maximumLength) =>
        string.Concat(text.EnumerateRunes().Take(maximumLength).Select(rune => IsHarmless(rune) ? rune.ToString() : "\uFFFD"))
        + (text.EnumerateRunes().Skip(maximumLength).Any() ? "…" : "");

    /// <summary>Control characters are not allowed in HTML, and those that turn the writing direction could disguise a name.</summary>
    private static bool IsHarmless(Rune rune) => rune.Value switch
    {
        '\n' or '\t' => true,
        0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) => false,
        0xFFFE or 0xFFFF => false,
        _ => !Rune.IsControl(rune),
    };

    private HtmlWriter Checked() => _html.Length <= maximumCharacters
        ? this
        : throw new InvalidOperationException(
            $"The report would be larger than {maximumCharacters} bytes. Show fewer rows or smaller images, or raise its MaximumBytes.");
}
