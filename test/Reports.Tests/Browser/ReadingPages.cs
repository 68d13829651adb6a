using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;
using Microsoft.Playwright;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Pages can be read on any screen, by anybody.</summary>
[TestClass]
public sealed class ReadingPages
{
    private static IEnumerable<object[]> Looks =>
        [[new BrowserLook()], [BrowserLook.Narrow], [new BrowserLook { IsDark = true }], [BrowserLook.Narrow with { IsDark = true }]];

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task Axe_finds_nothing(object look)
    {
        // It takes its time; two looks have either width and either colours.
        Report[] others = look is BrowserLook seen && seen.HasFinger == seen.IsDark
            ? [WithGap(), Other(), ShapReport.Of(BrowserSamples.Methods)] : [];
        foreach (var report in (Report[])[BrowserSamples.Page, .. others])
        {
            await using var page = await BrowserPage.OpenAsync(report, (BrowserLook)look);
            await page.EverybodyCanReadItAsync();
            foreach (var menu in report.Title == "Gap" ? [] : await page.Page.Locator(".menu").AllAsync())
            {
                await menu.Locator("summary").ClickAsync();
                // The rest of the page is as it was, and takes many times as long.
                await page.EverybodyCanReadAsync(menu);
                await page.Page.Keyboard.PressAsync("Escape");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task Nothing_is_wider_than_the_window_and_nothing_is_complained_of(object look)
    {
        foreach (var report in new[] { BrowserSamples.Page, WithGap(), Other(), ShapReport.Of(BrowserSamples.Methods) })
        {
            await using var page = await BrowserPage.OpenAsync(report, (BrowserLook)look);
            Assert.AreEqual(0, await page.ScrollableWidthAsync(), report.Title);
            var outside = await page.Page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll(".plot.drawn svg.drawing > text, .plot.drawn svg.drawing > g > text")].filter(text => {
                  const own = text.getBoundingClientRect(), card = text.closest(".card").getBoundingClientRect();
                  return own.left < card.left - 1 || own.right > card.right + 1;
                }).map(text => text.textContent)
                """);
            Assert.IsEmpty(outside, $"{report.Title}: {string.Join(" | ", outside)}");
            Assert.AreEqual(await page.Page.Locator(".plot").CountAsync(), await page.Page.Locator(".plot.drawn, .plot[hidden]").CountAsync());
            Assert.IsEmpty(page.Complaints, string.Join("\n", page.Complaints));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task Names_of_features_are_whole_in_every_plot(object look)
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page, (BrowserLook)look);
        foreach (var kind in (string[])["bars", "beeswarm", "decision", "heatmap", "matrix", "waterfall"])
        {
            var names = await page.Plot(kind).Locator("text.name").AllTextContentsAsync();
            foreach (var feature in BrowserSamples.Features)
                Assert.IsTrue(names.Any(name => Squeezed(name).StartsWith(Squeezed(feature), StringComparison.Ordinal)),
                    $"{feature} in {kind}: {string.Join(" | ", names)}");
        }

        static string Squeezed(string name) => name.Replace(" ", "");
    }

    [TestMethod]
    public async Task The_script_shows_the_numbers_that_stood_there_without_it()
    {
        await using var with = await BrowserPage.OpenAsync(BrowserSamples.Page);
        await using var without = await BrowserPage.OpenAsync(BrowserSamples.Page, new() { HasScript = false });
        foreach (var (kind, number, texts) in new[] { ("bars", 0, "text.amount"), ("bars", 1, "text.amount"), ("waterfall", 0, "text.amount") })
        {
            var drawn = await with.Plot(kind, number).Locator(texts).AllTextContentsAsync();
            Assert.IsNotEmpty(drawn);
            CollectionAssert.AreEquivalent((await without.Plot(kind, number).Locator(texts).AllTextContentsAsync()).ToArray(),
                drawn.ToArray(), kind);
        }
    }

    [TestMethod]
    public async Task Without_a_script_the_first_class_can_be_read()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page, new() { HasScript = false });

        Assert.AreEqual(0, await page.Page.Locator("button").CountAsync());
        Assert.IsTrue(await page.Page.GetByText("Without scripts the page shows the output setosa").IsVisibleAsync());
        Assert.IsTrue(await page.Plot("waterfall", 3).Locator("svg").IsVisibleAsync());
        Assert.AreEqual(0, await page.ScrollableWidthAsync());
    }

    [TestMethod]
    public async Task The_table_of_contents_leads_to_sections()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);

        await page.Page.Locator("nav").GetByRole(AriaRole.Link, new() { Name = "Single rows" }).ClickAsync();

        StringAssert.EndsWith(page.Page.Url, "#single-rows");
        Assert.IsTrue(await page.Page.Locator("#single-rows h2").EvaluateAsync<bool>(
            "heading => { const top = heading.getBoundingClientRect().top; return top >= 0 && top < innerHeight; }"));
    }

    [TestMethod]
    public async Task A_gap_is_an_error_and_a_piece_of_the_waterfall()
    {
        await using var page = await BrowserPage.OpenAsync(WithGap());

        Assert.IsTrue(await page.Page.GetByRole(AriaRole.Alert).IsVisibleAsync());
        Assert.AreEqual(1, await page.Plot("waterfall").Locator("path.gap").CountAsync());
        StringAssert.Contains(await page.Plot("waterfall").InnerTextAsync(), "+0.25 of it is not explained");
    }

    [TestMethod]
    public async Task The_screen_that_turns_is_drawn_anew()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        var before = await page.Plot("beeswarm").Locator("svg.drawing").GetAttributeAsync("width");

        await page.Page.SetViewportSizeAsync(500, 800);
        await page.Page.WaitForFunctionAsync($"() => document.querySelector('.plot.wide svg.drawing').getAttribute('width') !== '{before}'");

        Assert.AreEqual(0, await page.ScrollableWidthAsync());
        Assert.IsEmpty(page.Complaints);
    }

    private static Report WithGap() => ShapReport.Of(
        new ShapValues(["a", "b"], 1, [1, 2, 3, 4], new float[4]) { Scores = [4.25, 8.25] }, new() { Title = "Gap", Rows = [0] });

    /// <summary>A page that a program puts together itself, with all that is no plot of SHAP values.</summary>
    private static Report Other() => new("Other")
    {
        new Section("Bars") { new AttributionBars([new("a", 1), new("b", -2)]) },
        new Section("Words") { ColoredText.Of(["good", "bad"], [1, -1]) },
        new Section("Plots")
        {
            new Beeswarm(ShapSamples.Linear(40, 30), new() { MaximumFeatures = 3 }), new Waterfall(ShapSamples.Linear(4, 3), 2),
        },
        new Section("Table") { new Table("Row", "Score") { { 1, 0.5 }, { 2, 0.25 } } },
    };
}
