using System.Buffers.Binary;
using System.Globalization;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>The pictures of docs/reports.md, of the tumours and trees of XGBoost; INTROSPECTION_WRITE_DOCS=1 makes them anew.</summary>
[TestClass]
public sealed class PicturingPlots
{
    private const int MostBytes = 60_000;
    private const int Width = 700;
    private const int Features = 30;

    private static string Root { get; } = Find();

    [TestMethod]
    [DataRow("beeswarm")]
    [DataRow("bars")]
    [DataRow("histogram")]
    [DataRow("dependence")]
    [DataRow("matrix")]
    [DataRow("decision")]
    [DataRow("stack")]
    [DataRow("heatmap")]
    [DataRow("waterfall")]
    [DataRow("force")]
    public async Task Every_plot_has_a_small_picture(string kind)
    {
        var file = FileOf(kind);
        if (Environment.GetEnvironmentVariable("INTROSPECTION_WRITE_DOCS") == "1")
            await MakeAsync(kind, file);
        Assert.Contains($"](images/plots/{kind}.png)", File.ReadAllText(Path.Combine(Root, "docs", "reports.md")));
        var png = File.ReadAllBytes(file);
        Assert.IsTrue(png.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]));
        Finite.AtMost(MostBytes, png.Length, kind);
        Finite.AtMost(Width, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
    }

    [TestMethod]
    public async Task Every_picture_shows_what_the_page_draws()
    {
        await using var page = await OpenAsync();
        foreach (var kind in (string[])
            ["beeswarm", "bars", "histogram", "dependence", "matrix", "decision", "stack", "heatmap", "waterfall", "force"])
        {
            var (kept, drawn) = (PngDecoder.Decode(File.ReadAllBytes(FileOf(kind))), await DrawnAsync(page, kind));
            Near.Equal(drawn.Width, kept.Width, 0.02 * drawn.Width, kind);
            // Letters differ from machine to machine, and so do heights a little.
            Near.Equal(drawn.Height, kept.Height, 0.08 * drawn.Height, kind);
            Finite.AtLeast(0.8, Likeness(Coarse(kept), Coarse(drawn)), kind);
        }
    }

    [TestMethod]
    public async Task No_picture_could_be_that_of_another_plot()
    {
        await using var page = await OpenAsync();
        var drawn = Coarse(await DrawnAsync(page, "waterfall"));
        Finite.Below(0.8, Likeness(Coarse(PngDecoder.Decode(File.ReadAllBytes(FileOf("bars")))), drawn));
        Finite.Below(0.8, Likeness(Coarse(PngDecoder.Decode(File.ReadAllBytes(FileOf("decision")))), drawn));
    }

    // How far a picture is from white and in which colours, in cells of a grid.
    private static double[] Coarse(PngDecoder picture)
    {
        const int Cells = 24;
        var cells = new double[Cells * Cells * 3];
        for (var y = 0; y < picture.Height; y++)
            for (var x = 0; x < picture.Width; x++)
                for (var channel = 0; channel < 3; channel++)
                    cells[(y * Cells / picture.Height * Cells + x * Cells / picture.Width) * 3 + channel] +=
                        (255 - picture.Pixels[(y * picture.Width + x) * picture.Channels + channel]) / 255.0
                            / (picture.Width * picture.Height);
        return cells;
    }

    // The cosine of the angle between two pictures: 1 where they are the same.
    private static double Likeness(double[] one, double[] other) =>
        Dot(one, other) / Math.Sqrt(Dot(one, one) * Dot(other, other));

    private static double Dot(double[] one, double[] other) => one.Zip(other, (a, b) => a * b).Sum();

    private static string FileOf(string kind) => Path.Combine(Root, "docs", "images", "plots", $"{kind}.png");

    private static Task<BrowserPage> OpenAsync() => BrowserPage.OpenAsync(
        ShapReport.Of(Tumours(), new() { MaximumFeatures = 9, DependencePlots = 2, MaximumRows = 60 }), new BrowserLook { Width = Width });

    private static async Task<PngDecoder> DrawnAsync(BrowserPage page, string kind)
    {
        var plot = page.Plot(kind);
        await plot.ScrollIntoViewIfNeededAsync();
        return PngDecoder.Decode(await plot.Locator("svg.drawing").ScreenshotAsync());
    }

    private static async Task MakeAsync(string kind, string file)
    {
        await using var page = await OpenAsync();
        var seen = await DrawnAsync(page, kind);
        PngWriter.Save(Raster.Create(seen.Width, seen.Height, (x, y) => new Rgb(At(x, y, 0), At(x, y, 1), At(x, y, 2))), file);

        // Sixteen shades of each colour are enough for drawings, and pack well.
        byte At(int x, int y, int channel) => (byte)((seen.Pixels[(y * seen.Width + x) * seen.Channels + channel] + 8) / 17 * 17);
    }

    private static ShapValues Tumours()
    {
        string[][] lines =
            [.. File.ReadLines(Path.Combine(Root, "samples", "Quickstart", "data", "breast_cancer_test.csv")).Select(line => line.Split(','))];
        double[] rows = [.. lines[1..].SelectMany(cells => cells[..Features]).Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
        using var explainer = Explainer.Open(Path.Combine(Root, "test", "data", "models", "xgb_breast_cancer.json"));
        var result = explainer.Room(lines.Length - 1, withInteractions: true);
        explainer.Explain(rows, result);
        explainer.ExplainPairs(rows, result);
        return new ShapValues(lines[0][..Features], result.BaseValues[0], result.Values.ToArray(), Array.ConvertAll(rows, value => (float)value))
        {
            OutputName = "benign",
            Link = explainer.Link,
            Labels = [.. lines[1..].Select(cells => cells[Features] == "1" ? "benign" : "malignant")],
            Scores = result.Scores.ToArray(),
            Interactions = result.Interactions.ToArray(),
        };
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Introspection.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The folder of Introspection.sln lies above the tests; it was not found.");
        return folder.FullName;
    }
}
