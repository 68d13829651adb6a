using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ComparingMethods
{
    private const string Hostile = "\"><script>alert('x')</script>";

    private static readonly Raster Image = new(2, 2, PixelFormat.Gray, [0, 80, 160, 255]);

    private static readonly HeatmapOptions Whole = new() { Percentile = 100 };

    [TestMethod]
    public void The_image_and_every_method_stand_side_by_side_with_names_and_scales()
    {
        var page = ReportPage.Of(new MethodGallery(
            Image,
            [new("Saliency", [1, 2, 3, 4], 2, 2, "absolute"), new("LRP", [-8, 0, 4, 0], 2, 2)],
            new() { Heatmap = Whole }) { ImageCaption = "a dot", Caption = "together" });

        CollectionAssert.AreEqual(new[] { "Input", "Saliency", "LRP" }, page.OfClass("above").Select(name => name.Value).ToArray());
        CollectionAssert.AreEqual(
            new[] { "a dot", "absolute", "", "together" },
            page.Descendants("figcaption").Select(caption => caption.Value).ToArray());
        CollectionAssert.AreEqual(
            new[] { "Colour scale from 0 to 4", "Colour scale from −8 to 8" },
            page.OfClass("legend").Select(legend => legend.Attribute("aria-label")!.Value).ToArray());
        var pictures = page.Descendants("img").ToArray();
        CollectionAssert.AreEqual(Image.Pixels.ToArray(), pictures[0].Pixels());
        CollectionAssert.AreEqual(new Heatmap([1, 2, 3, 4], 2, 2, Whole).Draw().Pixels.ToArray(), pictures[1].Pixels());
        CollectionAssert.AreEqual(new Heatmap([-8, 0, 4, 0], 2, 2, Whole).Draw().Pixels.ToArray(), pictures[2].Pixels());
    }

    [TestMethod]
    public void A_common_scale_is_that_of_all_values_together()
    {
        var page = ReportPage.Of(new MethodGallery(
            Image,
            [new("one", [1, 2, 3, 4], 2, 2), new("other", [-8], 1, 1)],
            new() { CommonScale = true, Heatmap = Whole }));

        Assert.IsTrue(page.OfClass("legend").All(legend => legend.Attribute("aria-label")!.Value == "Colour scale from −8 to 8"));
        Assert.HasCount(2, page.OfClass("legend"));
        var due = new Heatmap([1, 2, 3, 4], 2, 2, Whole with { Range = (-8, 8) }).Draw().Pixels.ToArray();
        CollectionAssert.AreEqual(due, page.Descendants("img").ElementAt(1).Pixels());
    }

    [TestMethod]
    public void Maps_are_drawn_over_the_image_when_asked_and_coarse_ones_are_stretched()
    {
        var page = ReportPage.Of(new MethodGallery(Image, [new("CAM", [0.5f], 1, 1)], new() { OverImage = true, Heatmap = Whole }));

        var due = new Heatmap([0.5f], 1, 1, Whole).DrawOver(Image);
        CollectionAssert.AreEqual(due.Pixels.ToArray(), page.Descendants("img").Last().Pixels());
    }

    [TestMethod]
    public void Maps_of_zeros_share_a_scale_too()
    {
        var page = ReportPage.Of(
            new MethodGallery(Image, [new("a", new float[4], 2, 2), new("b", [float.NaN], 1, 1)], new() { CommonScale = true }));

        Assert.IsTrue(page.OfClass("legend").All(legend => legend.Value == "no value but 0"));
    }

    [TestMethod]
    public void No_name_can_become_markup()
    {
        var page =
            ReportPage.Of(new MethodGallery(Image, [new(Hostile, [1], 1, 1, Hostile)]) { ImageCaption = Hostile, Caption = Hostile });

        Assert.AreEqual(Hostile, page.OfClass("above").Last().Value);
        Assert.IsTrue(page.Descendants("figcaption").All(caption => caption.Value == Hostile));
        Assert.IsEmpty(page.Descendants("script"));
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new MethodMap("Saliency", new float[12], 2, 2));
        StringAssert.Contains(error.Message, "so 4 values; 12 given");
        StringAssert.Contains(error.Message, "Heatmap.SumChannels");
        Assert.ThrowsExactly<ArgumentException>(() => new MethodMap(" ", new float[4], 2, 2));
        Assert.ThrowsExactly<ArgumentException>(() => new MethodGallery(Image, []));
        foreach (var wrong in (int[])[15, 2001])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MethodGalleryOptions { PictureWidth = wrong });
    }
}
