using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.Playwright;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>A reader chooses classes, features and rows, and takes away what is shown.</summary>
[TestClass]
public sealed class ChoosingWhatIsShown
{
    private static IEnumerable<object[]> Looks => [[new BrowserLook()], [BrowserLook.Narrow]];

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task A_class_is_searched_for_and_chosen(object look)
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page, (BrowserLook)look);

        await ChooseAsync(page, "Output", "virgin", "virginica");

        Assert.IsTrue((await page.Page.Locator(".of-class").AllInnerTextsAsync()).All(name => name == "virginica"));
        var values = BrowserSamples.Classes[2];
        var amounts = await page.Plot("bars", 1).Locator("text.amount").AllTextContentsAsync();
        CollectionAssert.AreEqual(values.Ranking.Select(feature => feature == 5 ? "0" : Numbers.Format(values.MeanAbsolute[feature])).ToArray(),
            amounts.ToArray());
        StringAssert.Contains(await page.Plot("beeswarm").InnerTextAsync(), "score of virginica");
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task Classes_are_sorted_and_pinned()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        var menu = await OpenAsync(page, "Output");
        CollectionAssert.AreEqual(new[] { "setosa", "versicolor", "virginica" }, await NamesAsync());

        await menu.GetByLabel("Sort Output").SelectOptionAsync("weight");
        CollectionAssert.AreEqual(BrowserSamples.Classes.OrderByDescending(values => values.MeanAbsolute.Sum()).Select(values => values.OutputName).ToArray(),
            await NamesAsync());
        await menu.GetByLabel("Sort Output").SelectOptionAsync("name");
        await menu.GetByRole(AriaRole.Button, new() { Name = "Pin virginica" }).ClickAsync();
        CollectionAssert.AreEqual(new[] { "virginica", "setosa", "versicolor" }, await NamesAsync());
        Assert.AreEqual("true", await menu.GetByRole(AriaRole.Button, new() { Name = "Pin virginica" }).GetAttributeAsync("aria-pressed"));
        Assert.AreEqual("setosa", await page.Page.Locator(".of-class").First.InnerTextAsync(), "to pin is not to choose");
        Assert.IsEmpty(page.Complaints);

        async Task<string[]> NamesAsync() => [.. await menu.Locator("button.choose span:first-child").AllTextContentsAsync()];
    }

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task A_method_is_chosen_and_what_does_not_add_up_is_not_added_up(object look)
    {
        await using var page = await BrowserPage.OpenAsync(ShapReport.Of(BrowserSamples.Methods), (BrowserLook)look);
        StringAssert.Contains(await page.Plot("beeswarm").InnerTextAsync(), "integrated-gradients value");
        Assert.IsTrue((await TextsAsync()).Any(text => text.StartsWith("base value", StringComparison.Ordinal)));

        await ChooseAsync(page, "Method", "sal", "saliency");

        Assert.IsTrue((await page.Page.Locator(".of-class").AllInnerTextsAsync()).All(name => name == "saliency"));
        StringAssert.Contains(await page.Plot("beeswarm").InnerTextAsync(), "saliency value for the score of setosa");
        Assert.IsFalse((await TextsAsync()).Any(text => text.StartsWith("base value", StringComparison.Ordinal)));
        StringAssert.Contains(await page.Plot("waterfall").Locator("figcaption").InnerTextAsync(), "do not add up");
        Assert.AreEqual(0, await page.Page.Locator(".plot[data-spec*='force'], .plot[data-spec*='decision'], .plot[data-spec*='stack']").CountAsync());

        var (_, csv) = await page.SavedByAsync(page.Page.GetByRole(AriaRole.Button, new() { Name = "Save all values as CSV" }));
        var header = Encoding.UTF8.GetString(csv).Split("\r\n")[0];
        StringAssert.Contains(header, "saliency age");
        Assert.IsFalse(header.Contains("base value", StringComparison.Ordinal));
        Assert.IsEmpty(page.Complaints);

        async Task<IReadOnlyList<string>> TextsAsync() => await page.Plot("waterfall").Locator("text").AllTextContentsAsync();
    }

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task A_feature_and_the_feature_that_colours_are_chosen(object look)
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page, (BrowserLook)look);

        await ChooseAsync(page, "Feature", "income", "income");
        await ChooseAsync(page, "Colour by", "city", "city");

        Assert.AreEqual("SHAP values of income against its values, coloured by city", await LabelAsync(page.Plot("dependence")));
        Assert.IsTrue(await page.Plot("dependence").GetByText("missing").IsVisibleAsync());
        Assert.AreEqual(3, await page.Plot("dependence").Locator("rect.fill:not(.band)").CountAsync(), "a colour for each city");
        await ChooseAsync(page, "Colour by", "nothing", "nothing");
        Assert.AreEqual("SHAP values of income against its values", await LabelAsync(page.Plot("dependence")));
    }

    [TestMethod]
    public async Task Features_are_sorted_and_pinned()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        var menu = await OpenAsync(page, "Feature");

        await menu.GetByLabel("Sort Feature").SelectOptionAsync("name");
        CollectionAssert.AreEqual(new[] { "age", "city", "income", "never used" },
            (await NamesAsync(page)).Where(name => !name.Contains('<') && !name.StartsWith("customer", StringComparison.Ordinal)).ToArray());

        await menu.GetByRole(AriaRole.Button, new() { Name = "Pin never used" }).ClickAsync();
        Assert.AreEqual("★ never used", (await NamesAsync(page))[0]);
        Assert.AreEqual("true", await menu.GetByRole(AriaRole.Button, new() { Name = "Pin never used" }).GetAttributeAsync("aria-pressed"));
        Assert.AreEqual("★ never used", (await page.Plot("heatmap").Locator("text.name").AllTextContentsAsync())[0]);

        await menu.GetByRole(AriaRole.Button, new() { Name = "Pin never used" }).ClickAsync();
        await menu.GetByLabel("Sort Feature").SelectOptionAsync("given");
        Assert.AreEqual("age", (await NamesAsync(page))[0]);

        static async Task<string[]> NamesAsync(BrowserPage page) =>
            [.. await page.Plot("beeswarm").Locator("text.name").AllTextContentsAsync()];
    }

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public async Task One_row_is_searched_for_and_its_waterfall_stands_alone(object look)
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page, (BrowserLook)look);

        await ChooseAsync(page, "Row", "flower 17", "flower 17");

        var values = BrowserSamples.Classes[0];
        Assert.AreEqual("flower 17", await page.Page.Locator("[data-follows='row'] h3 .words").InnerTextAsync());
        Assert.AreEqual(1, await page.Page.Locator(".plot[data-spec*='waterfall']").CountAsync());
        var texts = await page.Plot("waterfall").Locator("text").AllTextContentsAsync();
        Assert.IsTrue(texts.Any(text => text.StartsWith($"score {Numbers.Format(values.Predictions[17])}", StringComparison.Ordinal)));
        foreach (var value in values.ForRow(17)[..5].ToArray())
            CollectionAssert.Contains(texts.ToArray(), Numbers.Signed(value));
    }

    [TestMethod]
    public async Task Rows_that_are_pinned_stay_whatever_is_chosen()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        var menu = await OpenAsync(page, "Row");
        await menu.GetByRole(AriaRole.Searchbox).FillAsync("flower 33");
        await menu.GetByRole(AriaRole.Button, new() { Name = "Pin flower 33" }).ClickAsync();

        await ChooseAsync(page, "Row", "flower 8", "flower 8");
        await ChooseAsync(page, "Output", "versicolor", "versicolor");

        Assert.AreEqual(2, await page.Page.Locator(".plot[data-spec*='waterfall']").CountAsync());
        Assert.AreEqual("★ flower 33", await page.Page.Locator("[data-pinned] h3").InnerTextAsync());
        StringAssert.Contains(await page.Page.Locator("[data-pinned] .aside").InnerTextAsync(),
            Numbers.Format(BrowserSamples.Classes[1].Predictions[33]));
        Finite.Above(0, await page.Plot("beeswarm").Locator("circle.ring.chosen").CountAsync());
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Unpin flower 33" }).ClickAsync();
        Assert.AreEqual(1, await page.Page.Locator(".plot[data-spec*='waterfall']").CountAsync());
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task Keys_choose_as_well()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        await page.Page.Locator(".bar .menu summary").First.FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Keyboard.TypeAsync("versi");
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.AreEqual("versicolor", await page.Page.Locator(".of-class").First.InnerTextAsync());

        await page.Plot("decision").FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await page.Page.Keyboard.PressAsync("ArrowRight");
        var told = await page.TipAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        var chosen = (await page.Page.Locator("[data-follows='row'] h3 .words").InnerTextAsync()).Split(": ")[^1];
        StringAssert.Contains(told, chosen);

        await page.Page.Locator(".bar .menu summary").First.FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Keyboard.PressAsync("Escape");
        Assert.AreEqual(0, await page.Page.Locator(".menu[open]").CountAsync());
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task A_click_on_a_dot_chooses_its_row_and_one_on_a_name_its_feature()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);

        await page.Plot("beeswarm").Locator("text.named", new() { HasTextString = "income" }).ClickAsync();
        StringAssert.StartsWith(await LabelAsync(page.Plot("dependence")), "SHAP values of income");

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Lowest score" }).ClickAsync();
        StringAssert.StartsWith(await page.Page.Locator("[data-follows='row'] h3 .words").InnerTextAsync(), "Lowest score: flower");
    }

    [TestMethod]
    public async Task Every_plot_is_saved_as_a_drawing_a_picture_and_a_table()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);
        foreach (var plot in await page.Page.Locator(".plot:not([hidden])").AllAsync())
            await SaveAsync(page, plot);
        Assert.IsEmpty(page.Complaints, string.Join("\n", page.Complaints));
    }

    private static async Task SaveAsync(BrowserPage page, ILocator plot)
    {

        var (svgName, svg) = await page.SavedByAsync(plot.GetByRole(AriaRole.Button, new() { Name = "Save as SVG" }));
        StringAssert.EndsWith(svgName, ".svg");
        var drawing = XDocument.Parse(Encoding.UTF8.GetString(svg)).Root!;
        Assert.AreEqual("svg", drawing.Name.LocalName);
        Assert.AreEqual(await LabelAsync(plot.Locator("svg.drawing")), drawing.Elements().First(e => e.Name.LocalName == "title").Value);
        Assert.IsFalse(drawing.Descendants().Attributes().Any(attribute => attribute.Value.Contains("var(", StringComparison.Ordinal)));
        Assert.IsTrue(drawing.Descendants().All(e => e.Name.LocalName is not "script" and not "style"));

        var (pngName, png) = await page.SavedByAsync(plot.GetByRole(AriaRole.Button, new() { Name = "Save as PNG" }));
        StringAssert.EndsWith(pngName, ".png");
        var picture = PngDecoder.Decode(png);
        Near.Equal(2 * double.Parse(drawing.Attribute("width")!.Value, CultureInfo.InvariantCulture), picture.Width, 1);
        var colors = picture.Pixels.Chunk(picture.Channels).Select(pixel => (pixel[0], pixel[1], pixel[2])).Distinct().Count();
        Finite.Above(10, colors);

        var (csvName, csv) = await page.SavedByAsync(plot.GetByRole(AriaRole.Button, new() { Name = "Save as CSV" }));
        StringAssert.EndsWith(csvName, ".csv");
        var lines = Encoding.UTF8.GetString(csv).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Finite.Above(2, lines.Length);
        Assert.IsFalse(lines.Any(line => line.Contains("NaN", StringComparison.Ordinal) || line.Contains("undefined", StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task All_values_of_a_class_are_saved_as_a_table_that_adds_up()
    {
        await using var page = await BrowserPage.OpenAsync(BrowserSamples.Page);

        var (_, csv) = await page.SavedByAsync(page.Page.GetByRole(AriaRole.Button, new() { Name = "Save all values as CSV" }));

        using var reader = new StringReader(Encoding.UTF8.GetString(csv).TrimStart('\uFEFF'));
        var header = Cells(reader.ReadLine()!);
        CollectionAssert.AreEqual(
            new[] { "row", "truth", "score", "base value", "age", BrowserSamples.LongName, "city", "income", BrowserSamples.Markup },
            header[..9]);
        var rows = 0;
        while (reader.ReadLine() is { } line)
        {
            var cells = Cells(line);
            var sum = cells[10..].Sum(Drawings.Number) + Drawings.Number(cells[3]);
            Near.Equal(Drawings.Number(cells[2]), sum, 2e-4);
            rows++;
        }

        Assert.AreEqual(BrowserSamples.Rows, rows);
    }

    [TestMethod]
    public async Task Nothing_in_a_table_is_a_formula()
    {
        var values = new ShapValues(["=1+1", "a,\"b\""], 0, [1, 2, 3, 4], new float[4]) { RowNames = ["@row", "-row"] };
        await using var page = await BrowserPage.OpenAsync(ShapReport.Of(values));

        var (_, csv) = await page.SavedByAsync(page.Page.GetByRole(AriaRole.Button, new() { Name = "Save all values as CSV" }));

        var lines = Encoding.UTF8.GetString(csv).TrimStart('\uFEFF').Split("\r\n");
        Assert.AreEqual("""row,score,base value,'=1+1,"a,""b""\",SHAP =1+1,"SHAP a,""b""\" """.Replace("\\", "").Trim(), lines[0]);
        StringAssert.StartsWith(lines[1], "'@row,");
        StringAssert.StartsWith(lines[2], "'-row,");
    }

    [TestMethod]
    public async Task Rows_of_their_own_classes_start_at_their_own_base_values()
    {
        var values = new ShapValues(["a", "b"], 15, [1, 2, 3, -4], new float[4])
        {
            BaseValues = [10, 20], RowOutputs = ["red", "blue"], OutputName = "its own class",
        };
        await using var page = await BrowserPage.OpenAsync(ShapReport.Of(values, new() { Rows = [1, 0] }));

        var texts = await page.Plot("waterfall").Locator("text").AllTextContentsAsync();
        CollectionAssert.IsSubsetOf(new[] { "score 19", "base value 20" }, texts.ToArray());
        StringAssert.Contains(await page.Page.Locator("[data-follows='row'] .aside").InnerTextAsync(), "explained: blue");
        Assert.IsEmpty(page.Complaints);
    }

    private static string[] Cells(string line)
    {
        var (cells, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
                cell.Append(line[i++]);
            else if (line[i] == '"')
                quoted = !quoted;
            else if (line[i] == ',' && !quoted)
                (_, cell) = (Add(), new StringBuilder());
            else
                cell.Append(line[i]);
        }

        Add();
        return [.. cells];

        bool Add()
        {
            cells.Add(cell.ToString());
            return true;
        }
    }

    private static async Task<string> LabelAsync(ILocator plot) =>
        ((await plot.GetAttributeAsync("aria-label")) ?? "").Replace(". Arrow keys go from mark to mark.", "");

    private static async Task<ILocator> OpenAsync(BrowserPage page, string name)
    {
        var menu = page.Page.Locator(".menu", new() { Has = page.Page.Locator($"summary .what:text-is('{name}')") }).First;
        if (await menu.GetAttributeAsync("open") is null)
            await menu.Locator("summary").ClickAsync();
        return menu;
    }

    private static async Task ChooseAsync(BrowserPage page, string name, string search, string entry)
    {
        var menu = await OpenAsync(page, name);
        await menu.GetByRole(AriaRole.Searchbox).FillAsync(search);
        await menu.Locator("button.choose", new() { Has = page.Page.Locator($"span:text-is('{entry}')") }).First.ClickAsync();
    }
}
