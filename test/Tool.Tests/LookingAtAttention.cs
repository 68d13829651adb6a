using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>The command of attention, against methods that <c>explain</c> runs.</summary>
[TestClass]
public class LookingAtAttention
{
    [TestMethod]
    public async Task Maps_of_all_blocks_their_flow_and_a_page()
    {
        using var work = new Workplace();
        var model = Workplace.Given("attention/encoder_prenorm.onnx");
        NpyArray.From([.. Enumerable.Range(0, 2 * 7 * 16).Select(i => MathF.Sin(i * i))], 2, 7, 16).Save(work["rows.npy"]);
        File.WriteAllLines(work["names.txt"], ["not", "bad", "at", "all", "<b>", "said", "she"]);
        string[] command = ["attention", model, "--data", "@rows.npy", "--row", "1"];
        (await work.RunAsync([.. command, "-o", "@maps.npz", "--flow", "all", "--report", "@heads.html", "--tokens", "@names.txt"])).IsDone();
        using var maps = NpzArchive.Open(work["maps.npz"]);
        CollectionAssert.AreEqual((int[])[4, 7, 7], maps.Read("block0").Shape.ToArray());
        CollectionAssert.AreEqual((int[])[7, 7], maps.Read("attention-flow").Shape.ToArray());
        (await work.RunAsync("explain", model, "--data", "@rows.npy", "-m", "attention", "--heads", "max", "--block", "0", "--query", "all",
            "-o", "@all.npy")).IsDone();
        var expected = NpyArray.Load(work["all.npy"]).ToDoubles()[49..];
        var heads = maps.Read("block0").ToDoubles();
        for (var i = 0; i < 49; i++)
            Near.Equal(expected[i], Enumerable.Range(0, 4).Select(h => heads[49 * h + i]).Aggregate(Math.Max), 1e-6);
        var page = File.ReadAllText(work["heads.html"]);
        Assert.Contains("\"she\"", page);
        Assert.DoesNotContain("\"<b>\"", page);
        Assert.Contains("Attention flow", page);

        (await work.RunAsync([.. command, "-o", "@one.npz", "--flow", "3"])).IsDone();
        using var one = NpzArchive.Open(work["one.npz"]);
        CollectionAssert.AreEqual(maps.Read("attention-flow").ToDoubles()[21..28], one.Read("attention-flow").ToDoubles());
        (await work.RunAsync([.. command, "-o", "@mean.png"])).IsDone();
        (await work.RunAsync([.. command, "-o", "@x.npz", "--flow", "9"])).WasWrongUse("no token 9");
        (await work.RunAsync([.. command, "-o", "@x.npz", "--flow", "some"])).WasWrongUse("takes all, or the number");
        (await work.RunAsync("attention", model, "-o", "@x.npz")).WasWrongUse("--data FILE");
        File.WriteAllLines(work["names.txt"], ["not", "bad"]);
        (await work.RunAsync([.. command, "-o", "@x.npz", "--tokens", "@names.txt"])).WasWrongUse("2 names of tokens");
        (await work.RunAsync("attention", Workplace.Given("cnn_digits.onnx"), "--data", "@digits.npy", "-o", "@x.npz")).Failed("digits.npy");
        NpyArray.From(new float[64], 1, 1, 8, 8).Save(work["digits.npy"]);
        (await work.RunAsync("attention", Workplace.Given("cnn_digits.onnx"), "--data", "@digits.npy", "-o", "@x.npz")).Failed("no attention");
        Assert.IsFalse(File.Exists(work["x.npz"]));
    }

    [TestMethod]
    public async Task Tokens_of_a_text_have_their_names()
    {
        using var work = new Workplace();
        var (model, words) = (Workplace.Given("attention/transformer_text.onnx"), work["vocab.txt"]);
        File.WriteAllLines(words, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "bad", "end"]);
        (await work.RunAsync("attention", model, "--text", "a bad end", "--tokenizer", words, "--report", "@heads.html", "-o", "@maps.npz"))
            .IsDone();
        Assert.Contains("[CLS]", File.ReadAllText(work["heads.html"]));
        using var maps = NpzArchive.Open(work["maps.npz"]);
        foreach (var row in maps.Read("block1").ToDoubles().Chunk(maps.Read("block1").Shape[^1]))
            Near.Equal(1, row.Sum(), 1e-5);
        (await work.RunAsync("attention", model, "--text", "a bad end", "-o", "@x.npz")).WasWrongUse("--tokenizer FILE");
        (await work.RunAsync("layers", model)).IsSaid("Attention");
    }
}
