namespace Microsoft.ML.Introspection.Reports;

/// <summary>A page beside this one.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="File">Its file, in the same folder; null where it is not there yet.</param>
public sealed record PageLink(string Name, string? File);

/// <summary>Links to pages in the same folder.</summary>
/// <param name="links">The pages.</param>
public sealed class PageLinks(params IReadOnlyList<PageLink> links) : ReportSection
{
    private readonly PageLink[] _links = [.. links.Select(l => l.File is null || l.File.IndexOfAny(['/', '\\', ':']) < 0 ? l
        : throw new ArgumentException($"A file of the same folder was expected; '{l.File}' was given.", nameof(links)))];

    internal override void Write(HtmlWriter html)
    {
        html.Open("ol", ("class", "pages"));
        foreach (var link in _links)
        {
            html.Open("li");
            if (link.File is null)
                html.Element("span", $"{link.Name} (not yet)", ("class", "note"));
            else
                html.Element("a", link.Name, ("href", Uri.EscapeDataString(link.File)));
            html.Close();
        }
        html.Close();
    }
}
