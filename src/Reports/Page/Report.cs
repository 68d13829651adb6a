using System.Collections;
using System.Text;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// A page that explains predictions: one HTML file that loads nothing from elsewhere. It runs no script, unless it has plots: then the one
/// that draws, tells numbers and saves, which the page's policy allows by its hash and beside which it allows no other.
/// </summary>
/// <remarks>All texts are escaped, so names from untrusted files are safe; numbers look the same in every culture.</remarks>
/// <example><code>
/// new Report("Breast cancer", "What the network looked at")
/// {
///     new Facts(("Model", "mlp_breast_cancer.onnx"), ("Test accuracy", 0.965)),
///     new Section("Row 17: malignant")
///     {
///         new AttributionBars([new("worst radius", 0.31, "25.4"), new("mean texture", -0.08, "17.8")]),
///     },
/// }.Save("report.html");
/// </code></example>
public sealed class Report : IEnumerable<ReportSection>
{
    /// <summary>What the browser must refuse, should anything in the page ever ask for it.</summary>
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    private readonly List<ReportSection> _sections = [];

    /// <summary>An empty page.</summary>
    /// <param name="title">The heading, and the name of the browser's tab.</param>
    /// <param name="subtitle">A sentence under the heading.</param>
    public Report(string title, string? subtitle = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(title);
        (Title, Subtitle) = (title, subtitle);
    }

    /// <summary>The heading.</summary>
    public string Title { get; }

    /// <summary>A sentence under the heading.</summary>
    public string? Subtitle { get; }

    /// <summary>The largest file to write, in bytes.</summary>
    public long MaximumBytes
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumBytes), value, "A positive number of bytes was expected.");
    } = 64L << 20;

    /// <summary>Adds a section at the end.</summary>
    /// <returns>This report.</returns>
    public Report Add(ReportSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        _sections.Add(section);
        return this;
    }

    /// <summary>Writes the file, which appears whole or not at all.</summary>
    /// <exception cref="InvalidOperationException">It would be larger than <see cref="MaximumBytes"/>.</exception>
    public void Save(string path)
    {
        var html = ToBytes();
        AtomicFile.Write(path, stream => stream.Write(html));
    }

    /// <summary>Writes the page to a stream as UTF-8; the stream is left open.</summary>
    /// <inheritdoc cref="Save"/>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(ToBytes());
    }

    /// <summary>The page.</summary>
    /// <inheritdoc cref="Save"/>
    public string ToHtml()
    {
        const string complete = "Made with Introspection. This page is complete in itself: it loads nothing";
        var footer = complete
            + (HasPlots ? ", and runs nothing but the script that draws, tells numbers and saves." : " and runs nothing.");

        var html = new HtmlWriter(MaximumBytes);
        html.Trusted("<!DOCTYPE html>\n").Open("html", ("lang", "en"));
        WriteHead(html);
        html.Open("body").Open("main");
        html.Open("header").Element("h1", Title);
        if (!string.IsNullOrWhiteSpace(Subtitle))
            html.Element("p", Subtitle, ("class", "subtitle"));
        html.Close();
        WriteContents(html);
        foreach (var section in _sections)
            section.Write(html);
        html.Close().Element("footer", footer);
        if (HasPlots)
            WriteScript(html);
        return html.Close().Close().ToString();
    }

    /// <summary>The sections added so far.</summary>
    public IEnumerator<ReportSection> GetEnumerator() => _sections.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool HasPlots => _sections.Exists(section => section.IsPlot);

    /// <summary>Where what stands, on pages that have more than two sections.</summary>
    private void WriteContents(HtmlWriter html)
    {
        var sections = _sections.OfType<Section>().ToList();
        if (sections.Count < 3)
            return;
        html.Open("nav", ("class", "contents"), ("aria-label", "Contents")).Open("ul");
        foreach (var section in sections)
            html.Open("li").Element("a", section.Heading, ("href", $"#{html.Anchors.Of(section, section.Heading)}")).Close();
        html.Close().Close();
    }

    private static void WriteScript(HtmlWriter html) => html
        .Open("script", ("type", "application/json"), ("id", PlotData.ElementId)).Trusted(html.Plots.ToJson()).Close()
        .Open("script").Trusted(PlotScript.Source).Close();

    private void WriteHead(HtmlWriter html) => html
        .Open("head")
        .Void("meta", ("charset", "utf-8"))
        .Void("meta", ("http-equiv", "Content-Security-Policy"),
            ("content", HasPlots ? $"{Policy}; script-src {PlotScript.Policy}" : Policy))
        .Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"))
        .Void("meta", ("name", "color-scheme"), ("content", "light dark"))
        .Element("title", Title)
        .Open("style").Trusted(StyleSheets.OfPages).Trusted(HasPlots ? StyleSheets.OfPlots : StyleSheets.OfBars).Close()
        .Close();

    private byte[] ToBytes()
    {
        var bytes = Encoding.UTF8.GetBytes(ToHtml());
        return bytes.Length <= MaximumBytes
            ? bytes
            : throw new InvalidOperationException(
                $"The report has {bytes.Length} bytes; at most {MaximumBytes} were expected. Show fewer rows or smaller images, " +
                "or raise its MaximumBytes.");
    }
}
