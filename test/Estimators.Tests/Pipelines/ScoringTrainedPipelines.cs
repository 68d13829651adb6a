using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Tests.Pipelines;

/// <summary>
/// Whole pipelines with featurisers and models of many kinds, asked with mixed rows: the scores are those of real data with these values.
/// </summary>
[TestClass]
public sealed class ScoringTrainedPipelines
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [DataRow("FastTree", "Score")]
    [DataRow("LightGBM", "Probability")]
    [DataRow("logistic regression", "Probability")]
    [DataRow("factorization machine", "Score")]
    [DataRow("several classes", "Score")]
    [DataRow("naive Bayes", "Score")]
    [DataRow("pairs", "Score")]
    [DataRow("regression", "Score")]
    public void Mixed_rows_score_like_data_with_their_values(string kind, string output)
    {
        var listings = Enumerable.Range(0, 400).Select(Listing.Number).ToArray();
        var data = _ml.Data.LoadFromEnumerable(listings);
        var model = Pipeline(kind).Fit(data);
        using var scorer = new PipelineScorer(model, data.Schema, new PipelineScorerOptions { OutputColumn = output });
        CollectionAssert.AreEqual(new[] { "Town", "Note", "Rooms", "Size", "Price", "New", "Extras" },
            scorer.Columns.Select(c => c.Name).ToArray());
        if (kind is "several classes" or "naive Bayes" or "pairs")
            CollectionAssert.AreEquivalent(new[] { "low", "middle", "high" }, scorer.OutputNames.ToArray());
        else
            Assert.AreEqual(output, scorer.OutputNames.Single());

        Compare(model.Transform(data), scorer, scorer.Encode(data), output);

        var unseen = Enumerable.Range(1000, 150).Select(Listing.Number).ToArray();
        var rows = scorer.Encode(_ml.Data.LoadFromEnumerable(unseen));
        var random = new Random(5);
        var count = scorer.FeatureNames.Count;
        var mixed = new float[rows.Length];
        var expected = new Listing[unseen.Length];
        for (var row = 0; row < expected.Length; row++)
        {
            var from = scorer.Columns.Select(_ => random.Next(unseen.Length)).ToArray();
            foreach (var (column, source) in scorer.Columns.Zip(from))
                rows.AsSpan(source * count + column.FirstFeature, column.FeatureCount)
                    .CopyTo(mixed.AsSpan(row * count + column.FirstFeature));
            expected[row] = new Listing
            {
                Town = unseen[from[0]].Town, Note = unseen[from[1]].Note, Rooms = unseen[from[2]].Rooms, Size = unseen[from[3]].Size,
                Price = unseen[from[4]].Price, New = unseen[from[5]].New, Extras = unseen[from[6]].Extras,
            };
        }
        Compare(model.Transform(_ml.Data.LoadFromEnumerable(expected)), scorer, mixed, output);
    }

    [TestMethod]
    public void A_column_of_texts_is_explained_word_by_word()
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 400).Select(Listing.Number).ToArray());
        using var scorer = new PipelineScorer(Pipeline("regression").Fit(data), data.Schema);
        var row = scorer.Encode(data, maximumRows: 1);
        var remembered = scorer.Remembered;
        var explained = new TextLime(scorer.OutputNames, scorer.ScoresOfTexts("Note", row), new TextLimeOptions { Samples = 400 }).Explain(
            "bright noisy garden");
        Assert.AreEqual("noisy", explained.Reasons[0].Description);
        Finite.Below(-0.5, explained.Reasons[0].Weight, "Noise costs a listing up to seven.");
        CollectionAssert.AreEqual(remembered.ToArray(), scorer.Remembered.ToArray(), "Texts that were made up are not kept.");

        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => scorer.ScoresOfTexts("Rooms", row)).Message,
            "such columns are: 'Town', 'Note'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => scorer.ScoresOfTexts("Note", row[1..])).Message,
            "9 features was expected; given were 8");
    }

    [TestMethod]
    public void What_the_scores_hang_on_gets_worse_without_it()
    {
        var (training, test) = (Enumerable.Range(0, 400).Select(Listing.Number), Enumerable.Range(1000, 200).Select(Listing.Number));
        var data = _ml.Data.LoadFromEnumerable(training);
        var unseen = _ml.Data.LoadFromEnumerable(test);
        var size = _ml.Model.PermutationImportance(Pipeline("regression").Fit(data), unseen, "Worth", Metric.RootMeanSquaredError)[0];
        Assert.AreEqual("Size", size.Name, "It spreads the worth most.");
        Finite.Above(0.5, size.Low);
        var classes = _ml.Model.PermutationImportance(Pipeline("several classes").Fit(data), unseen, "Class", Metric.Accuracy());
        Assert.AreEqual("Size", classes[0].Name);
        Finite.Above(0.05, classes[0].Low);
    }

    private static void Compare(IDataView scored, PipelineScorer scorer, float[] rows, string output)
    {
        var expected = Support.Agreement.Scores(scored, output);
        var actual = ScoringPipelines.Scores(scorer, rows);
        Assert.HasCount(expected.Length, actual);
        Finite.Above(1, expected.Select(e => e[0]).Distinct().Count());
        for (var row = 0; row < expected.Length; row++)
            CollectionAssert.AreEqual(Array.ConvertAll(expected[row], v => (double)v), actual[row], $"row {row}");
    }

    private IEstimator<ITransformer> Pipeline(string kind)
    {
        var features = Training.OneHot(_ml, "Town")
            .Append(Training.FeaturizeText(_ml, "Words", "Note"))
            .Append(Training.ToSingle(_ml, "RoomsNumber", "Rooms"))
            .Append(Training.ToSingle(_ml, "PriceNumber", "Price"))
            .Append(Training.ToSingle(_ml, "NewNumber", "New"))
            .Append(_ml.Transforms.Concatenate("Features", "Town", "Words", "RoomsNumber", "Size", "PriceNumber", "NewNumber", "Extras"))
            .Append(_ml.Transforms.NormalizeMinMax("Features"));
        var classes = features.Append(Training.ToKey(_ml, "Class")).Append(_ml.Transforms.CopyColumns("Label", "Class"));
        return kind switch
        {
            "FastTree" => features.Append(_ml.Transforms.CopyColumns("Label", "IsGood")).Append(Training.FastTreeBinary(_ml)),
            "LightGBM" => features.Append(_ml.Transforms.CopyColumns("Label", "IsGood")).Append(Training.LightGbmBinary(_ml)),
            "logistic regression" =>
                features.Append(_ml.Transforms.CopyColumns("Label", "IsGood")).Append(Training.LogisticRegression(_ml)),
            "factorization machine" =>
                features.Append(_ml.Transforms.CopyColumns("Label", "IsGood")).Append(Training.FactorizationMachine(_ml)),
            "several classes" =>
                classes.Append(Training.LightGbmMulticlass(_ml, softmax: true)).Append(Training.ToValue(_ml, "PredictedLabel")),
            "naive Bayes" => classes.Append(Training.NaiveBayes(_ml)).Append(Training.ToValue(_ml, "PredictedLabel")),
            "pairs" => classes.Append(Training.PairwiseCoupling(_ml)),
            _ => features.Append(_ml.Transforms.CopyColumns("Label", "Worth")).Append(Training.FastForestRegression(_ml)),
        };
    }

    public sealed class Listing
    {
        public string Town { get; set; } = "";

        public string Note { get; set; } = "";

        public int Rooms { get; set; }

        public float Size { get; set; }

        public double Price { get; set; }

        public bool New { get; set; }

        [VectorType(3)]
        public float[] Extras { get; set; } = [];

        public bool IsGood { get; set; }

        public string Class { get; set; } = "";

        public float Worth { get; set; }

        public static Listing Number(int i)
        {
            var random = new Random(i);
            string[] words = ["quiet", "garden", "noisy", "bright", "old", "lift", "balcony", "street"];
            var listing = new Listing
            {
                Town = $"town {random.Next(6)}", Rooms = random.Next(1, 7), Size = 20 + random.NextSingle() * 150,
                Price = random.NextDouble() * 3000, New = random.Next(2) == 0,
                Extras = [random.Next(2), random.NextSingle(), random.Next(5)],
                Note = string.Join(' ', Enumerable.Range(0, random.Next(5)).Select(_ => words[random.Next(words.Length)])),
            };
            listing.Worth =
                listing.Size * 0.1f + (listing.Note.Contains("noisy", StringComparison.Ordinal) ? -5 : 2) - (float)listing.Price / 300
                    + listing.Town[^1] % 3 * 3 + listing.Rooms;
            listing.IsGood = listing.Worth > 8;
            listing.Class = listing.Worth < 5 ? "low" : listing.Worth < 12 ? "middle" : "high";
            return listing;
        }
    }
}
