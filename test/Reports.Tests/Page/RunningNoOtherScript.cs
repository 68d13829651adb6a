using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class RunningNoOtherScript
{
    private static readonly string[] Hostile =
    [
        "<script>alert(1)</script>", "</script><img src=x onerror=alert(2)>", "\"quoted\" 'name' `x` ${y}", "]]>", "<!-- <script",
        "\u202Eevil\u2066", new string('W', 5000),
        "", "&amp;&lt;", "a\nb\tc\0d", "javascript:alert(3)",
    ];

    private static string Page => ShapReport.Of(
        ShapSamples.Linear(40, Hostile, texts: Hostile),
        new() { Title = Hostile[0], Subtitle = Hostile[1], Facts = [(Hostile[2], Hostile[3])] }).ToHtml();

    [TestMethod]
    public void The_policy_names_the_script_of_the_page_and_allows_no_other()
    {
        var page = ReportPage.Parse(Page);

        var scripts = page.Descendants("script").Where(script => script.Attribute("type") is null).ToArray();
        Assert.HasCount(1, scripts);
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(scripts[0].Value)));
        var policy =
            page.Descendants("meta").Single(meta => (string?)meta.Attribute("http-equiv") == "Content-Security-Policy")
                .Attribute("content")!.Value;
        Assert.AreEqual($"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'", policy);
    }

    [TestMethod]
    public void No_name_can_become_markup_or_program()
    {
        var html = Page;
        var page = ReportPage.Parse(html);

        Assert.AreEqual(2, Regex.Count(html, "<script"), "the data and the program");
        Assert.AreEqual(2, Regex.Count(html, "</script"));
        Assert.IsEmpty(
            page.Descendants()
                .Where(element => element.Name.LocalName is "object" or "iframe" or "link" or "img" or "use" or "foreignObject"));
        Assert.IsTrue(page.Descendants("a").All(link => link.Attribute("href")!.Value.StartsWith('#')), "links lead to the page itself");
        Assert.IsFalse(
            page.Descendants().Attributes()
                .Any(attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        Assert.IsTrue(
            page.Descendants().Where(element => element.Name.LocalName != "a").Attributes("href")
                .All(source => source.Value.StartsWith("data:image/png;base64,", StringComparison.Ordinal)));
        Assert.DoesNotContain("\u202E", html);
        Assert.DoesNotContain("\u2066", html);
        Assert.DoesNotContain("\0", html);
    }

    [TestMethod]
    public void Names_come_back_from_the_data_as_they_are_shown()
    {
        var page = ReportPage.Parse(Page);

        var names = new PageData(page).FeatureNames();

        CollectionAssert.Contains(names, Hostile[0]);
        CollectionAssert.Contains(names, Hostile[1]);
        CollectionAssert.Contains(names, "\uFFFDevil\uFFFD");
        CollectionAssert.Contains(names, "(no name, feature 7)");
        Assert.IsTrue(names.All(name => name.Length <= 161));
        Assert.IsTrue(page.OfClass("name").Any(name => name.Value == Hostile[0]));
    }

    [TestMethod]
    public void The_page_needs_nothing_from_elsewhere()
    {
        var html = ShapReport.Of(ShapSamples.Linear(60, 5)).ToHtml();

        Assert.IsFalse(Regex.IsMatch(html, @"https?:|url\(|@import|<link|src=""(?!data:)"), "an address");
        foreach (var parts in Enumerable.Range(1, 15).Select(parts => (PageParts)parts))
            ScriptKeepsToItself(PageScript.Of(parts).Source);
    }

    private static void ScriptKeepsToItself(string source)
    {
        Assert.IsFalse(
            Regex.IsMatch(source,
                @"\b(fetch|XMLHttpRequest|WebSocket|sendBeacon|eval|Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|import|localStorage|cookie|setTimeout)\b"));
        Assert.DoesNotContain("</", source);
        Assert.DoesNotContain("<!--", source);
        Assert.DoesNotContain("\r", source);
    }

    [TestMethod]
    public void Pages_without_plots_run_nothing_and_say_so()
    {
        var html = new Report("r") { new Paragraph("p"), new Section("s") { new AttributionBars([new("a", 1)]) } }.ToHtml();

        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("script-src", html);
        Assert.DoesNotContain(".plot", html);
        Assert.Contains("it loads nothing and runs nothing.", html);
    }

    [TestMethod]
    public void Pages_with_plots_say_what_they_run()
    {
        var html = new Report("r") { new Section("s") { new Section("t") { new ImportanceBars(ShapSamples.Linear(3, 2)) } } }.ToHtml();

        Assert.Contains("it loads nothing, and runs nothing but the script that draws, tells numbers and saves.", html);
        Assert.Contains(PageScript.Of(PageParts.Plots).Policy.Trim('\''), html);
    }

    [TestMethod]
    public void Everything_can_be_read_without_the_script()
    {
        var page = ReportPage.Parse(ShapReport.Of(ShapSamples.Linear(60, 5)).ToHtml());

        foreach (var plot in page.OfClass("plot"))
        {
            var drawing = plot.Element("svg")!;
            Assert.AreEqual("img", drawing.Attribute("role")!.Value);
            Finite.Above(10, drawing.Attribute("aria-label")!.Value.Length);
            Assert.IsTrue(plot.OfClass("mark").All(mark => mark.Elements("title").Count() == 1), "numbers as titles");
        }

        Assert.IsEmpty(page.Descendants("button"), "what works with the script alone, the script makes");
    }
}
