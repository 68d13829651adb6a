using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Pages of what a network has learned, on a wide screen and on a telephone.</summary>
[TestClass]
public sealed class LookingIntoNetworks
{
    private static IEnumerable<object[]> Looks => [[new BrowserLook()], [BrowserLook.Narrow], [BrowserLook.Narrow with { IsDark = true }]];

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task They_fit_and_everybody_can_read_them(object look)
    {
        foreach (var report in Pages())
        {
            await using var page = await BrowserPage.OpenAsync(report.Save, "h1", (BrowserLook)look);
            Assert.AreEqual(0, await page.ScrollableWidthAsync(), report.Title);
            Assert.IsEmpty(page.Complaints, string.Join("\n", page.Complaints));
            await page.EverybodyCanReadItAsync();
            // Whatever is shown is there: no picture is empty.
            Assert.AreEqual(0, await page.Page.EvaluateAsync<int>("[...document.images].filter(i => i.naturalWidth === 0).length"));
            Assert.AreNotEqual(0, await page.Page.Locator("img, svg, .token").CountAsync());
        }
    }

    [TestMethod]
    public async Task What_excites_a_unit_is_told_where_one_points()
    {
        await using var page = await BrowserPage.OpenAsync(DissectedSample.Examples.Save, ".unit", new());
        var example = page.Page.Locator(".example").Nth(1);
        Assert.IsFalse(await example.Locator(".said").IsVisibleAsync());
        await example.HoverAsync();
        Assert.IsTrue(await example.Locator(".said").IsVisibleAsync());
        Assert.AreEqual(await example.Locator("img").GetAttributeAsync("alt"), await example.Locator(".said").InnerTextAsync());
        Assert.MatchesRegex(@"^picture \d+: [\d.]+, at \d+, \d+$", await example.Locator(".said").InnerTextAsync());
        // By keyboard, and by finger: all of the unit.
        await page.Page.Mouse.MoveAsync(0, 0);
        await page.Page.Locator(".unit").Nth(2).FocusAsync();
        Assert.AreEqual(3, await page.Page.Locator(".said:visible").CountAsync());
        await using var phone = await BrowserPage.OpenAsync(DissectedSample.Concepts.Save, ".unit", BrowserLook.Narrow);
        await phone.Page.Locator(".unit").First.TapAsync();
        Assert.AreNotEqual(0, await phone.Page.Locator(".said:visible").CountAsync());
        Assert.AreEqual(0, await phone.ScrollableWidthAsync());
    }

    [TestMethod]
    public async Task What_a_cell_of_an_atlas_holds_is_told_where_one_points()
    {
        var atlas = ConceptSample.Pages.First(p => p.Title == "Atlas");
        await using var page = await BrowserPage.OpenAsync(atlas.Save, ".icon-map", new());
        var cell = page.Page.Locator(".icon-map .example").First;
        Assert.IsFalse(await cell.Locator(".said").IsVisibleAsync());
        await cell.HoverAsync();
        Assert.MatchesRegex(@"^\d+ activations; classes \d+ \(", await cell.Locator(".said").InnerTextAsync());
        await using var phone = await BrowserPage.OpenAsync(atlas.Save, ".icon-map", BrowserLook.Narrow);
        await phone.Page.Locator(".icon-map .example").First.TapAsync();
        Assert.AreEqual(1, await phone.Page.Locator(".said:visible").CountAsync());
        Assert.AreEqual(0, await phone.ScrollableWidthAsync());
        var links = ConceptSample.Pages.First(p => p.Title == "Links").ToHtml();
        Assert.Contains("href=\"00-a%20layer.html\"", links);
        Assert.DoesNotContain("<b>later", links);
        Assert.ThrowsExactly<ArgumentException>(() => new PageLinks(new PageLink("x", "../other.html")));
    }

