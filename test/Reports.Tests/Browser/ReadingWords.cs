using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>A page of texts: words in colour that tell their numbers, in every script that people write.</summary>
[TestClass]
public sealed class ReadingWords
{
    private static readonly string[] Texts =
    [
        "the film was not very good, though the hotel nearby was a lovely surprise and we would go there again with all our friends",
        "הסרט לא היה טוב במיוחד אבל המלון היה נהדר",
        "東京 の 天気 は とても 良い です",
        "👩‍👩‍👧 loved 😀 it 🇫🇷 café",
        "https://example.org/a/very/long/address/that/has/no/blank/in/it/at/all/and/goes/on/and/on/and/on/and/on/until/it/ends",
    ];

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
    [DynamicData(nameof(Looks))]
    public async Task Every_word_has_its_colour_and_can_be_read_on_it(object look)
    {
        await using var page = await OpenAsync((BrowserLook)look);
        var seen = await page.Page.Locator(".token").EvaluateAllAsync<string[][]>(
            """
            words => words.map(word => {
              const style = getComputedStyle(word);
              return [word.querySelector(".word").textContent, style.backgroundColor, style.color];
            })
            """);
        var words = Texts.SelectMany(Words).ToList();
        CollectionAssert.AreEqual(words.Select(w => w.Token).ToArray(), seen.Select(s => s[0]).ToArray());
        var tones = ((BrowserLook)look).IsDark ? TextTones.Diverging.Dark : TextTones.Diverging.Light;
        foreach (var (word, cells) in words.Zip(seen))
        {
            Assert.AreEqual(tones.At((word.Attribution + 1) / 2), Color(cells[1]), word.Token);
            Finite.AtLeast(4.5, Contrast.Of(Color(cells[1]), Color(cells[2])), word.Token);
        }
    }

    [TestMethod]
    public async Task A_mouse_on_a_word_is_told_its_number()
    {
        await using var page = await OpenAsync(new());
        var word = page.Page.Locator(".token").Nth(3);
        await word.HoverAsync();
        Assert.AreEqual("not\n−1", await page.TipAsync());
        Assert.IsNull(await word.GetAttributeAsync("title"), "one box is enough");
        await page.Page.Mouse.MoveAsync(2, 2);
        Assert.AreEqual("", await page.TipAsync());
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task A_finger_on_a_word_is_told_its_number()
    {
        await using var page = await OpenAsync(BrowserLook.Narrow);
        await page.Page.Locator(".token").Nth(5).TapAsync();
        Assert.AreEqual("good,\n+0.6667", await page.TipAsync());
        var box = await page.Page.Locator(".tip").BoundingBoxAsync();
        Assert.IsTrue(box!.X >= 0 && box.X + box.Width <= 390, "the box is on the screen");
        await page.Page.Locator("h1").TapAsync();
        Assert.AreEqual("", await page.TipAsync(), "a tap elsewhere closes it");
    }

    [TestMethod]
    public async Task The_keyboard_goes_from_word_to_word_the_way_they_are_read()
    {
        await using var page = await OpenAsync(new());
        await TabAsync();
        Assert.AreEqual("the\n−0.3333", await page.TipAsync());
        await PressAsync("ArrowRight", "film");
        await PressAsync("End", "friends");
        await PressAsync("ArrowRight", "friends");
        await PressAsync("ArrowUp", "");
        await PressAsync("ArrowDown", "");
        await PressAsync("Home", "the");
        await page.Page.Keyboard.PressAsync("Escape");
        Assert.AreEqual("", await page.TipAsync());

        // A text is one stop; the next reads from right to left.
        await TabAsync();
        StringAssert.StartsWith(await page.TipAsync(), "הסרט");
        await PressAsync("ArrowLeft", "לא");
        await PressAsync("ArrowRight", "הסרט");
        Assert.AreEqual(Texts.Length, await page.Page.Locator(".token[tabindex='0']").CountAsync());
        Assert.IsEmpty(page.Complaints);

        // Past the links to the next word.
        async Task TabAsync()
        {
            do
                await page.Page.Keyboard.PressAsync("Tab");
            while (await page.Page.EvaluateAsync<bool>("document.activeElement.matches('a')"));
        }

        async Task PressAsync(string key, string word)
        {
            await page.Page.Keyboard.PressAsync(key);
            StringAssert.StartsWith(await page.TipAsync(), word, key);
            Assert.AreNotEqual("", await page.TipAsync(), key);
        }
    }

    [TestMethod]
    public async Task Up_and_down_go_to_the_lines_above_and_below()
    {
        await using var page = await OpenAsync(BrowserLook.Narrow);
        await page.Page.Locator(".token").First.FocusAsync();
        var top = await TopAsync();
        await page.Page.Keyboard.PressAsync("ArrowDown");
        var below = await TopAsync();
        Finite.Above(top, below);
        await page.Page.Keyboard.PressAsync("ArrowUp");
        Near.Equal(top, await TopAsync(), 1);

        Task<double> TopAsync() => page.Page.EvaluateAsync<double>("document.activeElement.getClientRects()[0].top");
    }

    [TestMethod]
    public async Task Words_stand_from_right_to_left_where_they_are_read_so()
    {
        await using var page = await OpenAsync(new());
        var text = page.Page.Locator(".running").Nth(1);
        var places = await text.Locator(".token").EvaluateAllAsync<double[]>("words => words.map(word => word.getBoundingClientRect().left)");
        for (var i = 1; i < places.Length; i++)
            Finite.Below(places[i - 1], places[i]);
        var (own, whole) = (await text.Locator(".token").First.BoundingBoxAsync(), await text.BoundingBoxAsync());
        Near.Equal(whole!.X + whole.Width, own!.X + own.Width, 1);
    }

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task No_colour_stands_without_a_word(object look)
    {
        await using var page = await OpenAsync((BrowserLook)look);
        var empty = await page.Page.EvaluateAsync<string[]>(
            """
            () => {
              const found = [];
              for (let width = 250; width < Math.min(600, innerWidth); width++) {
                document.querySelector("main").style.width = `${width}px`;
                for (const word of document.querySelectorAll(".token"))
                  if ([...word.getClientRects()].some(box => box.width < 13)) found.push(`${width}: ${word.textContent}`);
              }
              return found;
            }
            """);
        Assert.IsEmpty(empty, string.Join(" | ", empty.Take(5)));
    }

    [TestMethod]
    public async Task Without_a_script_a_word_still_has_its_number()
    {
        await using var page = await OpenAsync(new() { HasScript = false });
        Assert.AreEqual("not: −1", await page.Page.Locator(".token").Nth(3).GetAttributeAsync("title"));
        Assert.AreEqual(0, await page.Page.Locator(".tip").CountAsync());
    }

    private static TokenAttribution[] Words(string text) =>
        [.. text.Split(' ').Select((word, i) => new TokenAttribution(word, i == 3 ? -1 : (i % 7 - 2) / 6.0 * (i == 5 ? 4 / 3.0 : 1)))];

    private static Task<BrowserPage> OpenAsync(BrowserLook look)
    {
        var report = new Report("Words", "In many scripts");
        foreach (var (number, text) in Texts.Index())
            report.Add(new Section($"Text {number}") { new ColoredText(Words(text), new() { Reach = 1 }) });
        return BrowserPage.OpenAsync(report.Save, ".token[tabindex]", look);
    }

    private static Rgb Color(string rgb) => rgb[4..^1].Split(',').Select(byte.Parse).ToArray() is [var red, var green, var blue]
        ? new Rgb(red, green, blue) : throw new FormatException(rgb);
}
