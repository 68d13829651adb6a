using Microsoft.ML.Introspection.Imaging;
using Microsoft.Playwright;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>A volume on a page: sliders, places, numbers, and the colours that C# draws.</summary>
[TestClass]
public sealed class GoingThroughVolumes
{
    private const int Depth = 6, Height = 8, Width = 10;

    private static readonly Volume Seen = Of(Depth, Height, Width, (z, y, x) => z + y + x);

    // Half as fine as what is seen; the strongest number is at 1, 2, 3, and one is missing.
    private static readonly Volume Why = Of(3, 4, 5, (z, y, x) =>
        (z, y, x) switch { (1, 2, 3) => -8, (2, 0, 4) => float.NaN, _ => z - y + 0.5f * x });

    private static IEnumerable<object[]> Looks =>
        [[new BrowserLook()], [BrowserLook.Narrow], [new BrowserLook { IsDark = true }], [BrowserLook.Narrow with { IsDark = true }]];

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task Axe_finds_nothing_and_nothing_is_wider_than_the_window(object look)
    {
        await using var page = await OpenAsync((BrowserLook)look);
        await page.EverybodyCanReadItAsync();
        Assert.AreEqual(0, await page.ScrollableWidthAsync());
        Assert.IsEmpty(page.Complaints, string.Join("\n", page.Complaints));
    }

    [TestMethod]
    public async Task It_starts_at_the_strongest_voxel_with_the_colours_of_the_heatmap()
    {
        await using var page = await OpenAsync(new());
        Assert.AreEqual("depth 3, height 5, width 7: −8, input 15", await ToldAsync(page));
        await LooksLikeAsync(page, VolumeAxis.Depth, 3);
        await LooksLikeAsync(page, VolumeAxis.Height, 5);
        await LooksLikeAsync(page, VolumeAxis.Width, 7);
        Assert.IsEmpty(Unexpected(page));
    }

    [TestMethod]
    public async Task Sliders_go_through_all_slices()
    {
        await using var page = await OpenAsync(new());
        foreach (var axis in Enum.GetValues<VolumeAxis>())
        {
            var slider = Slider(page, axis);
            foreach (var index in (int[])[0, Seen.CountAlong(axis) - 1, 2])
            {
                await slider.FillAsync($"{index}");
                await LooksLikeAsync(page, axis, index);
            }
        }
        await Slider(page, VolumeAxis.Depth).PressAsync("ArrowRight");
        Assert.AreEqual("depth 3, height 2, width 2: +0.5, input 7", await ToldAsync(page));

        var box = (await Slider(page, VolumeAxis.Width).BoundingBoxAsync())!;
        await page.Page.Mouse.ClickAsync(box.X + box.Width - 2, box.Y + box.Height / 2);
        StringAssert.Contains(await ToldAsync(page), $"width {Width - 1}");
        Assert.IsEmpty(Unexpected(page));
    }

    [TestMethod]
    public async Task A_place_that_is_clicked_at_is_shown_in_all_directions()
    {
        await using var page = await OpenAsync(new());
        var pane = Pane(page, VolumeAxis.Depth);
        var box = (await pane.BoundingBoxAsync())!;
        await pane.ClickAsync(new() { Position = new() { X = box.Width * 1.5f / Width, Y = box.Height * 6.5f / Height } });
        Assert.AreEqual("depth 3, height 6, width 1: −2, input 10", await ToldAsync(page));
        await LooksLikeAsync(page, VolumeAxis.Height, 6);
        await LooksLikeAsync(page, VolumeAxis.Width, 1);

        // Dragged on, beyond the edge.
        await page.Page.Mouse.MoveAsync(box.X + 0.5f * box.Width, box.Y + 0.5f * box.Height);
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(box.X + box.Width + 40, box.Y - 40, new() { Steps = 4 });
        await page.Page.Mouse.UpAsync();
        Assert.AreEqual($"depth 3, height 0, width {Width - 1}: +3, input 12", await ToldAsync(page));
        Assert.IsEmpty(Unexpected(page));
    }

    [TestMethod]
    public async Task The_keyboard_moves_the_place_and_the_slice()
    {
        await using var page = await OpenAsync(new());
        var pane = Pane(page, VolumeAxis.Depth);
        foreach (var key in (string[])["ArrowRight", "ArrowDown", "PageUp"])
            await pane.PressAsync(key);
        Assert.AreEqual("depth 4, height 6, width 8: +1, input 18", await ToldAsync(page));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Go to the strongest voxel" }).ClickAsync();
        StringAssert.StartsWith(await ToldAsync(page), "depth 3, height 5, width 7");
        for (var i = 0; i < 12; i++)
            await pane.PressAsync("PageDown");
        StringAssert.StartsWith(await ToldAsync(page), "depth 0,");
    }

