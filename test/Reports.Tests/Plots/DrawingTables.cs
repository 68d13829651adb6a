using System.Xml.Linq;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Tables of pictures and charts as files of their own.</summary>
[TestClass]
public sealed class DrawingTables
{
    private static readonly Raster Wide = Raster.Create(20, 10, (_, _) => default), Square = Raster.Create(10, 10, (_, _) => default);

    [TestMethod]
    public void Table_has_its_pictures_names_and_notes()
    {
        var table = new PictureTable(["first", ""], new PictureLine("<a>", Wide, null),
            new PictureLine("b", Square, Square) { Notes = ["1", "2"] });
        var drawing = XDocument.Parse(table.ToSvg());
        Assert.AreEqual(3, drawing.Descendants().Count(e => e.Name.LocalName == "image"));
        CollectionAssert.AreEqual((string[])["first", "<a>", "b", "1", "2"],
            drawing.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToArray());
        double[] heights = [.. drawing.Descendants().Where(e => e.Name.LocalName == "image").Select(e => (double)e.Attribute("height")!)];
        Near.Equal([48, 96, 96], heights, 1e-9);
    }

    [TestMethod]
    public void Lines_that_do_not_fit_are_told()
    {
        Assert.Contains("'a' has 1 pictures", Assert.ThrowsExactly<ArgumentException>(
            () => new PictureTable(["x", "y"], new PictureLine("a", Square))).Message);
        Assert.ThrowsExactly<ArgumentException>(() => new PictureTable([], new PictureLine("a")));
        Assert.ThrowsExactly<ArgumentException>(() => new PictureTable(["x"], new PictureLine("a", Square) { Notes = [] }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PictureTable(["x"], new PictureLine("a", Square)) { PictureWidth = 0 });
    }

    [TestMethod]
    public void Charts_are_files_of_their_own()
    {
        var chart = XDocument.Parse(new LineChart(new ChartLine("up & down", [1, 2]), new ChartLine("down", [2, 1])).ToSvg());
        Assert.Contains("up & down", chart.Descendants().Where(e => e.Name.LocalName == "title").Select(e => e.Value));
        Assert.AreEqual(2, chart.Descendants().Count(e => e.Name.LocalName == "text" && e.Value is "up & down" or "down"));
        Assert.IsTrue(XDocument.Parse(new WeightLines([1, -2, 3, 0], 2, 2).ToSvg()).Descendants().Any(e => e.Name.LocalName == "line"));
    }

    [TestMethod]
    public void Colours_lie_at_their_places()
    {
        var map = ColorMap.FromStops("own", (0, new Rgb(0, 0, 0)), (0.2, new Rgb(200, 0, 0)), (1, new Rgb(0, 0, 200)));
        Assert.AreEqual(new Rgb(0, 0, 0), map.At(0));
        Assert.AreEqual(new Rgb(0, 0, 200), map.At(1));
        // Entry 51 of 255 is a fifth of the way.
        Assert.AreEqual(new Rgb(200, 0, 0), map.At(51.5 / 256));
        Assert.ThrowsExactly<ArgumentException>(() => ColorMap.FromStops("own", (0, default), (0.5, default)));
        Assert.ThrowsExactly<ArgumentException>(() => ColorMap.FromStops("own", (0, default), (0.7, default), (0.6, default), (1, default)));
    }
}
