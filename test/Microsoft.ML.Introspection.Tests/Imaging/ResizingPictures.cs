using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Tests.Imaging;

[TestClass]
public sealed class ResizingPictures
{
    [TestMethod]
    public void Pillow_is_followed_to_the_byte() => Each("pillow.", (filter, source, width, height, expected, name) =>
        PictureAssert.Near(expected, new Resizing(ResizeRule.Pillow, filter).Apply(source, width, height), 0, name));

    [TestMethod]
    public void OpenCv_is_followed() => Each("opencv.", (filter, source, width, height, expected, name) =>
        PictureAssert.Near(expected, new Resizing(ResizeRule.OpenCv, filter).Apply(source, width, height), 1, name));

    [TestMethod]
    public void Numbers_are_interpolated_as_PyTorch_does()
    {
        var seen = 0;
        foreach (var name in ImageReferences.Resizing.Names.Where(n => n.StartsWith("torch_f64.", StringComparison.Ordinal)))
        {
            var parts = name.Split('.');
            var source = ImageReferences.Resizing.Picture($"source.{parts[1]}");
            var (kind, antialias) = (parts[2].Split('_')[0], parts[2].EndsWith("antialias", StringComparison.Ordinal));
            var rule = new Resizing(ResizeRule.Torch, Enum.Parse<ResizeFilter>(kind, ignoreCase: true)) { Antialias = antialias };
            var size = ImageReferences.Resizing[name].Shape;

            var resized = rule.Apply(Planes(source), source.Height, source.Width, size[1], size[2]);

            Near.Equal(ImageReferences.Resizing.Numbers(name), resized, 1e-12, name);
            seen++;
        }
        Finite.Above(10, seen);
    }

    [TestMethod]
    public void MlNet_with_the_older_Skia_is_followed()
    {
        var seen = 0;
        foreach (var name in ImageReferences.MlNet.Names.Where(n => n.StartsWith("skia", StringComparison.Ordinal)))
        {
            var parts = name.Split('|')[1].Split('.');
            var source = ImageReferences.Resizing.Picture($"source.{parts[0]}");
            var expected = ImageReferences.MlNet.Picture(name);
            var fitting = Enum.Parse<PictureFitting>(parts[1] switch { "IsoPad" => "Pad", "IsoCrop" => "Crop", _ => "Stretch" });
            var preparation = new Preprocessing(expected.Width, expected.Height)
            {
                Resizing = new Resizing(ResizeRule.MlNet, fitting == PictureFitting.Stretch ? ResizeFilter.Nearest : ResizeFilter.Bilinear),
                Fitting = fitting,
                Anchor = Enum.Parse<PictureAnchor>(parts[2]),
            };

            PictureAssert.Near(expected, preparation.Fit(source), 1, name);
            seen++;
        }
        Finite.Above(20, seen);
    }

    [TestMethod]
    public void What_a_rule_does_not_have_is_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new Resizing(ResizeRule.OpenCv, ResizeFilter.Lanczos));
        StringAssert.Contains(error.Message, "OpenCv does not resize by Lanczos; it has Nearest, Bilinear, Bicubic, Area");
        Assert.ThrowsExactly<ArgumentException>(() => new Resizing { Antialias = true });
        Assert.ThrowsExactly<ArgumentException>(() => new Resizing().Apply(new Raster(1, 1, PixelFormat.Gray, [0]), 1 << 20, 1 << 20));
        Assert.ThrowsExactly<ArgumentException>(() => new Resizing(ResizeRule.Torch).Apply(new double[7], 2, 2, 4, 4));
    }

    [TestMethod]
    public void Numbers_that_weigh_nothing_may_be_anything()
    {
        var grown = new Resizing(ResizeRule.Torch).Apply([double.NaN, 1, 2], 1, 3, 1, 3);

        Assert.IsTrue(double.IsNaN(grown[0]));
        Near.Equal([1, 2], grown.AsSpan(1), 0);
    }

    [TestMethod]
    public void A_single_pixel_grows_into_a_field_of_its_colour()
    {
        var pixel = new Raster(1, 1, PixelFormat.Rgb, [10, 20, 30]);
        foreach (var rule in Enum.GetValues<ResizeRule>())
        {
            var grown = new Resizing(rule, rule == ResizeRule.OpenCv ? ResizeFilter.Bicubic : ResizeFilter.Bilinear).Apply(pixel, 5, 3);
            for (var i = 0; i < 15; i++)
                Assert.AreEqual(new Rgb(10, 20, 30), grown[i % 5, i / 5], rule.ToString());
        }
    }

    private static double[] Planes(Raster image)
    {
        var count = image.Width * image.Height;
        var planes = new double[3 * count];
        for (var i = 0; i < image.Pixels.Length; i++)
            planes[i % 3 * count + i / 3] = image.Pixels[i] / 255.0;
        return planes;
    }

    private static void Each(string library, Action<ResizeFilter, Raster, int, int, Raster, string> check)
    {
        var seen = 0;
        foreach (var name in ImageReferences.Resizing.Names.Where(n => n.StartsWith(library, StringComparison.Ordinal)))
        {
            var parts = name.Split('.');
            var filter = parts[2] switch
            {
                "linear" => ResizeFilter.Bilinear,
                "cubic" => ResizeFilter.Bicubic,
                var own => Enum.Parse<ResizeFilter>(own, ignoreCase: true),
            };
            var size = parts[3].Split('x');
            check(filter, ImageReferences.Resizing.Picture($"source.{parts[1]}"), int.Parse(size[0], null), int.Parse(size[1], null),
                ImageReferences.Resizing.Picture(name), name);
            seen++;
        }
        Finite.Above(10, seen);
    }
}
