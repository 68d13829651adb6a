namespace Microsoft.ML.Introspection.Reports;

/// <summary>What stands around the content of every page: its head with the policy, its title, its foot and its script.</summary>
/// <param name="title">The heading, and the name of the browser's tab.</param>
/// <param name="subtitle">A sentence under the heading.</param>
/// <param name="parts">What it needs a script for.</param>
internal sealed class PageFrame(string title, string? subtitle, PageParts parts)
{
    // What the browser must refuse, should anything in the page ever ask for it.
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    private readonly PageScript? _script = parts == PageParts.None ? null : PageScript.Of(parts);

    /// <summary>Writes a page.</summary>
    /// <param name="html">What it is written to.</param>
    /// <param name="content">Writes what stands under the heading.</param>
    /// <param name="data">Writes what the script reads, where it reads anything.</param>
    public string Write(HtmlWriter html, Action<HtmlWriter> content, Action<HtmlWriter>? data = null)
    {
        html.Trusted("<!DOCTYPE html>\n").Open("html", ("lang", "en"));
        WriteHead(html);
        html.Open("body").Open("main").Open("header").Element("h1", title);
        if (!string.IsNullOrWhiteSpace(subtitle))
            html.Element("p", subtitle, ("class", "subtitle"));
        html.Close();
        content(html);
        html.Close().Element("footer", "Made with Introspection. This page is complete in itself: it loads nothing"
            + (PageScript.Does(parts) is { } does ? $", and runs nothing but the script that {does}." : " and runs nothing."));
        if (_script is not null)
        {
            data?.Invoke(html);
            html.Open("script").Trusted(_script.Source).Close();
        }
        return html.Close().Close().ToString();
    }

    private void WriteHead(HtmlWriter html) => html
        .Open("head")
        .Void("meta", ("charset", "utf-8"))
        .Void("meta", ("http-equiv", "Content-Security-Policy"),
            ("content", _script is null ? Policy : $"{Policy}; script-src {_script.Policy}"))
        .Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"))
        .Void("meta", ("name", "color-scheme"), ("content", "light dark"))
        .Element("title", title)
        .Open("style").Trusted(StyleSheets.For(parts)).Close()
        .Close();
}
