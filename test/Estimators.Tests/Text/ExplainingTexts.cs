using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Text;

namespace Microsoft.ML.Introspection.Estimators.Tests.Text;

/// <summary>A column of texts in, columns of words and their scores out.</summary>
[TestClass]
public sealed class ExplainingTexts
{
    private const int Length = 16;

    private readonly MLContext _mlContext = new();

    [TestMethod]
    public void One_pipeline_scores_texts_and_explains_them_by_words()
    {
        var (tokenizer, file) = (TextTokenizer.Load(Given("wordpiece_uncased/vocab.txt")), Given("classifier_transformer/model.onnx"));
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Given("classifier_transformer/words.json")));
        var sentences = reference.RootElement.GetProperty("sentences").EnumerateArray().ToList();
        var data = _mlContext.Data.LoadFromEnumerable(sentences.Select(s => new Review { Text = s.GetProperty("text").GetString()! }));

        var pipeline = _mlContext.Transforms.Tokens("Text", tokenizer, new TokensOptions { Length = Length })
            .Append(_mlContext.Transforms.ApplyOnnxModel(["logits"], ["input_ids", "attention_mask"], file,
                new Dictionary<string, int[]> { ["input_ids"] = [1, Length], ["attention_mask"] = [1, Length], ["logits"] = [1, 2] }, gpuDeviceId: null, fallbackToCpu: true))
            .Append(_mlContext.Transforms.Attribution("token_scores", "input_ids", file,
                new PerToken(new IntegratedGradients { Baseline = Baseline.Token(tokenizer.PaddingId) }), new AttributionOptions
                {
                    ExplainedInputs = ["input_ids"],
                    Network = new NetworkOptions { Dimensions = new Dictionary<string, long> { ["sequence"] = Length } },
                }))
            .Append(_mlContext.Transforms.Words("Text", "token_scores"));
        var model = pipeline.Fit(data);
        var rows = _mlContext.Data.CreateEnumerable<Explained>(model.Transform(data), reuseRowObject: false).ToList();

        Assert.HasCount(sentences.Count, rows);
        var largest = sentences.SelectMany(Scores).Select(Math.Abs).Largest();
        foreach (var (sentence, row) in sentences.Zip(rows))
        {
            CollectionAssert.AreEqual(
                sentence.GetProperty("words").EnumerateArray().Select(w => w.GetProperty("text").GetString()).ToArray(), row.Words);
            Near.Equal(Scores(sentence), Array.ConvertAll(row.WordScores!, s => (double)s), 1e-5 * largest);
            Near.Equal(sentence.GetProperty("no_text_score").GetDouble(), row.Rest, 1e-5 * largest);
            Assert.HasCount(2, row.Logits!);
        }

        using var engine = _mlContext.Model.CreatePredictionEngine<Review, Explained>(model);
        Near.Equal(rows[1].WordScores!, engine.Predict(new Review { Text = sentences[1].GetProperty("text").GetString()! }).WordScores!, 1e-5);
    }

    [TestMethod]
    public void Columns_hold_tokens_mask_types_and_places()
    {
        var tokenizer = TextTokenizer.Load(Given("wordpiece_uncased/vocab.txt"));
        var data = _mlContext.Data.LoadFromEnumerable([new Review { Text = "not good" }, new Review { Text = "" }]);
        var estimator = _mlContext.Transforms.Tokens("Text", tokenizer, new TokensOptions { Length = 5, TypeIdsColumnName = "types" });
        var tokens = estimator.Fit(data).Transform(data);
        foreach (var name in (string[])["input_ids", "attention_mask", "types", "offsets"])
            Assert.IsNotNull(tokens.Schema.GetColumnOrNull(name), name);
        Assert.AreEqual(10, ((VectorDataViewType)tokens.Schema["offsets"].Type).Size);
        var ids = tokens.GetColumn<long[]>("input_ids").ToList();
        CollectionAssert.AreEqual(tokenizer.Encode("not good").Ids.Select(i => (long)i).Append(0).ToArray(), ids[0]);
        CollectionAssert.AreEqual((long[])[1, 1, 0, 0, 0], tokens.GetColumn<long[]>("attention_mask").Last());
        CollectionAssert.AreEqual((long[])[0, 0, 0, 3, 4, 8, 0, 0, 0, 0], tokens.GetColumn<long[]>("offsets").First());
    }

    [TestMethod]
    public void Saving_is_refused_with_the_way_out()
    {
        var tokenizer = TextTokenizer.Load(Given("wordpiece_uncased/vocab.txt"));
        var data = _mlContext.Data.LoadFromEnumerable([new Review { Text = "not good" }]);
        var model = _mlContext.Transforms.Tokens("Text", tokenizer).Fit(data);
        var refused = Assert.ThrowsExactly<NotSupportedException>(() => _mlContext.Model.Save(model, data.Schema, new MemoryStream()));
        Assert.Contains("put Tokens in front", refused.Message);
    }

    private static string Given(string name) => Path.Combine(AppContext.BaseDirectory, "TestData", "text", name);

    private static double[] Scores(JsonElement sentence) =>
        [.. sentence.GetProperty("words").EnumerateArray().Select(w => w.GetProperty("score").GetDouble())];

    private sealed class Review
    {
        public string Text { get; set; } = "";
    }

    private sealed class Explained
    {
        [ColumnName("words")]
        public string[]? Words { get; set; }

        [ColumnName("word_scores")]
        public float[]? WordScores { get; set; }

        [ColumnName("rest")]
        public float Rest { get; set; }

        [ColumnName("logits")]
        public float[]? Logits { get; set; }
    }
}
