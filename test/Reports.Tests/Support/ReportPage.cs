using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>A report read back.</summary>
internal static class ReportPage
{
    private const string Png = "data:image/png;base64,";

    /// <summary>
    /// Reads the page as XML: with its void elements closed, the page is well formed, so every tag counts. A script is what stands up to
    /// the first thing that closes it, as browsers have it.
    /// </summary>
    public static XElement Parse(string html)
    {
        Assert.StartsWith("<!DOCTYPE html>", html);
        var scripts = Regex.Replace(html["<!DOCTYPE html>".Length..], "(<script[^>]*>)(.*?)(?=</script)",
            script => script.Groups[1].Value + Escaped(script.Groups[2].Value), RegexOptions.Singleline);
        return XElement.Parse(Regex.Replace(scripts, "<(meta|img)([^>]*)>", "<$1$2/>"), LoadOptions.PreserveWhitespace);
    }

    /// <summary>The page of a report with one section.</summary>
    public static XElement Of(ReportSection section) => Parse(new Report("r") { section }.ToHtml());

    private static string Escaped(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;");

    public static IReadOnlyList<XElement> OfClass(this XElement page, string name) =>
        [.. page.Descendants().Where(element => ((string?)element.Attribute("class"))?.Split(' ').Contains(name) == true)];

    /// <summary>The bytes of a picture, channels together.</summary>
    public static byte[] Pixels(this XElement image) =>
        PngDecoder.Decode(Convert.FromBase64String(image.Attribute("src")!.Value[Png.Length..])).Pixels;
}
