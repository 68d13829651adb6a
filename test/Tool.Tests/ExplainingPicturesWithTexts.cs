using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Introspection.Text.Tests.Explaining;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Pictures with their texts in one attribution: <c>introspect explain --images … --texts …</c>.</summary>
[TestClass]
public sealed class ExplainingPicturesWithTexts
{
    private static readonly string Vocabulary = Workplace.Given("text/wordpiece_uncased/vocab.txt");

    [TestMethod]
    public async Task A_list_gives_each_picture_its_text_and_both_sum_to_the_scores_change()
    {
        using var work = Prepared();
        work.Write("pairs.tsv", "ImagePath\tText\tLabel\na.png\tthe film was not very good\tbad\nb.png\ta lovely <b>hotel</b>\n");
        Done(await work.RunAsync("explain", "@model.onnx", "--images", "@pairs.tsv", "--tokenizer", Vocabulary, "--preprocess", "plain",
            "-m", "integrated-gradients", "--steps", "64", "-m", "saliency", "-o", "@out"));

        var lines = work.ReadCsv("out/pairs.csv");
        Assert.AreEqual("row,image,text,label,method,target,score,base,picture,words,rest,total,gap", string.Join(',', lines[0]));
        Assert.HasCount(5, lines);
        Assert.AreEqual("bad", lines[1][3]);
        using var words = JsonDocument.Parse(File.ReadAllBytes(work["out/words.json"]));
        using var arrays = NpzArchive.Open(work["out/arrays.npz"]);
        var maps = arrays.Read("integrated-gradients");
        CollectionAssert.AreEqual((int[])[2, PictureTextSample.Height, PictureTextSample.Width], maps.Shape.ToArray());
        var tokenizer = TextTokenizer.Load(Vocabulary);
        (string, string)[] pairs = [("a.png", "the film was not very good"), ("b.png", "a lovely <b>hotel</b>")];
        foreach (var (row, (file, text)) in pairs.Index())
        {
            var line = lines.Single(l => l[0] == $"{row}" && l[4] == "integrated-gradients");
            double Number(int cell) => double.Parse(line[cell], CultureInfo.InvariantCulture);
            // The network says what both have: half of the product each.
            var picture = new Preprocessing(PictureTextSample.Width, PictureTextSample.Height) { Scale = 1 / 255.0 }
                .Apply(ImageFile.Read(work[file]).Image);
            var score = Math.Abs(PictureTextSample.Seen(picture) * tokenizer.Encode(text).Ids.Sum(PictureTextSample.Said));
            Near.Equal(score, Number(6), 1e-3 * score);
            Near.Equal(score / 2, Number(8), 1e-3 * score);
            Near.Equal(score / 2, Number(9) + Number(10), 1e-3 * score);
            Near.Equal(Number(6) - Number(7), Number(8) + Number(9) + Number(10), 1e-4 * score);
            Near.Equal(Number(8), maps.ToDoubles().Skip(row * 48).Take(48).Sum(), 1e-5 * score);
            var told = words.RootElement.EnumerateArray().Single(w => w.GetProperty("row").GetInt32() == row
                && w.GetProperty("method").GetString() == "integrated-gradients");
            Near.Equal(Number(9) + Number(10), told.GetProperty("total").GetDouble(), 1e-6 * score);
        }
        var page = File.ReadAllText(work["out/index.html"]);
        Assert.Contains("(50 %)", page);
        Assert.Contains("&lt;b&gt;hotel&lt;/b&gt;", page);
        Assert.DoesNotContain("<b>hotel", page);
    }

    [TestMethod]
    public async Task Texts_of_their_own_regions_and_baselines_for_each()
    {
        using var work = Prepared();
        work.Write("texts.txt", "not good\na lovely hotel\n");
        foreach (var texts in (string[][])[["--texts", "@texts.txt"], ["--text", "not good"]])
        {
            Done(await work.RunAsync(["explain", "@model.onnx", "--images", "@*.png", .. texts, "--tokenizer", Vocabulary, "--preprocess", "plain",
                "-m", "kernel-shap", "--superpixels", "4", "--baseline", "0.5|padding", "-o", $"@out{texts[0]}"]));
            var lines = work.ReadCsv($"out{texts[0]}/pairs.csv");
            Assert.HasCount(3, lines);
            foreach (var line in lines[1..])
                Near.Equal(0, double.Parse(line[12], CultureInfo.InvariantCulture), 1e-3);
        }
    }

    [TestMethod]
    public async Task What_is_missing_or_wrong_is_said()
    {
        using var work = Prepared();
        string[] command = ["explain", "@model.onnx", "-m", "saliency", "--tokenizer", Vocabulary, "--preprocess", "plain"];
        (await work.RunAsync([.. command, "--images", "@a.png", "-o", "@out"])).WasWrongUse("says no texts");
        (await work.RunAsync([.. command, "--images", "@a.png", "--text", "a"])).WasWrongUse("--output");
        (await work.RunAsync([.. command, "--images", "@a.png", "--text", "a", "-o", "@out", "--report", "@x.html"])).WasWrongUse("--report");
        (await work.RunAsync([.. command, "--images", "@*.png", "--text", "a", "--text", "b", "--text", "c", "-o", "@out"]))
            .Failed("2 pictures", "3 texts");
        (await work.RunAsync([.. command, "--images", "@a.png", "--text", "a", "--layer", "x", "-o", "@out"])).WasWrongUse("--layer");
        (await work.RunAsync(["explain", "@model.onnx", "-m", "saliency", "--images", "@a.png", "--text", "a", "-o", "@out"]))
            .WasWrongUse("--tokenizer is missing");
        (await work.RunAsync(["explain", Workplace.Given("resnet_tiny.onnx"), .. command[2..], "--images", "@a.png", "--text", "a", "-o", "@out"]))
            .Failed("numbers of the tokens");
        work.Write("pairs.tsv", "ImagePath\tText\na.png\n");
        (await work.RunAsync([.. command, "--images", "@pairs.tsv", "-o", "@out"])).Failed("pairs.tsv, line 2");
        work.Write("bad.png", "no picture");
        work.Write("pairs.tsv", "bad.png\ta\na.png\tb\n");
        (await work.RunAsync([.. command, "--images", "@pairs.tsv", "-o", "@out"])).FailedAfterNote("bad.png");
        Assert.IsFalse(Directory.Exists(work["out"]));
        var skipped = await work.RunAsync([.. command, "--images", "@pairs.tsv", "--on-error", "skip", "-o", "@out"]);
        Assert.Contains("1 files were left out", Done(skipped).Out);
        Assert.HasCount(2, work.ReadCsv("out/pairs.csv"));
    }

    // What was done with pictures is told in a line.
    private static Outcome Done(Outcome outcome)
    {
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        StringAssert.StartsWith(outcome.Error, "note: preprocessing plain");
        return outcome;
    }

    private static Workplace Prepared()
    {
        var work = new Workplace();
        PictureTextSample.Network().Save(work);
        PngWriter.Save(Raster.Create(8, 6, (x, y) => new Rgb((byte)(30 * x), (byte)(40 * y), 120)), work["a.png"]);
        PngWriter.Save(Raster.Create(8, 6, (x, y) => new Rgb(200, (byte)(30 * x), (byte)(40 * y))), work["b.png"]);
        return work;
    }
}
