using System.Text.Json;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Texts in, words out: <c>introspect explain --text … --tokenizer …</c>.</summary>
[TestClass]
public sealed class ExplainingTexts
{
    private static readonly string Model = Given("classifier_transformer/model.onnx");
    private static readonly string Vocabulary = Given("wordpiece_uncased/vocab.txt");

    [TestMethod]
    [DataRow("classifier_transformer", "wordpiece_uncased/vocab.txt")]
    [DataRow("classifier_cnn", "sp_unigram/sp_unigram.model")]
    public async Task Words_are_those_of_the_reference(string folder, string tokenizer)
    {
        using var work = new Workplace();
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Given($"{folder}/words.json")));
        var sentences = reference.RootElement.GetProperty("sentences").EnumerateArray().ToList();
        work.Write("texts.txt", string.Join('\n', sentences.Select(s => s.GetProperty("text").GetString())));
        var outcome = await work.RunAsync("explain", Given($"{folder}/model.onnx"), "--texts", "@texts.txt", "--tokenizer", Given(tokenizer), "-m",
            "integrated-gradients", "--baseline", "padding", "-o", "@words.json", "--report", "@words.html");
        outcome.IsDone();
        Assert.Contains("Explained 30 rows", outcome.Out);

        using var found = JsonDocument.Parse(File.ReadAllBytes(work["words.json"]));
        var largest = sentences.SelectMany(s => Scores(s, "score")).Select(Math.Abs).Largest();
        foreach (var (sentence, own) in sentences.Zip(found.RootElement.EnumerateArray()))
        {
            Near.Equal(Scores(sentence, "score"), Scores(own, "attribution"), 1e-5 * largest);
            var rest = own.GetProperty("rest").EnumerateObject().Sum(r => r.Value.GetDouble());
            Near.Equal(own.GetProperty("total").GetDouble(), Scores(own, "attribution").Sum() + rest, 1e-6);
            foreach (var word in own.GetProperty("words").EnumerateArray())
                Assert.AreEqual(word.GetProperty("text").GetString(),
                    own.GetProperty("text").GetString()![word.GetProperty("start").GetInt32()..word.GetProperty("end").GetInt32()]);
        }
        Assert.Contains("Words that matter most", File.ReadAllText(work["words.html"]));
    }

    [TestMethod]
    public async Task Tables_have_a_line_for_each_word_and_for_what_is_none()
    {
        using var work = new Workplace();
        work.Write("reviews.csv", "id,review\n1,the film was great\n2,\"bad, very bad\"\n");
        (await work.RunAsync("explain", Model, "--texts", "@reviews.csv", "--text-column", "review", "--tokenizer", Vocabulary, "-m",
            "input-x-gradient", "-m", "lrp", "-o", "@words.csv")).IsDone();
        var table = work.ReadCsv("words.csv");
        Assert.AreEqual("row,method,target,score,kind,word,start,end,attribution", string.Join(',', table[0]));
        var first = table[1..].Where(l => l[0] == "0" && l[1] == "input-x-gradient").ToList();
        CollectionAssert.AreEqual((string[])["the", "film", "was", "great", "", "", ""], first.Select(l => l[5]).ToArray());
        CollectionAssert.AreEqual((string[])["word", "word", "word", "word", "added tokens", "padding", "blanks"],
            first.Select(l => l[4]).ToArray());
        Assert.HasCount(7, table[1..].Where(l => l[0] == "0" && l[1] == "lrp"));
    }

    [TestMethod]
    public async Task Words_are_listed_where_nothing_else_is_asked_for()
    {
        using var work = new Workplace();
        var outcome = await work.RunAsync("explain", Model, "--text", "the film was great", "--tokenizer", Vocabulary, "-m", "exact-shap");
        outcome.IsDone();
        Assert.Contains("text 0, exact-shap: target 1", outcome.Out);
        Assert.Contains("great", outcome.Out);
        var blank = await work.RunAsync("explain", Model, "--text", "  ", "--tokenizer", Vocabulary, "-m", "exact-shap");
        Assert.Contains("no word to explain", blank.IsDone().Out);
        Assert.IsEmpty(work.Files);
    }

    [TestMethod]
    public async Task No_character_is_lost_on_the_page()
    {
        const string text = "  Ünïcode <b>&amp;</b> 😀 שלום 東京の天気\tlast ";
        using var work = new Workplace();
        work.Write("texts.txt", text);
        (await work.RunAsync("explain", Model, "--texts", "@texts.txt", "--tokenizer", Vocabulary, "-m", "saliency", "--report", "@words.html",
            "-o", "@words.jsonl")).IsDone();
        var page = File.ReadAllText(work["words.html"]);
        var shown = string.Concat(System.Text.RegularExpressions.Regex.Matches(page, "<span class=\"word\">(.*?)</span>",
            System.Text.RegularExpressions.RegexOptions.Singleline).Select(m => System.Net.WebUtility.HtmlDecode(m.Groups[1].Value)));
        Assert.AreEqual(text, shown);
        Assert.DoesNotContain("<b>&amp;", page);
    }

    [TestMethod]
    public async Task What_is_missing_or_wrong_is_said()
    {
        using var work = new Workplace();
        (await work.RunAsync("explain", Model, "--text", "a", "-m", "saliency")).WasWrongUse("--tokenizer is missing");
        (await work.RunAsync("explain", Model, "-m", "saliency", "-o", "@out.csv")).WasWrongUse("--data", "--text");
        (await work.RunAsync("explain", Model, "--tokenizer", Vocabulary, "-m", "saliency", "--data", "@x.csv", "-o", "@out.csv"))
            .WasWrongUse("--tokenizer is for texts");
        (await work.RunAsync("explain", Model, "--text", "a", "--tokenizer", "@none.txt", "-m", "saliency")).Failed("none.txt");
        (await work.RunAsync("explain", Model, "--text", "a", "--tokenizer", Model, "-m", "saliency")).Failed("no tokenizer by its name");
        work.Write("vocab.txt", "hello\nworld\n");
        (await work.RunAsync("explain", Model, "--text", "a", "--tokenizer", "@vocab.txt", "-m", "saliency")).Failed("[CLS]");
        (await work.RunAsync("explain", Model, "--text", "a", "--tokenizer", Vocabulary, "-m", "saliency", "-o", "@out.npy"))
            .WasWrongUse("words go into a table");
        work.Write("two.csv", "id,review\n1,good\n");
        (await work.RunAsync("explain", Model, "--texts", "@two.csv", "--tokenizer", Vocabulary, "-m", "saliency", "--header"))
            .WasWrongUse("--text-column", "'review'");
    }

    private static string Given(string name) => Workplace.Given($"text/{name}");

    private static double[] Scores(JsonElement sentence, string name) =>
        [.. sentence.GetProperty("words").EnumerateArray().Select(w => w.GetProperty(name).GetDouble())];
}
