using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Tests.Imaging;

[TestClass]
public sealed class LayingMapsOverPictures
{
    private static readonly ImageReferences References = ImageReferences.Overlays;

    private static Raster Image => References.Picture("image_u8");

    private static double[] Map => [.. References.Numbers("attribution_f64").Chunk(3).Select(c => c.Sum())];

    [TestMethod]
    [DataRow("positive", AttributionSign.Positive)]
    [DataRow("negative", AttributionSign.Negative)]
    [DataRow("absolute_value", AttributionSign.AbsoluteValue)]
    [DataRow("all", AttributionSign.All)]
    public void Maps_are_scaled_as_captum_does(string name, AttributionSign sign)
    {
        foreach (var outlier in (double[])[0, 2])
            Near.Equal(References.Numbers($"captum.normalised.{name}.outlier{outlier}_f64"), MapScaling.Captum(Map, sign, outlier), 1e-12, name);
    }

    [TestMethod]
    [DataRow("viridis", "positive", AttributionSign.Positive)]
    [DataRow("seismic", "all", AttributionSign.All)]
    public void Colours_are_mixed_with_the_picture(string colors, string name, AttributionSign sign)
    {
        var (map, table, signed) = (MapScaling.Captum(Map, sign), ColorMap.Named(colors), sign == AttributionSign.All);

        PictureAssert.Near(References.Picture($"heat.{colors}.{name}_u8"), Opaque(Overlay.Heat(map, 64, 96, table, signed)), 0, "heat");
        PictureAssert.Near(References.Picture($"overlay.{colors}.{name}.alpha0.5_u8"), Overlay.Blend(Image, map, table, signed), 1, "blend");
        PictureAssert.Near(References.Picture($"overlay_grey.{colors}.{name}.alpha0.5_u8"),
            Overlay.Blend(Image, map, table, signed, grey: true), 1, "grey");
        PictureAssert.Near(References.Picture($"overlay_by_value.{colors}.{name}_u8"), Overlay.BlendByValue(Image, map, table, signed), 1,
            "by value");
    }

    [TestMethod]
    public void Grad_CAM_is_added_as_bright_as_possible()
    {
        var coarse = References.Numbers("cam_coarse_f64");
        var map = new Resizing(ResizeRule.Torch).Apply(coarse, 6, 9, 64, 96);
        Near.Equal(References.Numbers("cam_upsampled_torch_f64"), map, 1e-12);
        Near.Equal(References.Numbers("cam_upsampled_cv2_linear_f32"), map, 1e-6);

        PictureAssert.Near(References.Picture("gradcam_overlay.weight0.5_u8"),
            Overlay.GradCam(Image, References.Numbers("cam_upsampled_cv2_linear_f32")), 2, "grad-cam");
    }

    [TestMethod]
    public void What_has_no_say_is_black_or_transparent()
    {
        var positive = MapScaling.Captum(Map, AttributionSign.Positive);
        PictureAssert.Near(References.Picture("masked_image_u8"), Overlay.Mask(Image, positive), 1, "mask");
        PictureAssert.Near(References.Picture("alpha_scaling_rgba_u8"), Overlay.AlphaScaling(Image, positive), 1, "alpha");
    }

    [TestMethod]
    public void Where_nothing_was_seen_the_picture_shows_as_it_is()
    {
        double[] nowhere = [.. Enumerable.Repeat(double.NaN, 64 * 96)];
        var viridis = ColorMap.Named("viridis");
        PictureAssert.Near(Image, Overlay.Blend(Image, nowhere, viridis, signed: false), 0, "blend");
        PictureAssert.Near(Image, Overlay.BlendByValue(Image, nowhere, viridis, signed: true), 0, "by value");
        PictureAssert.Near(Image, Overlay.BlurByImportance(Image, nowhere), 0, "blur");
        PictureAssert.Near(Image, Overlay.Contour(Image, nowhere, viridis, false, 0.5), 0, "contour");
        Assert.AreEqual(0, Overlay.Heat(nowhere, 64, 96, viridis, false).Pixels.ToArray().Max());
    }

    [TestMethod]
    public void Importance_keeps_the_picture_sharp()
    {
        var checker = Raster.Create(16, 16, (x, y) => (x + y) % 2 == 0 ? new Rgb(255, 255, 255) : default);
        double[] left = [.. Enumerable.Range(0, 256).Select(i => i % 16 < 8 ? 1.0 : 0)];

        var blurred = Overlay.BlurByImportance(checker, left, sigma: 2);

        Assert.AreEqual(checker[3, 4], blurred[3, 4]);
        Near.Equal(127.5, blurred[12, 7].Red, 1);
    }

