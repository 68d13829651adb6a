using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
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
        var largest = sentences.SelectMany(WordScores).Select(Math.Abs).Largest();
        foreach (var (sentence, row) in sentences.Zip(rows))
        {
            CollectionAssert.AreEqual(
                sentence.GetProperty("words").EnumerateArray().Select(w => w.GetProperty("text").GetString()).ToArray(), row.Words);
            Near.Equal(WordScores(sentence), Array.ConvertAll(row.WordScores!, s => (double)s), 1e-5 * largest);
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
    public void Numbers_have_32_bits_where_the_network_wants_them()
    {
        var tokenizer = TextTokenizer.Load(Given("wordpiece_uncased/vocab.txt"));
        var data = _mlContext.Data.LoadFromEnumerable([new Review { Text = "not good" }]);
        var tokens = _mlContext.Transforms.Tokens("Text", tokenizer,
            new TokensOptions { Length = 5, NumberKind = DataKind.Int32, TypeIdsColumnName = "token_type_ids" }).Fit(data).Transform(data);
        CollectionAssert.AreEqual(tokenizer.Encode("not good").Ids.Append(0).ToArray(), tokens.GetColumn<int[]>("input_ids").Single());
        CollectionAssert.AreEqual((int[])[1, 1, 1, 1, 0], tokens.GetColumn<int[]>("attention_mask").Single());
        Assert.AreEqual(NumberDataViewType.Int32, ((VectorDataViewType)tokens.Schema["token_type_ids"].Type).ItemType);
        Assert.AreEqual(NumberDataViewType.Int64, ((VectorDataViewType)tokens.Schema["offsets"].Type).ItemType);
        Assert.IsNull(tokens.Schema.GetColumnOrNull("sequences"), "of single texts");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TokensOptions { NumberKind = DataKind.Single });
        Assert.ThrowsExactly<ArgumentException>(() => new TokensOptions { SecondColumnName = " " });
    }

    [TestMethod]
    public void Pairs_have_types_and_words_of_either_text()
    {
        var tokenizer = TextTokenizer.Load(Given("wordpiece_uncased/vocab.txt"));
        Pair[] pairs = [new() { First = "the film was good", Second = "but not the hotel" }, new() { First = "good", Second = "" }];
        var data = _mlContext.Data.LoadFromEnumerable(pairs);
        var tokens = _mlContext.Transforms.Tokens("First", tokenizer, new TokensOptions
        {
            Length = 12, SecondColumnName = "Second", TypeIdsColumnName = "token_type_ids",
        }).Fit(data).Transform(data);
        var types = tokens.GetColumn<long[]>("token_type_ids").ToList();
        var sequences = tokens.GetColumn<long[]>("sequences").ToList();
        for (var row = 0; row < pairs.Length; row++)
        {
            var expected = tokenizer.Encode(pairs[row].First, pairs[row].Second, new EncodingOptions { MaximumLength = 12 }).Tokens;
            var padding = 12 - expected.Count;
            CollectionAssert.AreEqual((long[])[.. expected.Select(t => (long)t.Id), .. new long[padding]],
                tokens.GetColumn<long[]>("input_ids").ElementAt(row));
            CollectionAssert.AreEqual((long[])[.. expected.Select(t => (long)t.TypeId), .. new long[padding]], types[row]);
            CollectionAssert.AreEqual(
                (long[])[.. expected.Select(t => (long)(t.Sequence ?? -1)), .. Enumerable.Repeat(-1L, padding)], sequences[row]);
        }

        // Each token has a score of its own: words and rest sum to all of them.
        var scored = _mlContext.Transforms.CustomMapping<Numbers, Scores>((row, scores) =>
            scores.Values = [.. row.Ids!.Select((id, i) => 0.01f * id + i)], null).Fit(tokens).Transform(tokens);
        var words = _mlContext.Transforms.Words("First", "Values", new WordsOptions { SecondColumnName = "Second" })
            .Fit(scored).Transform(scored);
        var rows = _mlContext.Data.CreateEnumerable<WordsOfPairs>(words, reuseRowObject: false).ToList();
        CollectionAssert.AreEqual((string[])["the", "film", "was", "good", "but", "not", "the", "hotel"], rows[0].Words);
        CollectionAssert.AreEqual((long[])[0, 0, 0, 0, 1, 1, 1, 1], rows[0].Sequences);
        CollectionAssert.AreEqual((string[])["good"], rows[1].Words);
        foreach (var (row, values) in rows.Zip(scored.GetColumn<float[]>("Values")))
            Near.Equal(values.Sum(), row.Scores!.Sum() + row.Rest, 1e-3);
        var ids = tokens.GetColumn<long[]>("input_ids").First();
        Near.Equal(0.01f * ids[6] + 6, rows[0].Scores![4], 1e-4, "'but' is the seventh token");
    }

    [TestMethod]
    public void A_network_of_pairs_with_32_bit_inputs_is_explained_in_one_pipeline()
    {
        const int Tokens = 12;
        var tokenizer = TextTokenizer.Load(Given("wordpiece_uncased/vocab.txt"));
        var folder = Directory.CreateTempSubdirectory("estimators-tests-");
        var file = Path.Combine(folder.FullName, "pairs.onnx");
        // Each token says its cosine, those of the second text three times as loud.
        var graph = new Graph();
        var shape = new Shape(Dimension.Symbol("N"), Tokens);
        var (ids, types, mask) = (graph.Input("input_ids", ElementType.Int32, shape), graph.Input("token_type_ids", ElementType.Int32, shape),
            graph.Input("attention_mask", ElementType.Int32, shape));
        var table = graph.Constant(Tensor.From([.. Enumerable.Range(0, tokenizer.VocabularySize).Select(Said)], tokenizer.VocabularySize, 1));
        var loud = (types.Cast(ElementType.Float) * 2 + 1) * mask.Cast(ElementType.Float);
        graph.ToModel([("score", (table.Gather(ids) * loud.Unsqueeze(2)).ReduceSum([1], keepDimensions: false))]).Save(file);

        Pair[] pairs = [new() { First = "the film was good", Second = "but not the hotel" }];
        var data = _mlContext.Data.LoadFromEnumerable(pairs);
        var pipeline = _mlContext.Transforms.Tokens("First", tokenizer, new TokensOptions
            {
                Length = Tokens, SecondColumnName = "Second", TypeIdsColumnName = "token_type_ids", NumberKind = DataKind.Int32,
            })
            .Append(_mlContext.Transforms.Attribution("Why", "input_ids", file, new PerToken(new IntegratedGradients(8)),
                new AttributionOptions { ExplainedInputs = ["input_ids"] }))
            .Append(_mlContext.Transforms.Words("First", "Why", new WordsOptions { SecondColumnName = "Second" }));
        var row = _mlContext.Data.CreateEnumerable<WordsOfPairs>(pipeline.Fit(data).Transform(data), reuseRowObject: false).Single();

        var tokens = tokenizer.Encode(pairs[0].First, pairs[0].Second).Tokens;
        Near.Equal([.. tokens.Where(t => t.Sequence is not null).Select(t => (double)Said(t.Id) * (1 + 2 * t.TypeId))],
            [.. row.Scores!.Select(s => (double)s)], 1e-5);
        Near.Equal(tokens.Where(t => t.Sequence is null).Sum(t => (double)Said(t.Id) * (1 + 2 * t.TypeId)), row.Rest, 1e-5);
        folder.Delete(recursive: true);

        static float Said(int token) => MathF.Cos(token);
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

    private static double[] WordScores(JsonElement sentence) =>
        [.. sentence.GetProperty("words").EnumerateArray().Select(w => w.GetProperty("score").GetDouble())];

    private sealed class Pair
    {
        public string First { get; set; } = "";

        public string Second { get; set; } = "";
    }

    private sealed class Numbers
    {
        [ColumnName("input_ids")]
        public long[]? Ids { get; set; }
    }

    private sealed class Scores
    {
        public float[]? Values { get; set; }
    }

    private sealed class WordsOfPairs
    {
        [ColumnName("words")]
        public string[]? Words { get; set; }

        [ColumnName("word_sequences")]
        public long[]? Sequences { get; set; }

        [ColumnName("word_scores")]
        public float[]? Scores { get; set; }

        [ColumnName("rest")]
        public float Rest { get; set; }
    }

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
