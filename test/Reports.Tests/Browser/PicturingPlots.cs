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
        var file = Path.Combine(Root, "docs", "images", "plots", $"{kind}.png");
        if (Environment.GetEnvironmentVariable("INTROSPECTION_WRITE_DOCS") == "1")
            await MakeAsync(kind, file);
        Assert.Contains($"](images/plots/{kind}.png)", File.ReadAllText(Path.Combine(Root, "docs", "reports.md")));
        var png = File.ReadAllBytes(file);
        Assert.IsTrue(png.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]));
        Finite.AtMost(MostBytes, png.Length, kind);
        Finite.AtMost(Width, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
    }

    private static async Task MakeAsync(string kind, string file)
    {
        await using var page = await BrowserPage.OpenAsync(
            ShapReport.Of(Tumours(), new() { MaximumFeatures = 9, DependencePlots = 2, MaximumRows = 60 }), new BrowserLook { Width = Width });
        var plot = page.Plot(kind);
        await plot.ScrollIntoViewIfNeededAsync();
        var seen = PngDecoder.Decode(await plot.Locator("svg.drawing").ScreenshotAsync());
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
