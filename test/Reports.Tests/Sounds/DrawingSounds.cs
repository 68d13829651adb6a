using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests.Sounds;

[TestClass]
public sealed class DrawingSounds
{
    private static readonly float[] Samples = [.. Enumerable.Range(0, 400).Select(i => MathF.Sin(i * 0.2f) * (i < 200 ? 0.25f : 1))];

    // For in the third quarter, against in the last.
    private static readonly float[] Relevance = [.. Enumerable.Range(0, 400).Select(i => i < 200 ? 0 : i < 300 ? 0.01f : -0.01f)];

    [TestMethod]
    public void Stretches_keep_the_total()
    {
        var sums = SoundPicture.Stretches(Relevance, 7);
        Assert.HasCount(7, sums);
        Near.Equal(Relevance.Sum(v => (double)v), sums.Sum(v => (double)v), 1e-6);
        CollectionAssert.AreEqual((float[])[0, 0, 1, -1], SoundPicture.Stretches(Relevance, 4).Select(v => MathF.Round(v, 5)).ToArray());
    }

    [TestMethod]
    public void The_wave_has_the_colours_of_its_relevance_and_the_height_of_its_samples()
    {
        var (picture, map) = SoundPicture.Waveform(Samples, Relevance, width: 100, height: 41);
        Assert.AreEqual((100, 41), (picture.Width, picture.Height));
        Near.Equal(0.04, map.Maximum, 1e-6);
        var (favour, against) = (ColorMap.Diverging.At(1), ColorMap.Diverging.At(0));
        Assert.AreEqual(favour, Inked(60).Distinct().Single());
        Assert.AreEqual(against, Inked(85).Distinct().Single());
        Assert.DoesNotContain(favour, Inked(20).ToArray());
        for (var x = 0; x < 100; x++)
        {
            var own = Samples[(4 * x)..(4 * x + 4)];
            var expected = Math.Round(20 - own.Min() * 20) - Math.Round(20 - own.Largest() * 20) + 1;
            Near.Equal(expected, Inked(x).Count(), 2, $"{x}");
        }

        IEnumerable<Rgb> Inked(int x) => Enumerable.Range(0, 41).Select(y => picture[x, y])
            .Where(color => color != new Rgb(255, 255, 255) && color != new Rgb(0xE2, 0xE5, 0xEA));
    }

    [TestMethod]
    public void The_spectrogram_stands_with_low_frequencies_below_and_relevance_over_it()
    {
        var spectrogram = new Spectrogram([0, 1, 2, 3, 4, 5], 3, 2);
        var drawn = spectrogram.Draw();
        Assert.AreEqual(new Rgb(0, 0, 0), drawn[0, 2]);
        Assert.AreEqual(new Rgb(255, 255, 255), drawn[1, 0]);

        var (picture, map) = SoundPicture.Over(spectrogram, [1, 0, 0, 0, 0, 0], new HeatmapOptions { OverlayAlpha = 1 });
        Assert.AreEqual((2, 3), (picture.Width, picture.Height));
        Assert.AreEqual(map.Colors.At(1), picture[0, 2], "the lowest frequency of the first time");
        // By time: the same over all frequencies.
        var (byTime, _) = SoundPicture.Over(spectrogram, [0, 0, 0, 1, 1, 1, 1, 1], new HeatmapOptions { OverlayAlpha = 1 });
        Assert.AreEqual(byTime[1, 0], byTime[1, 2]);
        Assert.ThrowsExactly<ArgumentException>(() => SoundPicture.Over(spectrogram, [1]));
    }

    [TestMethod]
    public async Task The_page_fits_every_screen()
    {
        foreach (var look in (BrowserLook[])[new(), BrowserLook.Narrow, new() { IsDark = true }])
        {
            var report = new Report("Sounds")
            {
                new Section("One") { new SoundFigure(Samples, 800, Relevance) },
                new Section("Two") { new SoundFigure(Spectrogram.Of(Samples, 800, 64), new float[33 * 25]) },
            };
            await using var page = await BrowserPage.OpenAsync(report.Save, ".sound img", look);
            Assert.AreEqual(0, await page.ScrollableWidthAsync(), look.ToString());
            await page.EverybodyCanReadItAsync();
            StringAssert.Contains(await page.Page.Locator(".sound").First.InnerTextAsync(), "0.25 to 0.275 s +0.2");
            Assert.IsEmpty(page.Complaints);
        }
    }
}
