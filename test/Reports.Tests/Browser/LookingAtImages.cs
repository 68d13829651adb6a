using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>The page of images: maps in colours, their values under the pointer.</summary>
[TestClass]
public sealed class LookingAtImages
{
    private static ImagePage Sample
    {
        get
        {
            var picture = Raster.Create(32, 16, (x, y) => new Rgb((byte)(8 * x), (byte)(16 * y), 90));
            float[] signed = [.. Enumerable.Range(0, 32 * 16).Select(i => (i % 32 - 16) / 16f)];
            float[] coarse = [0, 1, 2, float.NaN];
            return new ImagePage("Two <images>",
            [
                new ExplainedImage("first & last.png", picture, [new("lrp", signed, 16, 32), new("grad-cam", coarse, 1, 4)])
                {
                    Label = "<cat>", Classes = [("dog", 0.75), ("cat", 0.25)],
                },
                new ExplainedImage("second.png", picture, [new("lrp", new float[32 * 16], 16, 32)]),
            ])
            {
                Remarks = ["1 file could not be used."],
            };
        }
    }

    [TestMethod]
    public async Task A_click_tells_the_value_of_a_place()
    {
        await using var page = await OpenAsync(new());
        var map = page.Page.Locator("canvas").First;
        var box = (await map.BoundingBoxAsync())!;
        await map.ClickAsync(new() { Position = new() { X = box.Width * (24 + 0.5f) / 32, Y = box.Height * 3.5f / 16 } });
        Assert.AreEqual("first & last.png, lrp, column 24, row 3: 0.5", await page.Page.Locator("#told").InnerTextAsync());

        await map.PressAsync("ArrowLeft");
        Assert.AreEqual("first & last.png, lrp, column 23, row 3: 0.4375", await page.Page.Locator("#told").InnerTextAsync());

        var coarse = page.Page.Locator("canvas").Nth(1);
        await coarse.ClickAsync(new() { Position = new() { X = (await coarse.BoundingBoxAsync())!.Width - 2, Y = 2 } });
        StringAssert.Contains(await page.Page.Locator("#told").InnerTextAsync(), "column 3, row 0: nothing was seen here");
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task Colours_and_opacity_are_chosen_on_the_page()
    {
        await using var page = await OpenAsync(new());
        // Row 0, column 31 has the largest value, all of the colour map's red; column 0 the smallest.
        var before = await PixelAsync(page, 31);
        Finite.Above(await PixelAsync(page, 0), before);
        await page.Page.Locator("#colors").SelectOptionAsync("gray");
        await page.Page.Locator("canvas[data-colors=gray]").First.WaitForAsync();
        // From −1 to 0.9375, in a scale that reaches from −1 to 1.
        Assert.AreEqual(0, await PixelAsync(page, 0));
        Assert.AreEqual(248, await PixelAsync(page, 31));

        await page.Page.Locator("#opacity").FillAsync("25");
        Assert.AreEqual("0.25", await page.Page.Locator("canvas").First.EvaluateAsync<string>("c => c.style.opacity"));
        // This test reads more pixels back than the browser likes; the page reads none.
        Assert.IsEmpty(page.Complaints.Where(c => !c.StartsWith("Canvas2D: Multiple readback", StringComparison.Ordinal)).ToArray());
    }

    [TestMethod]
    [DataRow("automatic", "diverging")]
    [DataRow("viridis", "viridis")]
    [DataRow("RdBu_r", "RdBu_r")]
    public async Task Maps_have_the_colours_of_their_values(string chosen, string map)
    {
        await using var page = await OpenAsync(new());
        await page.Page.Locator("#colors").SelectOptionAsync(chosen);
        await page.Page.Locator($"canvas[data-colors={chosen}]").First.WaitForAsync();

        // From −1 to 15/16; captum's scale leaves out the outer 2 % of the magnitudes' sum.
        double[] values = [.. Enumerable.Range(0, 32 * 16).Select(i => (i % 32 - 16) / 16.0)];
        var scaled = MapScaling.Captum(values, AttributionSign.All, 2);
        var colors = ColorMap.Named(map);
        var pixels = await PixelsAsync(page, 0);
        for (var i = 0; i < values.Length; i++)
            Same(colors.At((Math.Clamp((int)Math.Floor(256 * (scaled[i] + 1) / 2), 0, 255) + 0.5) / 256), 255, pixels, i);

        // Nothing is drawn where nothing was seen; what is never negative has the colours of magnitudes.
        var coarse = await PixelsAsync(page, 1);
        Assert.AreEqual(0, coarse[4 * 3 + 3]);
        var sizes = chosen == "automatic" ? ColorMap.Sequential : colors;
        Same(sizes.At(0.5 / 256), 255, coarse, 0);
        Same(sizes.At(255.5 / 256), 255, coarse, 2);

        // What the reader sees: the map over the image.
        await page.Page.Locator("#opacity").FillAsync("60");
        var canvas = page.Page.Locator("canvas").First;
        var shown = PngDecoder.Decode(await canvas.ScreenshotAsync());
        foreach (var (x, y) in ((int, int)[])[(2, 3), (16, 8), (24, 1), (31, 15)])
        {
            var under = new Rgb((byte)(8 * x), (byte)(16 * y), 90);
            var over = colors.At((Math.Clamp((int)Math.Floor(256 * (scaled[y * 32 + x] + 1) / 2), 0, 255) + 0.5) / 256);
            var at = ((int)((y + 0.5) * shown.Height / 16) * shown.Width + (int)((x + 0.5) * shown.Width / 32)) * shown.Channels;
            Near.Equal((double[])[.. Channels(Rgb.Mix(under, over, 0.6))], [.. shown.Pixels[at..(at + 3)].Select(c => (double)c)], 2,
                $"{x} {y}");
        }

        static void Same(Rgb expected, int opacity, int[] pixels, int place) => Near.Equal(
            (double[])[.. Channels(expected), opacity], [.. pixels[(4 * place)..(4 * place + 4)].Select(c => (double)c)], 1, $"{place}");

        static double[] Channels(Rgb color) => [color.Red, color.Green, color.Blue];
    }

    [TestMethod]
    public void A_gallery_of_methods_draws_what_its_numbers_say()
    {
        var picture = Raster.Create(2, 2, (x, y) => new Rgb((byte)(200 * x), 80, (byte)(200 * y)));
        var page = ReportPage.Of(new MethodGallery(picture, [new("lrp", [-1, 0, 0.5f, 1], 2, 2)],
            new() { Heatmap = new HeatmapOptions { Percentile = 100 } }));
        var images = page.Descendants("img").Select(image => image.Pixels()).ToArray();
        Assert.HasCount(2, images);
        CollectionAssert.AreEqual((byte[])[0, 80, 0, 200, 80, 0, 0, 80, 200, 200, 80, 200], Colors(images[0]));
        CollectionAssert.AreEqual(
            (byte[])[.. ((double[])[0, 0.5, 0.75, 1]).Select(ColorMap.Diverging.At).SelectMany(c => (byte[])[c.Red, c.Green, c.Blue])],
            Colors(images[1]));

        static byte[] Colors(byte[] pixels) => [.. pixels.Chunk(pixels.Length / 4).SelectMany(pixel => pixel[..3])];
    }

    [TestMethod]
    public async Task It_fits_a_telephone_and_the_night()
    {
        foreach (var look in (BrowserLook[])[BrowserLook.Narrow, new() { IsDark = true }])
        {
            await using var page = await OpenAsync(look);
            Assert.AreEqual(0, await page.ScrollableWidthAsync(), look.ToString());
            Assert.IsEmpty(page.Complaints);
        }
    }

    [TestMethod]
    public void Names_and_labels_are_text()
    {
        var html = Sample.ToHtml();
        StringAssert.Contains(html, "Two &lt;images&gt;");
        StringAssert.Contains(html, "first &amp; last.png");
        StringAssert.Contains(html, "label &lt;cat&gt;");
        StringAssert.Contains(html, "dog: 75 %");
        Assert.DoesNotContain("<cat>", html);
        Assert.ThrowsExactly<ArgumentException>(() => new ImagePage("none", []).ToHtml());
    }

    private static Task<BrowserPage> OpenAsync(BrowserLook look) => BrowserPage.OpenAsync(Sample.Save, "canvas[data-colors]", look);

    private static Task<int[]> PixelsAsync(BrowserPage page, int map) => page.Page.Locator("canvas").Nth(map).EvaluateAsync<int[]>(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]");

    // How red a pixel of the first map is.
    private static async Task<int> PixelAsync(BrowserPage page, int x) => await page.Page.Locator("canvas").First.EvaluateAsync<int>(
        "(c, x) => c.getContext('2d').getImageData(x, 0, 1, 1).data[0]", x);
}
