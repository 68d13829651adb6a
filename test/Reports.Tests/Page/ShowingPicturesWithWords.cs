using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>A picture and a text side by side: shares, one scale, sums over parts.</summary>
[TestClass]
public sealed class ShowingPicturesWithWords
{
    private const int Side = 28;

    // Each of 14 × 14 cells of four pixels sums to what stands at its place.
    private static readonly float[] Map = [.. Enumerable.Range(0, Side * Side).Select(i => Cell(i / Side / 2, i % Side / 2) / 4)];

    private static readonly Raster Picture = Raster.Create(Side, Side, (_, _) => new Rgb(128, 128, 128));

    private static readonly TokenAttribution[] Words = [new("a", -0.5), new(" ", double.NaN), new("cat", 2)];

    [TestMethod]
    public void Shares_sum_to_the_change_of_the_score()
    {
        var both = new PictureAndWords(Picture, new MethodMap("ig", Map, Side, Side), Words) { Score = 5.25, BaseValue = 2, Rest = 0.25 };
        Near.Equal(1.5, both.PictureTotal, 1e-5);
        Near.Equal(1.75, both.TextTotal, 1e-9);
        var page = ReportPage.Of(both);
        CollectionAssert.AreEqual((string[])["Picture", "Text", "Both", "From", "To the score"],
            page.Descendants("dt").Select(e => e.Value).ToArray());
        CollectionAssert.AreEqual((string[])["+1.5 (46.2 %)", "+1.75 (53.8 %)", "+3.25", "2", "5.25"],
            page.Descendants("dd").Select(e => e.Value).ToArray());
        Assert.DoesNotContain("not explained", page.Value);

        var gap = ReportPage.Of(new PictureAndWords(Picture, new MethodMap("ig", Map, Side, Side), Words) { Score = 6, BaseValue = 2 });
        Assert.Contains("+1 of the score's change is not explained", gap.Value);
    }

    [TestMethod]
    public void Parts_of_the_picture_and_words_have_one_scale()
    {
        var page = ReportPage.Of(new PictureAndWords(Picture, new MethodMap("ig", Map, Side, Side), Words));
        var scales = page.OfClass("legend").Select(e => e.Attribute("aria-label")!.Value).ToArray();
        Assert.AreEqual("Colour scale from −2 to 2", scales[0]);
        Assert.AreEqual("Colour scale from −2 to 2", scales[1]);
        var tones = page.OfClass("token").Select(e => e.Attribute("style")!.Value).ToArray();
        CollectionAssert.AreEqual((string[])[TextTones.Diverging.StyleAt(-0.25), TextTones.Diverging.StyleAt(1)], tones);

        // Cells: two in all, in the colours of their sums; a quarter of either is what a pixel has.
        var pixels = page.Descendants("img").First().Pixels();
        var channels = pixels.Length / (Side * Side);
        var expected = new Heatmap([1.5f, 0], 1, 2, new HeatmapOptions { Range = (-2, 2) })
            .DrawOver(Raster.Create(2, 1, (_, _) => new Rgb(128, 128, 128)));
        foreach (var (x, y) in ((int, int)[])[(6, 4), (7, 4), (6, 5), (7, 5)])
            Assert.AreEqual(expected[0, 0], At(x, y));
        Assert.AreEqual(expected[1, 0], At(20, 20));

        Rgb At(int x, int y) => new(pixels[(y * Side + x) * channels], pixels[(y * Side + x) * channels + 1],
            pixels[(y * Side + x) * channels + 2]);
    }

    [TestMethod]
    public void Regions_are_added_up_where_they_are_known()
    {
        int[] regions = [.. Enumerable.Range(0, 16).Select(i => i % 4 < 2 ? 7 : 3)];
        float[] map = [.. regions.Select(region => region == 7 ? 0.25f : -0.125f)];
        var page = ReportPage.Of(new PictureAndWords(Raster.Create(4, 4, (_, _) => default), new MethodMap("shap", map, 4, 4), Words,
            new() { Regions = regions, Reach = 4 }));
        Assert.AreEqual("Colour scale from −4 to 4", page.OfClass("legend")[0].Attribute("aria-label")!.Value);
        Assert.Contains("sums over regions", page.Value);
        Assert.Contains("pixel by pixel, on a scale of its own", page.Value);
        Assert.ThrowsExactly<ArgumentException>(() =>
            new PictureAndWords(Picture, new MethodMap("shap", Map, Side, Side), Words, new() { Regions = regions }));
    }

    [TestMethod]
    public async Task Both_stand_side_by_side_or_below_one_another()
    {
        foreach (var look in (BrowserLook[])[new(), BrowserLook.Narrow, new() { IsDark = true }])
        {
            var report = new Report("Both")
            {
                new Section("Pair") { new PictureAndWords(Picture, new MethodMap("ig", Map, Side, Side), Words) { Score = 3, BaseValue = 0 } },
            };
            await using var page = await BrowserPage.OpenAsync(report.Save, ".token[tabindex]", look);
            var (picture, text) = (await page.Page.Locator(".beside img").BoundingBoxAsync(), await page.Page.Locator(".running").BoundingBoxAsync());
            Assert.AreEqual(look.HasFinger, text!.Y >= picture!.Y + picture.Height, look.ToString());
            Assert.AreEqual(0, await page.ScrollableWidthAsync(), look.ToString());
            await page.EverybodyCanReadItAsync();
            Assert.IsEmpty(page.Complaints);
        }
    }

    private static float Cell(int row, int column) => (row, column) == (2, 3) ? 1.5f : 0;
}
