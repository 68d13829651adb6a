using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Commands of dreams, inversions, accentuations, icons, and pages of a whole network.</summary>
[TestClass]
public class DreamingOfPictures
{
    private const string Layer = "/layer3/relu2/Relu";

    [TestMethod]
    public async Task Dreams_as_a_picture_a_film_numbers_and_a_page()
    {
        using var work = Prepared();
        string[] command =
            ["dream", Workplace.Given("resnet_tiny.onnx"), "--image", "@photo.png", "-l", Layer, "--octaves", "2", "-n", "2", "--preprocess", "plain"];
        (await work.RunAsync([.. command, "-o", "@dream.png", "--report", "@dream.html"])).IsSaidAfterNotes("Dreamed at");
        var dream = ImageFile.Read(work["dream.png"]).Image;
        Finite.AtLeast(45, dream.Width);
        Assert.Contains("Octave 2", File.ReadAllText(work["dream.html"]));
        (await work.RunAsync([.. command, "--size", "48,50", "-o", "@dream.npz"])).IsSaidAfterNotes("Dreamed at");
        using (var archive = NpzArchive.Open(work["dream.npz"]))
        {
            CollectionAssert.AreEqual((int[])[1, 3, 50, 48], archive.Read("image").Shape.ToArray());
            CollectionAssert.AreEqual((int[])[2, 1], archive.Read("objective1").Shape.ToArray());
            var values = archive.Read("image").ToDoubles();
            Assert.IsTrue(Array.TrueForAll(values, v => v is >= 0 and <= 1));
        }
        (await work.RunAsync([.. command, "--size", "48,50", "--frames", "2", "-o", "@fall.apng"])).IsSaidAfterNotes("Dreamed at");
        Assert.Contains("acTL", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(work["fall.apng"])));
        // Guided: by itself it sees other things than by another.
        PngWriter.Save(Raster.Create(50, 50, (x, y) => new Rgb((byte)(x / 5 % 2 * 255), 40, 90)), work["stripes.png"]);
        foreach (var guide in (string[])["photo", "stripes"])
            (await work.RunAsync([.. command, "--size", "48,50", "--guide", $"@{guide}.png", "-o", $"@{guide}.npz"])).IsSaidAfterNotes("Dreamed at");
        using (NpzArchive own = NpzArchive.Open(work["photo.npz"]), other = NpzArchive.Open(work["stripes.npz"]))
        {
            CollectionAssert.AreNotEqual(own.Read("image").ToDoubles(), other.Read("image").ToDoubles());
            var curve = other.Read("objective1").ToDoubles();
            Finite.Above(curve[0], curve[^1]);
        }
        (await work.RunAsync([.. command, "-c", "1", "--guide", "@stripes.png", "-o", "@x.png"])).WasWrongUse("Either a channel");
        (await work.RunAsync([.. command, "--guide", "@none.png", "-o", "@x.png"])).FailedAfterNote("none.png");
        (await work.RunAsync([.. command, "--guide", "@stripes.png", "-o", "@stripes.png"])).WasWrongUse("is read");
        (await work.RunAsync(command)).WasWrongUse("--report FILE.html");
        (await work.RunAsync([.. command, "-o", "@x.gif"])).WasWrongUse(".apng");
        (await work.RunAsync([.. command, "-o", "@x.png", "--size", "9"])).WasWrongUse("WIDTH,HEIGHT");
        (await work.RunAsync([.. command, "-o", "@x.png", "--size", "20,20"])).FailedAfterNote("fewer octaves");
        (await work.RunAsync([.. command[..2], "-l", Layer, "-o", "@x.png"])).WasWrongUse("--image FILE");
        (await work.RunAsync([.. command, "-o", "@photo.png"])).WasWrongUse("is read");
    }

    [TestMethod]
    public async Task Inversions_and_accentuations()
    {
        using var work = Prepared();
        var model = Workplace.Given("resnet_tiny.onnx");
        string[] given = ["--image", "@photo.png", "--preprocess", "plain", "-n", "12"];
        (await work.RunAsync(["invert", model, .. given, "-l", "/layer1/relu2/Relu", "-l", Layer, "-o", "@inverted.npz", "--report", "@inverted.html"]))
            .IsSaidAfterNotes("Wrote");
        using (var archive = NpzArchive.Open(work["inverted.npz"]))
        {
            var curve = archive.Read($"{Layer}/objective").ToDoubles();
            Finite.Above(curve[0], curve[^1]);
        }
        Assert.Contains(Layer, File.ReadAllText(work["inverted.html"]));
        (await work.RunAsync(["accentuate", model, .. given, "-c", "1,4", "-o", "@more.npz", "--report", "@more.html"])).IsSaidAfterNotes("Wrote");
        using (var archive = NpzArchive.Open(work["more.npz"]))
        {
            var (curve, images) = (archive.Read("objective").ToDoubles(), archive.Read("image"));
            CollectionAssert.AreEqual((int[])[2, 3, 32, 32], images.Shape.ToArray());
            Finite.Above(curve[0], curve[^2]);
            Finite.Above(curve[1], curve[^1]);
        }
        Assert.Contains("Changed", File.ReadAllText(work["more.html"]));
        (await work.RunAsync(["accentuate", model, .. given, "-c", "1", "-o", "@sheet.png"])).IsSaidAfterNotes("Wrote");
        (await work.RunAsync(["accentuate", model, .. given, "-c", "1", "-l", "none", "-o", "@x.png"])).FailedAfterNote("no layer 'none'");
        // Rows of numbers, too.
        (await work.RunAsync("invert", model, "--data", "@rows.npy", "--row", "2", "-n", "2", "-l", Layer, "-o", "@row.png")).IsDone();
        (await work.RunAsync("invert", model, "--data", "@rows.npy", "--row", "99", "-n", "2", "-l", Layer, "-o", "@x.png")).FailedAfterNote("no row 99");
        (await work.RunAsync("invert", model, "--data", "@rows.npy", "--image", "@photo.png", "-l", Layer, "-o", "@x.png"))
            .WasWrongUse("Either");
    }

    [TestMethod]
    public async Task Grids_and_atlases()
    {
        using var work = Prepared();
        var model = Workplace.Given("resnet_tiny.onnx");
        (await work.RunAsync("grid", model, "--image", "@photo.png", "--preprocess", "plain", "-n", "2", "-l", "/layer3/relu2/Relu", "-o",
            "@grid.npz", "--report", "@grid.html")).IsSaidAfterNotes("Wrote");
        using (var archive = NpzArchive.Open(work["grid.npz"]))
            Assert.AreEqual(archive.Read("icon").Shape[0], archive.Read("attribution").Count);
        Assert.Contains("icon-map", File.ReadAllText(work["grid.html"]));
        string[] command = ["atlas", model, "--data", "@rows.npy", "-l", Layer, "-n", "2", "--grid", "2", "--least", "1", "--positions", "3"];
        (await work.RunAsync([.. command, "-o", "@atlas.npz", "--report", "@atlas.html"])).IsDone();
        using (var archive = NpzArchive.Open(work["atlas.npz"]))
        {
            CollectionAssert.AreEqual((int[])[18, 2], archive.Read("points").Shape.ToArray());
            Assert.AreEqual(archive.Read("cell").Shape[0], archive.Read("icon").Shape[0]);
        }
        (await work.RunAsync([.. command, "-o", "@atlas.png", "--projection", "components"])).IsDone();
        (await work.RunAsync([.. command[..8], "-o", "@x.png", "--grid", "0"])).WasWrongUse("From 1 to");
    }

    [TestMethod]
    public async Task A_whole_network_in_pages_that_go_on()
    {
        using var work = Prepared();
        var model = Workplace.Given("resnet_tiny.onnx");
        string[] command =
        [
            "features", model, "--data", "@rows.npy", "-l", Layer, "-l", "/layer1/relu2/Relu", "-u", "3", "--top", "2", "-n", "2", "-o", "@pages",
        ];
        (await work.RunAsync([.. command, "--minutes", "0.0000001"])).IsSaidAfterNotes("2 of 2 layers are left");
        Assert.Contains("not yet", File.ReadAllText(Path.Combine(work["pages"], "index.html")));
        (await work.RunAsync(command)).IsDone();
        var file = Path.Combine(work["pages"], "00-layer3-relu2-Relu.html");
        var page = File.ReadAllText(file);
        foreach (var words in (string[])["optimised", "Unit 2", "mean "])
            Assert.Contains(words, page);
        Assert.DoesNotContain("Unit 3<", page);
        Assert.Contains("href=\"00-layer3-relu2-Relu.html\"", File.ReadAllText(Path.Combine(work["pages"], "index.html")));
        // What is there stays; what is missing is made again.
        File.WriteAllText(file, "mine");
        File.Delete(Path.Combine(work["pages"], "01-layer1-relu2-Relu.html"));
        (await work.RunAsync(command)).IsDone();
        Assert.AreEqual("mine", File.ReadAllText(file));
        Assert.IsTrue(File.Exists(Path.Combine(work["pages"], "01-layer1-relu2-Relu.html")));
        (await work.RunAsync([.. command[..8], "-u", "4", "--top", "2", "-n", "2", "-o", "@pages"])).FailedAfterNote("other options");
        (await work.RunAsync([.. command[..8], "-u", "4", "--top", "2", "-n", "2", "-o", "@pages"])).FailedAfterNote("other options (--units was 3, and is 4)");
        // Other rows, another network, other layers.
        var rows = File.ReadAllBytes(work["rows.npy"]);
        FindingConcepts.Images(work["rows.npy"], 7, i => i % 3);
        (await work.RunAsync(command)).FailedAfterNote("other rows");
        File.WriteAllBytes(work["rows.npy"], rows);
        var other = Onnx.OnnxModel.Load(model).Proto.Clone();
        other.Graph.Name = "another";
        new Onnx.OnnxModel(other).Save(work["other.onnx"]);
        (await work.RunAsync([command[0], work["other.onnx"], .. command[2..]])).FailedAfterNote("another network");
        (await work.RunAsync([.. command[..6], .. command[8..]])).FailedAfterNote("other layers");
        // Small pages show fewer units, a small disk fewer pages.
        (await work.RunAsync([.. command, "--page-mib", "0"])).WasWrongUse("--page-mib");
        Directory.CreateDirectory(work["full"]);
        File.WriteAllText(Path.Combine(work["full"], "a.txt"), "");
        (await work.RunAsync([.. command[..^1], "@full"])).FailedAfterNote("did not begin it");
    }

    [TestMethod]
    public async Task Pages_of_a_folder_of_images_go_on_with_the_same_images()
    {
        using var work = Prepared();
        Directory.CreateDirectory(work["photos"]);
        foreach (var i in Enumerable.Range(0, 3))
            PngWriter.Save(Raster.Create(40, 40, (x, y) => new Rgb((byte)(x * i), (byte)y, 9)), Path.Combine(work["photos"], $"{i}.png"));
        string[] command =
        [
            "features", Workplace.Given("resnet_tiny.onnx"), "--images", "@photos", "-l", Layer, "-u", "2", "--top", "2", "-n", "0", "-o", "@pages",
        ];
        (await work.RunAsync([.. command, "--preprocess", "plain"])).IsSaidAfterNotes("the largest 0.");
        (await work.RunAsync([.. command, "--preprocess", "plain"])).IsSaidAfterNotes("MiB");
        (await work.RunAsync([.. command, "--preprocess", "torchvision"])).FailedAfterNote("prepared otherwise");
        PngWriter.Save(Raster.Create(40, 40, (_, _) => new Rgb(1, 2, 3)), Path.Combine(work["photos"], "1.png"));
        (await work.RunAsync([.. command, "--preprocess", "plain"])).FailedAfterNote("other rows");
    }

    private static Workplace Prepared()
    {
        var work = new Workplace();
        FindingConcepts.Images(work["rows.npy"], 6, i => i % 3);
        PngWriter.Save(Raster.Create(40, 36, (x, y) => new Rgb((byte)(6 * x), (byte)(7 * y), (byte)(x * y % 256))), work["photo.png"]);
        return work;
    }
}
