using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Imaging;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public sealed class ExplainingImages
{
    private static string Model => Workplace.Given("resnet_tiny.onnx");

    private static string Images => Path.Combine(ImageReferences.Folder, "files");

    private static string Bad => Path.Combine(ImageReferences.Folder, "bad");

    [TestMethod]
    public async Task Arrays_are_those_of_the_prepared_image()
    {
        using var work = new Workplace();
        var file = Path.Combine(Images, "source_big.png");
        var done = await work.RunAsync("explain", Model, "--images", file, "--method", "saliency,grad-cam", "--preprocess", "plain",
            "-o", "@out");

        Assert.AreEqual(0, done.ExitCode, done.Error);
        StringAssert.Contains(done.Error, "note: preprocessing plain: stretched to 32 × 32 by pillow bilinear");
        var network = Network.Load(Model);
        var row = Preprocessing.Named("plain", PictureInput.Of(network)).Apply(ImageFile.Read(file).Image);
        using var session = new ModelSession(Explanation.Compile(network, new Saliency()));
        var expected = session.Run(new Dictionary<string, Tensor> { [network.DefaultInput.Name] = Tensor.From(row, 1, 3, 32, 32) });
        using var arrays = NpzArchive.Open(Path.Combine(work["out"], "arrays.npz"));
        Near.Equal(expected["attribution"].As<float>(), arrays.Read("saliency").ToSingles(), 1e-6);
        CollectionAssert.AreEqual(expected["target"].ToInt64(), arrays.Read("target").ToInt64s());
        CollectionAssert.AreEqual((int[])[1, 3, 32, 32], arrays.Read("saliency").Shape.ToArray());
        CollectionAssert.Contains(arrays.Names.ToArray(), "grad-cam");
    }

    [TestMethod]
    public async Task Overlays_have_the_size_of_the_image_and_the_page_names_classes()
    {
        using var work = new Workplace();
        var names = Enumerable.Range(0, 10).Select(i => $"digit <{i}>");
        File.WriteAllLines(work["names.txt"], names);
        var done = await work.RunAsync("explain", Model, "--images", Path.Combine(Images, "source_*.png"), "--method", "grad-cam",
            "--overlay", "blend", "--overlay", "contour", "--class-names", "@names.txt", "-o", "@out");

        Assert.AreEqual(0, done.ExitCode, done.Error);
        string[] overlays = [.. Directory.EnumerateFiles(Path.Combine(work["out"], "overlays")).Select(f => Path.GetFileName(f)!).Order()];
        CollectionAssert.AreEqual((string[])
        [
            "00000-source_big.grad-cam.blend.png", "00000-source_big.grad-cam.contour.png", "00001-source_tall.grad-cam.blend.png",
            "00001-source_tall.grad-cam.contour.png", "00002-source_wide.grad-cam.blend.png", "00002-source_wide.grad-cam.contour.png",
        ], overlays);
        var tall = ImageFile.Read(Path.Combine(work["out"], "overlays", overlays[2])).Image;
        Assert.AreEqual((37, 53), (tall.Width, tall.Height));
        // The crop of the middle saw neither the first row nor the last: they are the image's own.
        var own = ImageFile.Read(Path.Combine(Images, "source_tall.png")).Image;
        for (var x = 0; x < 37; x++)
            Assert.AreEqual(own[x, 0], tall[x, 0]);
        var sheet = ImageFile.Read(Path.Combine(work["out"], "sheets", "00001-source_tall.png")).Image;
        Assert.AreEqual((3 * 37 + 2 * 8, 53), (sheet.Width, sheet.Height));
        StringAssert.Contains(File.ReadAllText(Path.Combine(work["out"], "index.html")), "digit &lt;");
        StringAssert.Contains(File.ReadAllLines(Path.Combine(work["out"], "images.csv"))[0], "row,image,label,target,class,score");
        Assert.HasCount(2, Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(work["out"])!).ToArray(), "nothing half-written is left");
    }

    [TestMethod]
    public async Task A_bad_image_is_left_out_and_listed_or_ends_the_command()
    {
        using var work = new Workplace();
        foreach (var file in Directory.EnumerateFiles(Bad))
            File.Copy(file, work[Path.GetFileName(file)]);
        File.Copy(Path.Combine(Images, "tiff.tif"), work["scan.tif"]);
        using var other = new Workplace();
        var folder = Path.GetDirectoryName(work["x"])!;
        string[] command = ["explain", Model, "--images", folder, "--method", "saliency", "--preprocess", "plain", "-o"];

        var skipped = await other.RunAsync([.. command, "@skipped", "--on-error", "skip"]);

        Assert.AreEqual(0, skipped.ExitCode, skipped.Error);
        StringAssert.Contains(skipped.Out, "Explained 4 rows");
        StringAssert.Contains(skipped.Out, "22 files were left out:");
        StringAssert.Contains(skipped.Out, "scan.tif': it is a TIFF, which is not read");
        StringAssert.Contains(skipped.Error, "no_iend.png' lacks its end mark");
        using (var arrays = NpzArchive.Open(Path.Combine(other["skipped"], "arrays.npz")))
            Assert.AreEqual(4, arrays.Read("saliency").Shape[0]);

        var stopped = await other.RunAsync([.. command, "@stopped"]);
        Assert.AreEqual(1, stopped.ExitCode);
        StringAssert.Contains(stopped.Error, "bad_crc.png': the header's check sum is wrong");
        Assert.IsFalse(Directory.Exists(other["stopped"]));
        Assert.HasCount(1, Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(other["x"])!).ToArray());
    }

    [TestMethod]
    public async Task Regions_play_as_one()
    {
        using var work = new Workplace();
        var done = await work.RunAsync("explain", Model, "--images", Path.Combine(Images, "source_big.png"), "--method", "kernel-shap",
            "--superpixels", "6", "--preprocess", "plain", "--overlay", "none", "--gallery", "0", "-o", "@out");

        Assert.AreEqual(0, done.ExitCode, done.Error);
        using var arrays = NpzArchive.Open(Path.Combine(work["out"], "arrays.npz"));
        var shares = arrays.Read("kernel-shap").ToDoubles();
        Finite.AtMost(12, shares.Select(s => Math.Round(s, 6)).Distinct().Count());
        // Shares sum to what the image adds to the score of a black one.
        var network = Network.Load(Model);
        using var session = new ModelSession(Explanation.Compile(network, new Saliency(),
            Target.Class((int)arrays.Read("target").ToInt64s()[0])));
        var black = session.Run(new Dictionary<string, Tensor>
        {
            [network.DefaultInput.Name] = Tensor.From(new float[3 * 32 * 32], 1, 3, 32, 32),
        });
        Near.Equal(arrays.Read("score").ToDoubles()[0] - black["score"].As<float>()[0], shares.Sum(), 1e-3);
        Assert.IsFalse(File.Exists(Path.Combine(work["out"], "index.html")));
    }

    [TestMethod]
    public async Task A_photograph_is_explained_by_fifty_regions_in_one_command()
    {
        using var work = new Workplace();
        var graph = new Graph();
        var x = graph.Input("image", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, 224, 224));
        float[] kernel = [.. Enumerable.Range(0, 2 * 3 * 16 * 16).Select(i => MathF.Sin(i * 0.37f) / 64)];
        var patches = x.Conv(graph.Constant(Tensor.From(kernel, 2, 3, 16, 16)), strides: [16, 16], dilations: [1, 1], pads: [0, 0, 0, 0]);
        graph.ToModel([("scores", patches.Relu().ReduceSum([2, 3], keepDimensions: false).Tanh())]).Save(work["photo.onnx"]);

        var done = await work.RunAsync("explain", "@photo.onnx", "--images", Path.Combine(Images, "source_big.png"), "-m", "kernel-shap",
            "--superpixels", "50", "--samples", "300", "--target", "1", "--preprocess", "torchvision", "--gap-name", "gap", "-o", "@out");

        Assert.AreEqual(0, done.ExitCode, done.Error);
        using var arrays = NpzArchive.Open(Path.Combine(work["out"], "arrays.npz"));
        CollectionAssert.AreEqual((int[])[1, 3, 224, 224], arrays.Read("kernel-shap").Shape.ToArray());
        Near.Equal(0, arrays.Read("gap").ToDoubles()[0], 1e-5);
        var network = Network.Load(work["photo.onnx"]);
        using var session = new ModelSession(Explanation.Compile(network, new Saliency(), Target.Class(1)));
        var none = session.Run(new Dictionary<string, Tensor> { ["image"] = Tensor.From(new float[3 * 224 * 224], 1, 3, 224, 224) });
        var change = arrays.Read("score").ToDoubles()[0] - none["score"].As<float>()[0];
        Near.Equal(change, arrays.Read("kernel-shap").ToDoubles().Sum(), 1e-4);
        // About fifty regions: each pixel of one has the same in all its channels.
        var regions = arrays.Read("kernel-shap").ToDoubles()[..(224 * 224)].Select(v => Math.Round(v, 9)).Distinct().Count();
        Finite.AtLeast(25, regions);
        Finite.AtMost(75, regions);
        Assert.Contains("gap", work.ReadCsv("out/images.csv")[0]);
        StringAssert.Contains(File.ReadAllText(Path.Combine(work["out"], "index.html")), ">sum ");
    }

    [TestMethod]
    public async Task Lists_and_folders_tell_labels()
    {
        using var work = new Workplace();
        Directory.CreateDirectory(work["set/a"]);
        Directory.CreateDirectory(work["set/b"]);
        File.Copy(Path.Combine(Images, "rgb8.png"), work["set/a/one.PNG"]);
        File.Copy(Path.Combine(Images, "exif6.jpg"), work["set/b/two.jpg"]);
        File.WriteAllText(work["list.tsv"], "ImagePath\tLabel\nset/b/two.jpg\tturned\nset/a/one.PNG\t\n");
        foreach (var (images, labels) in ((string, string)[])[("@set", "a b"), ("@list.tsv", "turned ")])
        {
            var done = await work.RunAsync("explain", Model, "--images", images, "--method", "saliency", "--overlay", "none", "-o",
                $"@out{labels.Length}");
            Assert.AreEqual(0, done.ExitCode, done.Error);
            var lines = File.ReadAllLines(Path.Combine(work[$"out{labels.Length}"], "images.csv"));
            Assert.AreEqual(labels, string.Join(' ', lines.Skip(1).Select(l => l.Split(',')[2])));
        }
    }

    [TestMethod]
    public async Task Wrong_use_is_told()
    {
        using var work = new Workplace();
        var file = Path.Combine(Images, "rgb8.png");
        string[] command = ["explain", Model, "--method", "saliency", "-o", "@out"];
        (await work.RunAsync(command)).WasWrongUse("Give rows with --data, or images with --images");
        (await work.RunAsync([.. command, "--images", file, "--data", "x.csv"])).WasWrongUse("not both");
        (await work.RunAsync([.. command, "--data", "x.csv", "--superpixels", "5"])).WasWrongUse("--superpixels is for images");
        (await work.RunAsync([.. command, "--images", file, "--preprocess", "torchvison"])).WasWrongUse("Did you mean 'torchvision'?");
        (await work.RunAsync([.. command, "--images", file, "--overlay", "glow"])).WasWrongUse("blend, value, heat");
        (await work.RunAsync([.. command, "--images", file, "--colors", "blues"])).WasWrongUse("no colour map 'blues'");
        (await work.RunAsync([.. command, "--images", file, "--on-error", "ask"])).WasWrongUse("stop or skip");
        (await work.RunAsync([.. command, "--images", "@none.png"])).Failed("There is no folder or image");
        File.WriteAllText(work["out"], "");
        (await work.RunAsync([.. command, "--images", file])).Failed("of images a folder was expected, but this is a file");
    }
}