    [TestMethod]
    public void Contours_run_around_what_lies_above_a_level()
    {
        var black = Raster.Create(5, 5, (_, _) => default);
        double[] block = [.. Enumerable.Range(0, 25).Select(i => i % 5 is > 0 and < 4 && i / 5 is > 0 and < 4 ? 0.8 : 0)];
        var color = ColorMap.Named("viridis").At(0.5);

        var lines = Overlay.Contour(black, block, ColorMap.Named("viridis"), signed: false, 0.5);

        for (var i = 0; i < 25; i++)
            Near.Equal(i != 12 && block[i] > 0 ? color.Green : 0, lines[i % 5, i / 5].Green, 1, $"{i}");
    }

    [TestMethod]
    public void Zennit_and_saliency_scale_in_their_ways()
    {
        double[] map = [-2, 0, 1, double.NaN];
        Near.Equal([0, 0.5, 0.75], MapScaling.Zennit(map, symmetric: true).AsSpan(0, 3), 1e-15);
        Near.Equal([0, 2 / 3.0, 1], MapScaling.Zennit(map).AsSpan(0, 3), 1e-15);
        Near.Equal([0, 0.5, 1], MapScaling.Zennit(map, symmetric: true, level: 2).AsSpan(0, 3), 1e-15);
        Near.Equal([1, 0, 0.5], MapScaling.SaliencyGrayscale(map, 100).AsSpan(0, 3), 1e-15);
        // The percentile 75 of −2, 0, 1 is 0.5.
        Near.Equal([-1, 0, 1], MapScaling.SaliencyDiverging(map, 75).AsSpan(0, 3), 1e-15);
        Assert.IsTrue(double.IsNaN(MapScaling.SaliencyDiverging(map)[3]));
        Near.Equal([0, 0], MapScaling.Captum([0, 0]), 0);
    }

    [TestMethod]
    public void Maps_of_another_size_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Overlay.Mask(Image, new double[5]));
        StringAssert.Contains(error.Message, "96 × 64, has 6144 numbers; 5 given");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Overlay.Blend(Image, Map, ColorMap.Gray, true, alpha: 1.5));
        Assert.ThrowsExactly<ArgumentException>(() => Overlay.Contour(Image, Map, ColorMap.Gray, true, 1.5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MapScaling.Captum(Map, outlierPercentage: 100));
    }

    private static Raster Opaque(Raster image) => Raster.Create(image.Width, image.Height, (x, y) => image[x, y]);

    [TestMethod]
    public void Styles_are_the_overlays_with_their_options()
    {
        var image = Raster.Create(12, 9, (x, y) => new Rgb((byte)(20 * x), (byte)(25 * y), (byte)(x * y)));
        double[] map = [.. Enumerable.Range(0, 108).Select(i => Math.Sin(i * 0.2) * i)];
        var both = MapScaling.Captum(map, AttributionSign.All, 5);
        var positive = MapScaling.Captum(map, AttributionSign.Positive, 2);
        var colors = ColorMap.Named("viridis");
        var style = new OverlayStyle { Colors = colors, OutlierPercentage = 5 };

        Same(Overlay.Blend(image, both, colors, true, 0.3, grey: true), style with { Opacity = 0.3, Grey = true });
        Same(Overlay.BlendByValue(image, both, colors, true), style with { Kind = OverlayKind.Value });
        Same(Overlay.Heat(both, 9, 12, colors, true), style with { Kind = OverlayKind.Heat });
        Same(Overlay.Contour(image, both, colors, true, 0.1, 0.9), style with { Kind = OverlayKind.Contour, Levels = [0.1, 0.9] });
        Same(Overlay.Mask(image, both), style with { Kind = OverlayKind.Mask });
        Same(Overlay.AlphaScaling(image, both), style with { Kind = OverlayKind.Alpha });
        Same(Overlay.BlurByImportance(image, both, 2), style with { Kind = OverlayKind.Blur, BlurDeviation = 2 });
        Same(Overlay.GradCam(image, map, 0.25, colors), style with { Kind = OverlayKind.Cam, Opacity = 0.75 });
        Same(Overlay.Blend(image, positive, ColorMap.Sequential, false), new OverlayStyle { Sign = AttributionSign.Positive });
        Same(Overlay.Blend(image, MapScaling.Captum(map), ColorMap.Diverging, true), new OverlayStyle());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OverlayStyle((OverlayKind)99));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => style with { OutlierPercentage = double.NaN });
        Assert.ThrowsExactly<ArgumentException>(() => style with { Levels = [0.5, 1] });

        void Same(Raster expected, OverlayStyle actual) => PictureAssert.Near(expected, actual.Draw(image, map), 0, actual.Kind.ToString());
    }
}