    [TestMethod]
    public async Task Films_play()
    {
        var film = AnimatedPng.Encode(MaximizationReport.Film(Found(2, steps: 6).Frames!));
        await using var page = await BrowserPage.OpenAsync(path => File.WriteAllText(path,
            $"<h1>film</h1><img src=\"data:image/apng;base64,{Convert.ToBase64String(film)}\">"), "h1", new());
        var frames = await page.Page.EvaluateAsync<int>(
            """
            async () => {
              const bytes = await (await fetch(document.images[0].src)).blob();
              const decoder = new ImageDecoder({ data: bytes.stream(), type: "image/png" });
              await decoder.completed;
              return decoder.tracks.selectedTrack.frameCount;
            }
            """);
        Assert.AreEqual(3, frames);
    }

    [TestMethod]
    public void NamesAreEscaped()
    {
        var found = Found(1, steps: 2);
        Assert.DoesNotContain("<script>x", MaximizationReport.Of("<script>x", found, ["<script>x"]).ToHtml());
        Assert.DoesNotContain("<script>x",
            MapReport.Of("maps", [new LayerMaps("<script>x", Tensor.From([1f, 2], 1, 1, 2))]).ToHtml());
        Assert.DoesNotContain("<script>x", new Report("chart") { new LineChart(new ChartLine("<script>x", [1, 2])) }.ToHtml());
        Assert.DoesNotContain("<i>third", TrainingSample.Page.ToHtml());
        Assert.DoesNotContain("<b>one", TrustSample.Judged.ToHtml());
        foreach (var (page, name) in MonitoringSample.Pages.Zip((string[])["<b>age", "<b>age", "<b>f", "<b>age"]))
            Assert.DoesNotContain(name, page.ToHtml());
        Assert.ThrowsExactly<ArgumentException>(() => new SimilarityMatrix(["one", "two"], new double[2, 1]));
        Assert.ThrowsExactly<ArgumentException>(() => MaximizationReport.Of("title", found, ["one", "two"]));
        Assert.ThrowsExactly<ArgumentException>(() => new WeightLines([1, 2, 3], 2, 2));
    }

    private static IEnumerable<Report> Pages()
    {
        yield return MapReport.Of("Maps", [new LayerMaps("conv", Weights(4, 6, 6)), new LayerMaps("scores", Weights(5)),
            new LayerMaps("volume", Weights(2, 3, 4, 5)), new LayerMaps("curves", Weights(3, 20))]);
        yield return MaximizationReport.Of("Found", Found(5, steps: 8), ["a layer of a rather long name 0", "1", "2", "3", "4"]);
        yield return DissectedSample.Examples;
        yield return DissectedSample.Concepts;
        foreach (var page in ConceptSample.Pages.Concat(SequenceSample.Latents))
            yield return page;
        yield return SequenceSample.Signals;
        yield return SequenceSample.Texts;
        yield return TrainingSample.Page;
        yield return TrainingSample.Single;
        foreach (var page in TrustSample.Pages)
            yield return page;
        foreach (var page in MonitoringSample.Pages)
            yield return page;
        foreach (var page in ClusterSample.Pages)
            yield return page;
        yield return new Report("Charts")
        {
            new Section("Lines")
            {
                new LineChart(new ChartLine("rising", [1, 2, double.NaN, 4]), new ChartLine("falling", [4, 2, 1, 0]))
                {
                    Caption = "Two lines, one with a gap.", XTitle = "step", YTitle = "value",
                },
                new LineChart(new ChartLine("a single number", [3])),
            },
            new Section("Weights") { new WeightLines(Weights(12, 30).ToDouble(), 12, 30) },
        };
    }

    // What an optimisation may give.
    private static MaximizedImages Found(int count, int steps) => new(
        Weights(count, 3, 8, 8), Weights(steps, count), Weights(count, 3, 8, 5, 2), Weights(steps / 2, count, 3, 8, 8));

    private static Tensor Weights(params long[] extents)
    {
        var random = new Random(5);
        return Tensor.From(Enumerable.Range(0, (int)extents.Aggregate(1L, (p, e) => p * e))
            .Select(_ => (float)(random.NextDouble() - 0.5)).ToArray(), extents);
    }
}
