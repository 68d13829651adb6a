using System.Xml.Linq;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ShowingExamplesOfSequences
{
    [TestMethod]
    public void A_text_is_coloured_by_the_unit_at_each_step()
    {
        var page = ReportPage.Parse(SequenceSample.Texts.ToHtml());
        var texts = page.OfClass("tokens");
        // Two units, two rows each; the first text of unit 0 is the row with "very good", cut to three words before and behind.
        Assert.HasCount(4, texts);
        CollectionAssert.AreEqual((string[])["film", "was", "very", "good", ".", "the", "story"], Words(texts[0]));
        CollectionAssert.AreEqual((string[])["film: 0", "was: 0", "very: +1", "good: +2", ".: 0", "the: 0", "story: 0"], Titles(texts[0]));
        Assert.Contains("row 0: 2, at 4; a part of the text", texts[0].Descendants().Last(e => e.Name.LocalName == "figcaption").Value);
        // At the end of a text the context ends; strokes of the two texts are on one scale.
        CollectionAssert.AreEqual((string[])["the", "the", "the", "very", "<i>end</i>"], Words(texts[1]));
        Assert.AreEqual(Style(texts[0], "very"), Style(texts[1], "very"));
        Assert.AreNotEqual(Style(texts[0], "very"), Style(texts[0], "good"));
        Assert.AreEqual(Style(texts[0], "film"), Style(texts[1], "the"));
        // What a unit is against is told by more than colour, and names are escaped.
        Assert.DoesNotContain("bad", Titles(texts[2])[0]);
        Assert.Contains("&lt;i&gt;end", SequenceSample.Texts.ToHtml());

        static string[] Words(XElement text) => [.. text.OfClass("word").Select(w => w.Value)];
        static string[] Titles(XElement text) => [.. text.OfClass("token").Select(t => t.Attribute("title")!.Value)];
        static string Style(XElement text, string word) =>
            text.OfClass("token").First(t => t.OfClass("word")[0].Value == word).Attribute("style")!.Value;
    }

    [TestMethod]
    public void A_signal_is_drawn_over_the_units_activation()
    {
        var page = ReportPage.Parse(SequenceSample.Signals.ToHtml());
        var images = page.OfClass("unit")[0].Descendants().Where(e => e.Name.LocalName == "img").ToList();
        Assert.HasCount(2, images);
        foreach (var (image, row) in images.Zip((int[])[0, 1]))
        {
            Assert.Contains($"row {row}: ", image.Attribute("alt")!.Value);
            Assert.Contains($"at {SequenceSample.BumpOf(row)}", image.Attribute("alt")!.Value);
            var picture = PngDecoder.Decode(Convert.FromBase64String(image.Attribute("src")!.Value.Split(',')[1]));
            (byte, byte, byte) At(int x, int y) => picture.Pixels.AsSpan((y * picture.Width + x) * picture.Channels) is var p ? (p[0], p[1], p[2]) : default;
            // Two pixels a step. The ground is coloured where the unit is high, and white elsewhere; the curve is low here, high there.
            foreach (var step in Enumerable.Range(2, SequenceSample.Steps - 4))
            {
                var isHigh = step >= SequenceSample.BumpOf(row) && step < SequenceSample.BumpOf(row) + 8;
                var middle = At(2 * step + 1, picture.Height / 2);
                var isEdge = step == SequenceSample.BumpOf(row) || step == SequenceSample.BumpOf(row) + 8;
                if (!isEdge)
                    Assert.AreEqual(isHigh, middle != ((byte)255, (byte)255, (byte)255), $"row {row}, step {step}");
                var dark = Enumerable.Range(0, picture.Height).Where(y => At(2 * step + 1, y) is (< 60, < 60, < 60)).ToList();
                Assert.IsNotEmpty(dark, $"row {row}, step {step}");
                if (!isEdge)
                    Assert.AreEqual(isHigh, dark[0] < picture.Height / 2, $"row {row}, step {step}");
            }
        }
        // One that is nowhere above zero is said to be.
        Assert.Contains("Nowhere above zero", page.OfClass("unit")[1].Value);
    }
}
