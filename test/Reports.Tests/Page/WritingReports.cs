using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class WritingReports
{
    private const string Hostile = "\"><script>alert('x')</script>&<img src=x onerror=y>\u0000\u202E";

    private const string Png = "data:image/png;base64,";

    private static readonly Raster Dot = new(1, 1, PixelFormat.Gray, [7]);

    [TestMethod]
    public void No_text_can_become_markup()
    {
        var report = new Report(Hostile, Hostile)
        {
            new Paragraph(Hostile),
            new CodeBlock(Hostile),
            new Facts((Hostile, Hostile)),
            new Table(Hostile, "Labels") { Caption = Hostile }
                .Add(Hostile, new FeatureAttribution[] { new(Hostile, 1), new(Hostile, -1) })
                .Add(new Figure(Dot, Hostile, Hostile), new FeatureAttribution(Hostile, 0)),
            new Section(Hostile, Hostile)
            {
                new AttributionBars([new(Hostile, 1, Hostile), new(Hostile, -1)]) { Caption = Hostile },
                new Gallery(new Figure(Dot, Hostile, Hostile), Figure.Of(new Heatmap([1], 1, 1), Hostile, Hostile)),
            },
        };

        var page = ReportPage.Parse(report.ToHtml());

        Assert.IsEmpty(page.Descendants().Where(element => element.Name.LocalName is "script" or "object" or "iframe" or "link"));
        var attributes = page.Descendants().Attributes().ToList();
        Assert.IsFalse(attributes.Any(attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        Assert.IsTrue(
            attributes.Where(attribute => attribute.Name == "src").All(source => source.Value.StartsWith(Png, StringComparison.Ordinal)));
        var seen = Hostile.Replace('\0', '\uFFFD').Replace('\u202E', '\uFFFD');
        Assert.AreEqual(seen, page.Descendants("h1").Single().Value);
        Assert.IsTrue(page.Descendants("img").All(image => image.Attribute("alt")!.Value == seen));
    }

    [TestMethod]
    public void An_alternative_text_cannot_pass_as_a_picture()
    {
        var alt = "data:image/png;base64,\" onerror=\"alert(1)";

        var page = ReportPage.Parse(new Report("r") { new Gallery(new Figure(Dot, "c", alt)) }.ToHtml());

        Assert.AreEqual(alt, page.Descendants("img").Single().Attribute("alt")!.Value);
        Assert.IsNull(page.Descendants("img").Single().Attribute("onerror"));
    }

    [TestMethod]
    public void The_page_needs_nothing_from_elsewhere()
    {
        var html = new Report("r") { new Gallery(Figure.Of(new Heatmap([1, -1], 1, 2), "c", "a")) }.ToHtml();

        Assert.IsFalse(Regex.IsMatch(html, @"https?:|url\(|@import|<script|//\w"), "an address");
        var policy =
            ReportPage.Parse(html).Descendants("meta").Single(meta => (string?)meta.Attribute("http-equiv") == "Content-Security-Policy");
        StringAssert.Contains(policy.Attribute("content")!.Value, "default-src 'none'");
        StringAssert.Contains(html, "prefers-color-scheme: dark");
    }

    [TestMethod]
    public void Pictures_are_whole_PNG_files_and_small_ones_stay_sharp()
    {
        var map = new Heatmap([-0.5f, 0, 0.25f, 1], 2, 2, new() { Percentile = 100 });

        var page = ReportPage.Parse(new Report("r") { new Gallery(Figure.Of(map, "caption", "alternative")) }.ToHtml());

        var image = page.Descendants("img").Single();
        var decoded = PngDecoder.Decode(Convert.FromBase64String(image.Attribute("src")!.Value[Png.Length..]));
        CollectionAssert.AreEqual(map.Draw().Pixels.ToArray(), decoded.Pixels);
        Assert.AreEqual("sharp", image.Attribute("class")!.Value);
        var legend = page.Descendants("div").Single(div => (string?)div.Attribute("class") == "legend");
        Assert.AreEqual("Colour scale from −1 to 1", legend.Attribute("aria-label")!.Value);
        Assert.AreEqual("caption", page.Descendants("figcaption").Single().Value);
    }

    [TestMethod]
    public void Bars_are_sorted_drawn_to_scale_and_summed_up()
    {
        FeatureAttribution[] features =
            [new("a", 0.1), new("b", -2), new("c", 4, "7.5"), new("d", 0.25), new("e", -0.25), new("f", double.NaN)];

        var drawing =
            ReportPage.Parse(new Report("r") { new AttributionBars(features) { MaximumBars = 2 } }.ToHtml()).Descendants("svg").Single();

        var titles = drawing.Descendants("title").Select(title => title.Value).ToArray();
        CollectionAssert.AreEqual(new[] { "c = 7.5: +4", "b: −2", "4 others together" }, titles);
        var bars = drawing.Descendants("path").ToArray();
        CollectionAssert.AreEqual(new[] { "favour", "against" }, bars.Select(bar => bar.Attribute("class")!.Value).ToArray());
        var (zero, right) = Extent(bars[0]);
        var (sameZero, left) = Extent(bars[1]);
        Near.Equal(zero, sameZero, 1e-9);
        Near.Equal((right - zero) / 2, zero - left, 0.05, "a value half as large has half the length");
        StringAssert.Contains(drawing.Attribute("aria-label")!.Value, "b −2");
    }

    [TestMethod]
    public void Bars_of_sizes_have_no_sign_and_a_color_of_their_own()
    {
        FeatureAttribution[] features = [new("a", 1), new("b", -4), new("c", 2), new("d", -1), new("e", 1)];
        var report = new Report("r") { new AttributionBars(features) { MaximumBars = 2, Signed = false } };

        var figure = ReportPage.Parse(report.ToHtml()).Descendants("figure").Single();

        CollectionAssert.AreEqual(new[] { "b: 4", "c: 2", "3 others together" },
            figure.Descendants("title").Select(title => title.Value).ToArray());
        var bars = figure.Descendants("path").ToArray();
        CollectionAssert.AreEqual(new[] { "size", "size", "rest" }, bars.Select(bar => bar.Attribute("class")!.Value).ToArray());
        var lengths = bars.Select(Extent).Select(extent => extent.End - extent.Start).ToArray();
        Near.Equal(lengths[0] / 2, lengths[1], 0.05);
        Near.Equal(lengths[0] * 3 / 4, lengths[2], 0.05, "1 + 1 + 1, not 1 − 1 + 1");
        Assert.DoesNotContain("+", figure.Value);
        Assert.DoesNotContain("−", figure.Value);
        Assert.DoesNotContain("Red", figure.Value);
    }

    [TestMethod]
    public void Bars_of_any_values_stay_inside_the_drawing()
    {
        double[][] cases =
        [
            [0, 0], [double.NaN], [double.PositiveInfinity, double.NegativeInfinity, 1], [double.MaxValue, double.MinValue],
            [double.Epsilon, -double.Epsilon], [-3, -1], [1e-300, 1e300],
        ];
        foreach (var values in cases)
        {
            var features = values.Select((value, i) => new FeatureAttribution(new string('W', 200) + i, value, new string('8', 100)));
            var drawing = ReportPage.Parse(new Report("r") { new AttributionBars(features) }.ToHtml()).Descendants("svg").Single();
            var width = double.Parse(drawing.Attribute("viewBox")!.Value.Split(' ')[2], CultureInfo.InvariantCulture);
            foreach (var place in drawing.Descendants("path").SelectMany(bar => new[] { Extent(bar).Start, Extent(bar).End })
                .Concat(drawing.Descendants("text").Select(text => double.Parse(text.Attribute("x")!.Value, CultureInfo.InvariantCulture))))
            {
                Assert.IsTrue(place >= 0 && place <= width, $"{place} for {string.Join(", ", values)}");
            }
        }
    }

    [TestMethod]
    public void Numbers_look_the_same_in_every_culture()
    {
        var report = new Report("r")
        {
            new Facts(("a", 1234.5678), ("b", -0.000012344), ("c", 0.03125f), ("d", 12345678L), ("e", -0.5m), ("f", null), ("g", true)),
        };
        var expected = report.ToHtml();
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NegativeSign) = (",", "~");
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            Assert.AreEqual(expected, report.ToHtml());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        var values = ReportPage.Parse(expected).Descendants("dd").Select(value => value.Value).ToArray();
        CollectionAssert.AreEqual(new[] { "1234.6", "−1.234e−5", "0.03125", "12345678", "−0.5", "–", "yes" }, values);
    }

    [TestMethod]
    public void Tables_align_numbers_and_say_what_they_leave_out()
    {
        var table = new Table("Name", "Score") { MaximumRows = 2 }.Add("a", 1).Add("b", 0.5).Add("c", null);

        var page = ReportPage.Parse(new Report("r") { table }.ToHtml());

        Assert.HasCount(2, page.Descendants("tbody").Single().Elements("tr"));
        Assert.AreEqual("number", page.Descendants("th").Last().Attribute("class")!.Value);
        Assert.IsNull(page.Descendants("th").First().Attribute("class"));
        StringAssert.Contains(page.Value, "1 more rows are not shown");
        var error = Assert.ThrowsExactly<ArgumentException>(() => table.Add("only one"));
        StringAssert.Contains(error.Message, "2 cells (Name, Score) was expected; 1 given");
    }

    [TestMethod]
    public void A_page_beyond_its_limit_is_not_written()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["report.html"], "old");
        var report = new Report("r") { MaximumBytes = 20_000 };
        for (var i = 0; i < 1000; i++)
            report.Add(new Paragraph(new string('x', 100)));

        Assert.ThrowsExactly<InvalidOperationException>(() => report.Save(folder["report.html"]));

        Assert.AreEqual("old", File.ReadAllText(folder["report.html"]));
        CollectionAssert.AreEqual(new[] { "report.html" }, folder.FileNames.ToArray());
    }

    [TestMethod]
    public void A_saved_page_is_UTF8_and_equal_to_the_text()
    {
        using var folder = new TemporaryFolder();
        var report = new Report("Größe ∂f/∂x 数") { new Paragraph("p") };

        report.Save(folder["report.html"]);

        Assert.AreEqual(report.ToHtml(), File.ReadAllText(folder["report.html"]));
        Assert.AreEqual((byte)'<', File.ReadAllBytes(folder["report.html"])[0]);
    }

    [TestMethod]
    public void A_section_cannot_hold_itself()
    {
        var outer = new Section("outer");
        var inner = new Section("inner");
        outer.Add(new Section("between") { inner });

        Assert.ThrowsExactly<ArgumentException>(() => inner.Add(outer));
        Assert.ThrowsExactly<ArgumentException>(() => outer.Add(outer));
    }

    private static (double Start, double End) Extent(XElement bar)
    {
        var match = Regex.Match(bar.Attribute("d")!.Value, @"^M(\S+) \S+?H([-\d.]+)q([-\d.]+)");
        var numbers = match.Groups.Values.Skip(1).Select(group => double.Parse(group.Value, CultureInfo.InvariantCulture)).ToArray();
        return (numbers[0], numbers[1] + numbers[2]);
    }
}
