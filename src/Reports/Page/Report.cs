using System.Collections;
using System.Text;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// A page that explains predictions: one HTML file that loads nothing from elsewhere. It runs no script, unless it has plots, words or
/// volumes: then the one that draws and tells numbers, which the page's policy allows by its hash and beside which it allows no other.
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
        var parts = Parts;
        return new PageFrame(Title, Subtitle, parts).Write(new HtmlWriter(MaximumBytes), html =>
        {
            WriteContents(html);
            foreach (var section in _sections)
                section.Write(html);
        }, parts.HasFlag(PageParts.Plots) ? WritePlotData : null);
    }

    /// <summary>The sections added so far.</summary>
    public IEnumerator<ReportSection> GetEnumerator() => _sections.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private PageParts Parts => _sections.Aggregate(PageParts.None, (all, section) => all | section.Parts);

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

    private static void WritePlotData(HtmlWriter html) => html
        .Open("script", ("type", "application/json"), ("id", PlotData.ElementId)).Trusted(html.Plots.ToJson()).Close();

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
