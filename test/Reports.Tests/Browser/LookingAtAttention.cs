using Microsoft.ML.Introspection.Onnx;
using Microsoft.Playwright;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Attention on a page: blocks and heads, lines of a token that is pointed at or tapped, maps, thousands of tokens.</summary>
[TestClass]
public sealed class LookingAtAttention
{
    private static readonly string[] Words = ["[CLS]", "the", "film", "was", "not", "bad", "at", "all", "<b>said</b>", "she", ".", "[SEP]"];

    private static IEnumerable<object[]> Looks =>
        [[new BrowserLook()], [BrowserLook.Narrow], [new BrowserLook { IsDark = true }], [BrowserLook.Narrow with { IsDark = true, Width = 375 }]];

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task Axe_finds_nothing_and_nothing_is_wider_than_the_window(object look)
    {
        await using var page = await OpenAsync((BrowserLook)look);
        await page.EverybodyCanReadItAsync();
        Assert.AreEqual(0, await page.ScrollableWidthAsync());
        Assert.IsEmpty(page.Complaints, string.Join("\n", page.Complaints));
        if (Environment.GetEnvironmentVariable("PICTURES") is { Length: > 0 } folder)
            await page.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"attention-{look}.png"), FullPage = true });
    }

    [TestMethod]
    public async Task A_token_that_is_pointed_at_tells_where_it_looks()
    {
        await using var page = await OpenAsync(new());
        Assert.AreEqual(Words.Length, await page.Page.Locator(".queries .seen").CountAsync());
        Assert.AreEqual("<b>said</b>", await page.Page.Locator(".queries .seen").Nth(8).InnerTextAsync());
        await page.Page.Locator(".queries .seen").Nth(5).HoverAsync();
        // The mean of the heads of the last block.
        StringAssert.StartsWith(await ToldAsync(page), "bad looks at ");
        await ChooseAsync(page, 0, 2);
        await page.Page.Locator(".queries .seen").Nth(5).HoverAsync();
        StringAssert.StartsWith(await ToldAsync(page), "bad looks at was 0.7");
        Assert.AreEqual(Words.Length, await page.Page.Locator(".head-view path").CountAsync());

        // What is clicked stays, whatever is pointed at then.
        await page.Page.Locator(".queries .seen").Nth(5).ClickAsync();
        await page.Page.Locator(".queries .seen").Nth(9).HoverAsync();
        StringAssert.StartsWith(await ToldAsync(page), "bad looks at was 0.7");
        Assert.AreEqual("true", await page.Page.Locator(".queries .seen").Nth(5).GetAttributeAsync("aria-pressed"));
        await page.Page.Locator(".queries .seen").Nth(5).PressAsync("ArrowDown");
        StringAssert.StartsWith(await ToldAsync(page), "at looks at not 0.7");
        Assert.IsEmpty(page.Complaints, string.Join("\n", page.Complaints));
    }

    [TestMethod]
    public async Task A_finger_taps_tokens_maps_and_heads()
    {
        await using var page = await OpenAsync(BrowserLook.Narrow);
        await page.Page.Locator(".model-view button").Nth(1).TapAsync();
        Assert.AreEqual(("0", "1"), (await page.Page.Locator(".attention select").First.InputValueAsync(),
            await page.Page.Locator(".attention select").Nth(1).InputValueAsync()));
        await page.Page.Locator(".queries .seen").Nth(4).TapAsync();
        StringAssert.StartsWith(await ToldAsync(page), "not looks at was 0.7");
        var map = page.Page.Locator(".map-view canvas");
        var box = (await map.BoundingBoxAsync())!;
        await map.TapAsync(new() { Position = new() { X = box.Width * 7.5f / Words.Length, Y = box.Height * 8.5f / Words.Length } });
        StringAssert.StartsWith(await ToldAsync(page), "<b>said</b> → all: 0.7");
        Assert.IsEmpty(page.Complaints, string.Join("\n", page.Complaints));
    }

    [TestMethod]
    public async Task Thousands_of_tokens_are_shown_in_groups_and_within_seconds()
    {
        const int tokens = 3000;
        var map = new float[2 * tokens * tokens];
        for (var head = 0; head < 2; head++)
            for (var i = 0; i < tokens; i++)
                (map[(head * tokens + i) * tokens + i], map[(head * tokens + i) * tokens]) = (i == 0 ? 1 : 0.75f, i == 0 ? 1 : 0.25f);
        var view = new AttentionView([new("block", Tensor.From(map, 2, tokens, tokens))]);
        var report = new Report("Many") { view };
        Finite.AtMost(6 << 20, report.ToHtml().Length);
        await using var page = await BrowserPage.OpenAsync(report.Save, ".attention.ready", new());
        Assert.AreEqual(188, await page.Page.Locator(".queries .seen").CountAsync());
        StringAssert.Contains(await page.Page.Locator("figcaption").Last.InnerTextAsync(), "3,000 queries and 3,000 keys are shown in groups of 16");
        await page.Page.Locator(".queries .seen").Nth(2).HoverAsync();
        StringAssert.StartsWith(await ToldAsync(page), "32–47 looks at 32–47 0.75, 0–15 0.25");
        Assert.IsEmpty(page.Complaints, string.Join("\n", page.Complaints));
    }

    [TestMethod]
    public async Task Without_a_script_maps_are_shown()
    {
        await using var page = await OpenAsync(new() { HasScript = false });
        Assert.AreEqual(2, await page.Page.Locator(".attention .still img").CountAsync());
        Assert.IsTrue(await page.Page.Locator(".without-script").IsVisibleAsync());
    }

    [TestMethod]
    public void Blocks_of_other_tokens_are_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new AttentionView([]));
        Assert.ThrowsExactly<ArgumentException>(() => new AttentionView([Block(0, 2)], ["one"]));
        Assert.ThrowsExactly<ArgumentException>(() => new AttentionView([Block(0, 2), new("x", Tensor.From(new float[6], 1, 2, 3))]));
    }

    private static Task<BrowserPage> OpenAsync(BrowserLook look) => BrowserPage.OpenAsync(
        AttentionReport.Of("Attention of a film", [Block(0, 4), Block(1, 4)], Words).Save, ".attention.ready", look);

    // Head h of block b looks from token i at token i − h − b for the most part, and at all a little.
    private static SeenAttention Block(int block, int heads)
    {
        var n = Words.Length;
        var map = new float[heads * n * n];
        for (var head = 0; head < heads; head++)
            for (var i = 0; i < n; i++)
                for (var j = 0; j < n; j++)
                    map[(head * n + i) * n + j] = 0.3f / n + (j == (i - head - block + n) % n ? 0.7f : 0);
        return new SeenAttention($"block{block}.probs", Tensor.From(map, heads, n, n));
    }

    private static async Task ChooseAsync(BrowserPage page, int block, int head)
    {
        await page.Page.Locator(".attention select").First.SelectOptionAsync($"{block}");
        await page.Page.Locator(".attention select").Nth(1).SelectOptionAsync($"{head}");
    }

    private static Task<string> ToldAsync(BrowserPage page) => page.Page.Locator(".attention .told").InnerTextAsync();
}
