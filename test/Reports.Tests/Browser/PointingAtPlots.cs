using Microsoft.Playwright;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Every plot tells its numbers to a mouse, to a finger and to the keyboard.</summary>
[TestClass]
public sealed class PointingAtPlots
{
    /// <summary>Kind of plot, which of that kind, what is drawn for a mark, and what is told of one.</summary>
    private static readonly (string Kind, int Number, string Mark, string Told)[] Plots =
    [
        ("bars", 0, "rect.fill[height='14.00']", "mean |SHAP| in all"), ("beeswarm", 0, "path.dots:not(.key)", "SHAP value"),
        ("bars", 1, "rect.bar", "mean |SHAP|"), ("histogram", 0, "rect.fill.k0:not([width='11.00'])", "rows"),
        ("dependence", 0, "svg.area path.dots", "SHAP value"), ("dependence", 1, "svg.area path.dots", "SHAP value"),
        ("dependence", 2, "svg.area path.dots", "SHAP value"), ("matrix", 0, "rect.cell.alone", "main effect"),
        ("decision", 0, "path.row.strong", "score so far"), ("stack", 0, "path.favour", "score"), ("heatmap", 0, "image", "SHAP value"),
        ("force", 0, "path.piece", "SHAP value"), ("waterfall", 0, "path.favour, path.against", "score up to here"),
    ];