    [TestMethod]
    public async Task A_finger_moves_place_and_slider()
    {
        await using var page = await OpenAsync(BrowserLook.Narrow);
        var pane = Pane(page, VolumeAxis.Width);
        await pane.ScrollIntoViewIfNeededAsync();
        var box = (await pane.BoundingBoxAsync())!;
        await pane.TapAsync(new() { Position = new() { X = box.Width * 0.5f / Height, Y = box.Height * 5.5f / Depth } });
        StringAssert.StartsWith(await ToldAsync(page), "depth 5, height 0, width 7");

        var slider = Slider(page, VolumeAxis.Height);
        await slider.ScrollIntoViewIfNeededAsync();
        var track = (await slider.BoundingBoxAsync())!;
        Finite.AtLeast(24, track.Height, "large enough for a finger");
        await page.Page.Touchscreen.TapAsync(track.X + track.Width - 3, track.Y + track.Height / 2);
        StringAssert.StartsWith(await ToldAsync(page), $"depth 5, height {Height - 1}, width 7");
        Assert.IsEmpty(Unexpected(page));
    }

    [TestMethod]
    public async Task What_lies_behind_one_another_is_seen_at_once()
    {
        await using var page = await OpenAsync(new(), null);
        await page.Page.GetByLabel("Show").SelectOptionAsync("strongest");
        foreach (var axis in Enum.GetValues<VolumeAxis>())
            await LookAlikeAsync(page, axis, new Heatmap(Why.Project(axis), Why.SliceSize(axis).Height, Why.SliceSize(axis).Width, null,
                HeatmapScale.Of(Why.Values.ToArray(), new())).Draw());
        Assert.IsTrue(await Slider(page, VolumeAxis.Depth).IsDisabledAsync());

        await page.Page.GetByLabel("Show").SelectOptionAsync("mean");
        var mean = Why.Project(VolumeAxis.Depth, VolumeProjection.MeanMagnitude);
        var most = mean.Largest();
        await LookAlikeAsync(page, VolumeAxis.Depth, Raster.Create(5, 4, (x, y) => ColorMap.Diverging.At(0.5 + mean[y * 5 + x] / most / 2)));
    }

    [TestMethod]
    public async Task Opacity_is_chosen_on_the_page()
    {
        await using var page = await OpenAsync(new());
        await page.Page.GetByLabel("Opacity").FillAsync("0");
        await LooksLikeAsync(page, VolumeAxis.Depth, 3, new HeatmapOptions { OverlayAlpha = 0 });
        await page.Page.GetByLabel("Opacity").FillAsync("50");
        await LooksLikeAsync(page, VolumeAxis.Depth, 3, new HeatmapOptions { OverlayAlpha = 0.5 });
    }

    [TestMethod]
    public async Task Without_a_script_the_strongest_slices_are_there()
    {
        await using var page = await OpenAsync(new() { HasScript = false });
        Assert.AreEqual(3, await page.Page.Locator(".still img").CountAsync());
        Assert.IsTrue(await page.Page.GetByText("height 5").IsVisibleAsync());
        Assert.AreEqual(0, await page.Page.Locator("canvas").CountAsync());
    }

    private static Volume Of(int depth, int height, int width, Func<int, int, int, float> at) => new(
        [.. Enumerable.Range(0, depth * height * width).Select(i => at(i / (height * width), i / width % height, i % width))],
        depth, height, width);

    private static Task<BrowserPage> OpenAsync(BrowserLook look) => OpenAsync(look, Seen);

    private static Task<BrowserPage> OpenAsync(BrowserLook look, Volume? input) => BrowserPage.OpenAsync(
        new Report("Volumes") { new Section("One") { new VolumeScrubber(Why, input) } }.Save, "figure.scrubber.ready", look);

    private static ILocator Pane(BrowserPage page, VolumeAxis axis) => page.Page.Locator(".pane canvas").Nth((int)axis);

    private static ILocator Slider(BrowserPage page, VolumeAxis axis) => page.Page.Locator(".pane input").Nth((int)axis);

    private static Task<string> ToldAsync(BrowserPage page) => page.Page.Locator(".told").InnerTextAsync();

    // These tests read more pixels back than the browser likes; the page reads none.
    private static string[] Unexpected(BrowserPage page) =>
        [.. page.Complaints.Where(c => !c.StartsWith("Canvas2D: Multiple readback", StringComparison.Ordinal))];

    private static Task LooksLikeAsync(BrowserPage page, VolumeAxis axis, int index, HeatmapOptions? options = null) =>
        LookAlikeAsync(page, axis, new VolumePictures(Why, Seen, options ?? new()).Slice(axis, index));

    // What C# draws is right by tests of its own; the page rounds a little differently.
    private static async Task LookAlikeAsync(BrowserPage page, VolumeAxis axis, Raster expected)
    {
        var pixels = await Pane(page, axis).EvaluateAsync<int[]>(
            "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]");
        Assert.HasCount(expected.Width * expected.Height * 4, pixels);
        for (var y = 0; y < expected.Height; y++)
            for (var x = 0; x < expected.Width; x++)
            {
                var (color, at) = (expected[x, y], (y * expected.Width + x) * 4);
                Near.Equal((double[])[color.Red, color.Green, color.Blue, 255],
                    [.. pixels[at..(at + 4)].Select(channel => (double)channel)], 2, $"{axis} {x} {y}");
            }
    }
}
