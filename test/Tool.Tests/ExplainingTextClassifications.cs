using System.Text.Json;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>A text classification of ML.NET, of whose package nothing is there, is explained word by word.</summary>
[TestClass]
public sealed class ExplainingTextClassifications
{
    [TestMethod]
    public async Task Words_share_out_the_score_by_gradients_and_by_taking_them_away()
    {
        using var work = new Workplace();
        Tokenizer(work);
        var model = Workplace.Given("nasbert_classes.zip");
        var done = await work.RunAsync("explain", model, "--text", "ab cd abc", "--tokenizer", work["dict.txt"], "--method",
            "integrated-gradients", "--baseline", "padding", "--method", "exact-shap", "--target", "2", "--output", "@words.json");
        Assert.AreEqual(0, done.ExitCode, done.Error);
        using var json = JsonDocument.Parse(File.ReadAllText(work["words.json"]));
        foreach (var result in json.RootElement.EnumerateArray())
        {
            Assert.AreEqual(2, result.GetProperty("target").GetInt32());
            CollectionAssert.AreEqual((string[])["ab", "cd", "abc"],
                result.GetProperty("words").EnumerateArray().Select(w => w.GetProperty("text").GetString()).ToArray());
            Assert.IsTrue(result.GetProperty("words").EnumerateArray().Any(w => Math.Abs(w.GetProperty("attribution").GetDouble()) > 1e-3));
        }
        // Ranks behind the four that come first, but 0 for b, as ML.NET has it; one stands in front, and none behind.
        int[] ids = [.. json.RootElement[0].GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("id").GetInt32())];
        CollectionAssert.AreEqual((int[])[0, 4, 0, 8, 6, 5, 8, 4, 0, 6], ids);
    }

    [TestMethod]
    public async Task Pairs_of_sentences_have_one_token_between_them()
    {
        using var work = new Workplace();
        Tokenizer(work);
        File.WriteAllText(work["pairs.csv"], "first,second\nab cd,abc\n");
        var done = await work.RunAsync("explain", Workplace.Given("nasbert_similarity.zip"), "--texts", "@pairs.csv", "--text-column", "first",
            "--second-column", "second", "--tokenizer", work["dict.txt"], "--method", "input-x-gradient", "--output", "@words.json");
        Assert.AreEqual(0, done.ExitCode, done.Error);
        using var json = JsonDocument.Parse(File.ReadAllText(work["words.json"]));
        int[] ids = [.. json.RootElement[0].GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("id").GetInt32())];
        CollectionAssert.AreEqual((int[])[0, 4, 0, 8, 6, 5, 2, 4, 0, 6], ids);
    }

    [TestMethod]
    public async Task It_is_listed_and_converted_and_files_beside_are_asked_for()
    {
        using var work = new Workplace();
        var model = Workplace.Given("nasbert_classes.zip");
        StringAssert.Contains((await work.RunAsync("layers", model, "--dimension", "tokens=8")).Out, "LayerNormalization");
        Assert.AreEqual(0, (await work.RunAsync("convert", model, "--output", "@net.onnx")).ExitCode);
        File.WriteAllText(work["dict.txt"], "0 5\n");
        (await work.RunAsync("explain", model, "--text", "ab", "--tokenizer", work["dict.txt"], "--method", "saliency"))
            .Failed("encoder.json");
    }

    // Letters as numbers, one merge of two, and numbers again by how often they occur.
    private static void Tokenizer(Workplace work)
    {
        File.WriteAllText(work["encoder.json"], """{"b": 0, "d": 1, "a": 2, "c": 3, "Ġ": 4, "Ġa": 5}""");
        File.WriteAllText(work["vocab.bpe"], "#version: 0.2\n");
        File.WriteAllText(work["dict.txt"], "2 90\n1 80\n3 70\n0 60\n4 50\n5 40\nmadeupword0000 0\n");
    }
}
