using System.Collections;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Running text. Line breaks are kept.</summary>
public sealed class Paragraph(string text) : ReportSection
{
    /// <summary>The text.</summary>
    public string Text { get; } = text ?? throw new ArgumentNullException(nameof(text));

    internal override void Write(HtmlWriter html) => html.Element("p", Text, ("class", "text"));
}

/// <summary>Program code or output, shown as it is.</summary>
public sealed class CodeBlock(string code) : ReportSection
{
    /// <summary>The code.</summary>
    public string Code { get; } = code ?? throw new ArgumentNullException(nameof(code));

    internal override void Write(HtmlWriter html) => html.Open("pre", ("class", "code"), ("tabindex", "0")).Element("code", Code).Close();
}

/// <summary>Names with values: the model, the method, how long it took.</summary>
/// <param name="facts">Values are texts, numbers, or anything with a text of its own.</param>
public sealed class Facts(params IReadOnlyList<(string Name, object? Value)> facts) : ReportSection
{
    private readonly IReadOnlyList<(string Name, object? Value)> _facts = [.. facts];

    internal override void Write(HtmlWriter html)
    {
        html.Open("dl", ("class", "facts"));
        foreach (var (name, value) in _facts)
            html.Open("div").Element("dt", name).Element("dd", Cell.TextOf(value)).Close();
        html.Close();
    }
}

/// <summary>A heading with sections of its own; on wide screens narrow ones stand side by side.</summary>
/// <param name="heading">The heading.</param>
/// <param name="subtitle">A remark beside it, such as the score.</param>
public sealed class Section(string heading, string? subtitle = null) : ReportSection, IEnumerable<ReportSection>
{
    private readonly List<ReportSection> _sections = [];

    /// <summary>The heading.</summary>
    public string Heading { get; } = !string.IsNullOrWhiteSpace(heading)
        ? heading
        : throw new ArgumentException("A heading was expected.", nameof(heading));

    /// <summary>Adds a section at the end.</summary>
    /// <returns>This section.</returns>
    public Section Add(ReportSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        if (section is Section other && other.Holds(this))
            throw new ArgumentException($"The section '{Heading}' cannot hold itself.", nameof(section));
        _sections.Add(section);
        return this;
    }

    /// <summary>The sections added so far.</summary>
    public IEnumerator<ReportSection> GetEnumerator() => _sections.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal override PageParts Parts => _sections.Aggregate(PageParts.None, (all, section) => all | section.Parts);

    /// <summary>What of a reader's choices changes heading and content: class, row.</summary>
    internal string? Follows { get; init; }

    /// <summary>The class that it is about, before the remark.</summary>
    internal string? OfClass { get; init; }

    internal override void Write(HtmlWriter html)
    {
        var anchor = html.Anchors.Of(this, Heading);
        html.Open("section", ("class", "card"), ("id", anchor), ("data-follows", Follows)).Open("div", ("class", "heading"))
            .Open($"h{Math.Min(html.Level, 6)}").Element("span", Heading, ("class", "words"))
            .Element("a", "#", ("class", "anchor"), ("href", $"#{anchor}"), ("aria-label", $"Link to “{Heading}”")).Close();
        if (!string.IsNullOrWhiteSpace(subtitle) || OfClass is not null)
        {
            html.Open("p", ("class", "aside"));
            if (OfClass is not null)
                html.Element("b", OfClass, ("class", "of-class"));
            html.Element("span", subtitle, ("class", "words")).Close();
        }

        html.Close().Open("div", ("class", "content"));
        html.Level++;
        foreach (var section in _sections)
            section.Write(html);
        html.Level--;
        html.Close().Close();
    }

    private bool Holds(Section other) => this == other || _sections.OfType<Section>().Any(section => section.Holds(other));
}
