using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ColoringText
{
    private const string Hostile = "\"><script>alert('x')</script>&<img src=x onerror=y>;background:url(//x)\u0000\u202E";

    [TestMethod]
    public void Tokens_stand_in_reading_order_with_their_numbers()
    {
        var page = ReportPage.Of(ColoredText.Of(["not", "very", "clever"], [-0.8f, 0, 0.4f]));

        CollectionAssert.AreEqual(new[] { "not", "very", "clever" }, page.OfClass("word").Select(word => word.Value).ToArray());
        CollectionAssert.AreEqual(
            new[] { "not: −0.8", "very: 0", "clever: +0.4" },
            page.OfClass("token").Select(token => token.Attribute("title")!.Value).ToArray());
        Assert.AreEqual("not −0.8 very 0 clever +0.4 ", page.OfClass("running").Single().Value, "what is read aloud");
        Assert.AreEqual("token tone minus", page.OfClass("token")[0].Attribute("class")!.Value, "not by colour alone");
    }

    [TestMethod]
    public void What_parts_words_stands_as_it_is()
    {
        var page = ReportPage.Of(new ColoredText([new("no", -1), new("\t ", double.NaN), new("way", 0.5), new("cut", double.NaN)],
            new() { Spaced = false }));

        CollectionAssert.AreEqual(new[] { "no", "\t ", "way", "cut" }, page.OfClass("word").Select(word => word.Value).ToArray());
        Assert.HasCount(3, page.OfClass("token"));
    }

    [TestMethod]
    public void Colors_are_symmetric_around_zero()
    {
        var page = ReportPage.Of(ColoredText.Of(["a", "b", "c", "d", "e"], [-2, 1, 0, 2, -1]));

        var colors = page.OfClass("token").Select(Colors).ToArray();
        var tones = TextTonesOf(-1, 0.5, 0, 1, -0.5);
        CollectionAssert.AreEqual(tones, colors);
        Assert.AreEqual("Colour scale from −2 to 2", page.OfClass("legend").Single().Attribute("aria-label")!.Value);
    }

    [TestMethod]
    public void A_common_reach_makes_texts_comparable()
    {
        var options = new ColoredTextOptions { Reach = 4 };

        var weak = ReportPage.Of(ColoredText.Of(["a", "b"], [1, -2], options));
        var strong = ReportPage.Of(ColoredText.Of(["a", "b"], [4, -400], options));

        CollectionAssert.AreEqual(TextTonesOf(0.25, -0.5), weak.OfClass("token").Select(Colors).ToArray());
        CollectionAssert.AreEqual(TextTonesOf(1, -1), strong.OfClass("token").Select(Colors).ToArray());
    }

    [TestMethod]
    public void Sizes_have_no_sign()
    {
        var page = ReportPage.Of(ColoredText.Of(["a", "b"], [-2, 1], new() { Signed = false }));

        CollectionAssert.AreEqual(new[] { "a: 2", "b: 1" },
            page.OfClass("token").Select(token => token.Attribute("title")!.Value).ToArray());
        Assert.IsEmpty(page.OfClass("minus"));
        Assert.AreEqual("Colour scale from 0 to 2", page.OfClass("legend").Single().Attribute("aria-label")!.Value);
        var (light, _) = Colors(page.OfClass("token")[1]);
        Assert.AreEqual("#dcc6ea", light, "the middle of the scale");
    }

    [TestMethod]
    public void Letters_can_be_read_on_every_color()
    {
        var shares = Enumerable.Range(-50, 101).Select(i => i / 50f).ToArray();
        string[] tokens = [.. shares.Select(_ => "w")];
        var sheet = new Report("r").ToHtml();
        var inks =
            Regex.Matches(sheet, @"\.tone \{ background: var\(--\w+\); color: var\((--[\w-]+)\);")
                .Select(match => Rgb.Parse(Regex.Match(sheet, match.Groups[1].Value + ":(#\\w+)").Groups[1].Value)).ToArray();
        Assert.HasCount(2, inks);

        foreach (var signed in (bool[])[true, false])
        {
            foreach (var token in ReportPage.Of(ColoredText.Of(tokens, shares, new() { Signed = signed })).OfClass("token"))
            {
                var (light, dark) = Colors(token);
                Finite.AtLeast(4.5, Contrast.Of(inks[0], Rgb.Parse(light)), light);
                Finite.AtLeast(4.5, Contrast.Of(inks[1], Rgb.Parse(dark)), dark);
            }
        }
    }

    [TestMethod]
    public void No_token_can_become_markup_or_style()
    {
        var page = ReportPage.Of(
            new ColoredText([new(Hostile, 1), new("javascript:alert(1)", -1)], new() { ShowValues = true }) { Caption = Hostile });

        var seen = Hostile.Replace('\0', '\uFFFD').Replace('\u202E', '\uFFFD');
        Assert.AreEqual(seen, page.OfClass("word")[0].Value);
        Assert.AreEqual(seen, page.Descendants("figcaption").Single().Value);
        Assert.IsEmpty(page.Descendants().Where(element => element.Name.LocalName is "img"));
        Assert.HasCount(1, page.Descendants("script"));
        Assert.AreEqual(PageScript.Of(PageParts.Words).Source, page.Descendants("script").Single().Value);
        Assert.IsFalse(
            page.Descendants().Attributes()
                .Any(attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        foreach (var style in page.OfClass("token").Select(token => token.Attribute("style")!.Value))
            StringAssert.Matches(style, new Regex("^--light:#[0-9a-f]{6};--dark:#[0-9a-f]{6}$"));
    }

    [TestMethod]
    public void Tokens_of_nothing_but_space_can_be_seen()
    {
        var page = ReportPage.Of(ColoredText.Of(["", "  ", "\n", "a", "##b"], [1, 2, 3, 4, 5], new() { Spaced = false }));

        CollectionAssert.AreEqual(new[] { "∅", "␣␣", "↵", "a", "##b" }, page.OfClass("word").Select(word => word.Value).ToArray());
        Assert.HasCount(1, page.OfClass("newline"));
        Assert.AreEqual("a +4##b +5", string.Concat(page.OfClass("token").TakeLast(2).Select(token => token.Value)));
    }

    [TestMethod]
    public void What_is_not_finite_keeps_out_of_the_scale()
    {
        double[] values = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1];
        var page = ReportPage.Of(new ColoredText(values.Select(value => new TokenAttribution("t", value))));

        CollectionAssert.AreEqual(TextTonesOf(0, 1, -1, 1), page.OfClass("token").Select(Colors).ToArray());
        Assert.AreEqual("t: NaN", page.OfClass("token")[0].Attribute("title")!.Value);
        Assert.AreEqual("Colour scale from −1 to 1", page.OfClass("legend").Single().Attribute("aria-label")!.Value);
    }

    [TestMethod]
    public void Texts_of_zeros_of_extremes_or_of_nothing_are_drawn()
    {
        CollectionAssert.AreEqual(TextTonesOf(0), ReportPage.Of(ColoredText.Of(["a"], [0])).OfClass("token").Select(Colors).ToArray());
        var extremes = new ColoredText([new("a", double.MaxValue), new("b", double.MinValue), new("c", double.Epsilon)]);
        CollectionAssert.AreEqual(TextTonesOf(1, -1, 0), ReportPage.Of(extremes).OfClass("token").Select(Colors).ToArray());
        StringAssert.Contains(ReportPage.Of(new ColoredText([])).Value, "There are no tokens");
    }

    [TestMethod]
    public void A_long_text_says_what_it_leaves_out()
    {
        var page = ReportPage.Of(ColoredText.Of(["a", "b", "c"], [1, 2, 3], new() { MaximumTokens = 2 }));

        Assert.HasCount(2, page.OfClass("token"));
        StringAssert.Contains(page.Value, "1 more tokens are not shown");
    }

    [TestMethod]
    public void Wrong_counts_and_options_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => ColoredText.Of(["a", "b"], [1]));
        StringAssert.Contains(error.Message, "each of the 2 tokens was expected; 1 given");
        foreach (var wrong in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ColoredTextOptions { Reach = wrong });
        foreach (var wrong in (int[])[0, 20_001])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ColoredTextOptions { MaximumTokens = wrong });
    }

    private static (string Light, string Dark) Colors(XElement token)
    {
        var match = Regex.Match(token.Attribute("style")!.Value, "^--light:(#.{6});--dark:(#.{6})$");
        return (match.Groups[1].Value, match.Groups[2].Value);
    }

    /// <summary>The colours that are due: white or night in the middle, and on both sides as far out as letters allow.</summary>
    private static (string Light, string Dark)[] TextTonesOf(params double[] shares)
    {
        return [.. shares.Select(share => (Tone(share, "FFFFFF", 0.25), Tone(share, "1B2029", 0.354)))];

        static string Tone(double share, string middle, double reach)
        {
            var (from, to) = (Rgb.Parse(middle), ColorMap.Diverging.At(0.5 + Math.Sign(share) * reach));
            return Math.Abs(share) switch
            {
                0 => from.ToString(),
                1 => to.ToString(),
                <= 0.5 => Rgb.Mix(from, Rgb.Mix(from, to, 0.5), 2 * Math.Abs(share)).ToString(),
                _ => throw new ArgumentOutOfRangeException(nameof(share)),
            };
        }
    }

    /// <summary>As WCAG 2 defines it.</summary>
}