    [TestMethod]
    public async Task A_mouse_over_a_mark_is_told_its_numbers()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        foreach (var (kind, number, mark, told) in Plots)
        {
            var (x, y) = await PlaceAsync(page.Plot(kind, number), mark);
            await page.Page.Mouse.MoveAsync(x, y);
            StringAssert.Contains(await page.TipAsync(), told, $"{kind} {number}");
            await page.Page.Mouse.MoveAsync(2, y);
            Assert.AreEqual("", await page.TipAsync(), $"{kind} {number}: nothing is told where nothing is");
        }

        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task A_finger_on_a_mark_is_told_its_numbers()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page, BrowserLook.Narrow);
        foreach (var (kind, number, mark, told) in Plots)
        {
            var (x, y) = await PlaceAsync(page.Plot(kind, number), mark);
            await page.Page.Touchscreen.TapAsync(x, y);
            StringAssert.Contains(await page.TipAsync(), told, $"{kind} {number}");
            var tip = await page.Page.Locator(".tip").BoundingBoxAsync();
            Assert.IsTrue(tip!.X >= 0 && tip.X + tip.Width <= 390, $"{kind} {number}: the box is on the screen");
            await page.Page.Touchscreen.TapAsync(4, 450);
            Assert.AreEqual("", await page.TipAsync(), $"{kind} {number}: a tap elsewhere closes it");
        }

        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task Arrow_keys_go_from_mark_to_mark()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        foreach (var (kind, number, _, told) in Plots)
        {
            await page.Plot(kind, number).FocusAsync();
            var seen = new HashSet<string>();
            foreach (var key in (string[])["ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown"])
            {
                await page.Page.Keyboard.PressAsync(key);
                seen.Add(await page.TipAsync());
            }

            Assert.IsTrue(seen.Any(text => text.Contains(told, StringComparison.Ordinal)), $"{kind} {number}: {string.Join(" | ", seen)}");
            Finite.AtLeast(2, seen.Count, $"{kind} {number}: several marks");
            await page.Page.Keyboard.PressAsync("Escape");
            Assert.AreEqual("", await page.TipAsync(), $"{kind} {number}");
        }

        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task A_row_that_is_pointed_at_stands_out_in_the_other_plots()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        var (x, y) = await PlaceAsync(page.Plot("dependence"), "svg.area path.dots");

        await page.Page.Mouse.MoveAsync(x, y);

        foreach (var (kind, ring) in new[] { ("beeswarm", ".over circle"), ("decision", ".over path.trace"), ("heatmap", ".over rect.pick") })
            Finite.Above(0, await page.Plot(kind).Locator(ring).CountAsync(), kind);
    }

    [TestMethod]
    public async Task One_can_look_closer_with_buttons_a_drag_and_keys()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        var plot = page.Plot("beeswarm");
        var all = await TicksAsync(plot);

        await plot.GetByRole(AriaRole.Button, new() { Name = "Zoom in" }).ClickAsync();
        var closer = await TicksAsync(plot);
        Finite.Below(Span(all), Span(closer));

        await plot.GetByRole(AriaRole.Button, new() { Name = "Reset" }).ClickAsync();
        CollectionAssert.AreEqual(all, await TicksAsync(plot));

        var box = (await plot.Locator("svg.area").BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + 0.3f * box.Width, box.Y + 10);
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(box.X + 0.5f * box.Width, box.Y + 30, new() { Steps = 4 });
        await page.Page.Mouse.UpAsync();
        Finite.Below(0.5 * Span(all), Span(await TicksAsync(plot)));

        await plot.FocusAsync();
        await page.Page.Keyboard.PressAsync("0");
        CollectionAssert.AreEqual(all, await TicksAsync(plot));
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task Two_fingers_look_closer_and_wider()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page, BrowserLook.Narrow);
        var plot = page.Plot("beeswarm");
        await plot.ScrollIntoViewIfNeededAsync();
        var all = await TicksAsync(plot);
        var box = (await plot.Locator("svg.area").BoundingBoxAsync())!;
        var touch = await page.Page.Context.NewCDPSessionAsync(page.Page);

        await PinchAsync(20, 60);
        var closer = await TicksAsync(plot);
        Finite.Below(0.8 * Span(all), Span(closer));
        Assert.AreEqual("", await page.TipAsync(), "two fingers point at nothing");
        Near.Equal(1, await page.Page.EvaluateAsync<double>("visualViewport.scale"), 1e-6, "the page stays as it is");

        await PinchAsync(60, 20);
        await PinchAsync(60, 20);
        CollectionAssert.AreEqual(all, await TicksAsync(plot));
        Assert.IsEmpty(page.Complaints);

        async Task PinchAsync(float from, float to)
        {
            await SendAsync("touchStart", from);
            for (var step = 1; step <= 4; step++)
                await SendAsync("touchMove", from + (to - from) * step / 4);
            await SendAsync("touchEnd");
        }

        Task SendAsync(string type, params float[] apart) => touch.SendAsync("Input.dispatchTouchEvent", new()
        {
            ["type"] = type,
            ["touchPoints"] = apart.SelectMany(half => new[] { -half, half })
                .Select((aside, id) => new { x = box.X + box.Width / 2 + aside, y = box.Y + 40, id }).ToArray(),
        });
    }

    private static double Span(double[] ticks) => ticks.Largest() - ticks.Min();

    private static async Task<double[]> TicksAsync(ILocator plot) =>
        [.. (await plot.Locator("svg > text.tick[text-anchor='middle']").AllTextContentsAsync())
            .Select(text => Drawings.Number(text.Replace('−', '-')))];

    /// <summary>Where a mark is on the screen, scrolled to its middle: the first dot of a path of dots, else a point of the shape.</summary>
    private static async Task<(float X, float Y)> PlaceAsync(ILocator plot, string mark)
    {
        var place = await plot.Locator(mark).First.EvaluateAsync<float[]>(
            """
            async element => {
              element.scrollIntoView({ block: "center", inline: "nearest" });
              // Only then has the page been told that it moved, which hides the box.
              for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
              const box = element.getBoundingClientRect();
              if (!element.getTotalLength || element.matches("rect")) return [box.left + box.width / 2, box.top + box.height / 2];
              const matrix = element.getScreenCTM();
              const length = element.getTotalLength();
              // Dots are moves without length: the first stands at the start.
              const at = element.getPointAtLength(element.matches(".row") ? length / 2 : 0).matrixTransform(matrix);
              return element.matches(".dots, .row") ? [at.x, at.y] : [box.left + box.width / 2, box.top + box.height / 2];
            }
            """);
        return (place[0], place[1]);
    }
}
