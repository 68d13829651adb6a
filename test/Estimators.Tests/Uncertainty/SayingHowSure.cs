using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Estimators.Tests.Uncertainty;

/// <summary>Intervals and sets of classes beside predictions of ML.NET's own models.</summary>
[TestClass]
public sealed class SayingHowSure
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    public void Intervals_hold_the_truth_as_often_as_is_promised()
    {
        var (model, calibration, test) = Regression();
        using var fitted = _mlContext.Transforms.PredictionInterval("Interval").Fit(model.Transform(calibration));

        var rows = Rows<Judged>(fitted.Transform(model.Transform(test)));

        // 2,000 rows: five deviations of the share, calibration's own included.
        Finite.AtLeast(0.86, rows.Average(r => r.Interval[0] <= r.Label && r.Label <= r.Interval[1] ? 1.0 : 0));
        Finite.AtMost(0.94, rows.Average(r => r.Interval[0] <= r.Label && r.Label <= r.Interval[1] ? 1.0 : 0));
        foreach (var row in rows)
        {
            var (lower, upper) = fitted.Intervals.Of(Band.Around(row.Score));
            Assert.AreEqual(((float)lower, (float)upper), (row.Interval[0], row.Interval[1]));
        }
        VBuffer<ReadOnlyMemory<char>> names = default;
        fitted.GetOutputSchema(model.Transform(test).Schema)["Interval"].GetSlotNames(ref names);
        Assert.AreEqual("lower upper", string.Join(' ', names.DenseValues()));
    }

    [TestMethod]
    public void They_are_saved_with_the_model_and_need_no_plugin()
    {
        var (model, calibration, test) = Regression();
        using var fitted = _mlContext.Transforms.PredictionInterval("Interval", "Label", new()
        {
            GroupColumnName = "Group", UncertaintyColumnName = "Spread", Alpha = 0.2, IsSymmetric = false,
        }).Fit(model.Transform(calibration));
        var expected = Rows<Judged>(fitted.Transform(model.Transform(test)));
        using var stream = new MemoryStream();
        _mlContext.Model.Save(model.Append(fitted), calibration.Schema, stream);
        stream.Position = 0;

        var loaded = new MLContext().Model.Load(stream, out _);

        Assert.IsTrue(((IEnumerable<ITransformer>)loaded).All(t => !t.GetType().Assembly.GetName().Name!.Contains("Introspection")));
        var found = Rows<Judged>(loaded.Transform(test));
        CollectionAssert.AreEqual(expected.SelectMany(r => r.Interval).ToArray(), found.SelectMany(r => r.Interval).ToArray());
        Assert.AreEqual(2, fitted.Intervals.Thresholds.Count);
        Finite.AtLeast(2, expected.Select(r => r.Interval[1] - r.Interval[0]).Distinct().Count());
    }

    [TestMethod]
    [DataRow(false, false)]
    [DataRow(true, false)]
    [DataRow(true, true)]
    public void Sets_hold_the_true_class_as_often_as_is_promised(bool cumulated, bool isDrawn)
    {
        var rows = Enumerable.Range(0, 3000).Select(i => Flower(i)).ToList();
        IDataView Part(int from, int to) => _mlContext.Data.LoadFromEnumerable(rows[from..to]);
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Label", "Kind")
            .Append(_mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
        var model = pipeline.Fit(Part(0, 1000));
        using var fitted = _mlContext.Transforms.PredictionSet("Classes", "Kind", new()
        {
            Score = cumulated ? new CumulativeProbability() : new LeastAmbiguous(), WithCrossing = cumulated && !isDrawn,
            DrawSeed = isDrawn ? 7 : null,
        }).Fit(model.Transform(Part(1000, 2000)));

        var whole = model.Append(fitted);
        var scored = whole.Transform(Part(2000, 3000));
        VBuffer<ReadOnlyMemory<char>> slots = default;
        scored.Schema["Classes"].GetSlotNames(ref slots);
        string[] names = [.. slots.DenseValues().Select(n => n.ToString())];
        CollectionAssert.AreEquivalent((string[])["one", "three", "two"], names);
        var found = Rows<Sorted>(scored);
        var coverage = found.Average(r => r.Classes[Array.IndexOf(names, r.Kind)] ? 1.0 : 0);
        Finite.AtLeast(0.85, coverage);
        Assert.IsTrue(found.Any(r => r.Classes.Count(c => c) > 1) && found.Any(r => r.Classes.Count(c => c) == 1));
        foreach (var row in found)
        {
            double[] p = [.. row.Score.Select(p => (double)p)];
            CollectionAssert.AreEqual(
                fitted.Sets.Of(p, isDrawn ? ConformalSets.DrawOf(p, 7) : 0, withCrossing: cumulated && !isDrawn), row.Classes);
        }

        using var stream = new MemoryStream();
        _mlContext.Model.Save(whole, Part(0, 1).Schema, stream);
        stream.Position = 0;
        CollectionAssert.AreEqual(found.SelectMany(r => r.Classes).ToArray(),
            Rows<Sorted>(new MLContext().Model.Load(stream, out _).Transform(Part(2000, 3000))).SelectMany(r => r.Classes).ToArray());
    }

    [TestMethod]
    public void The_chance_of_a_yes_makes_sets_of_two()
    {
        var rows = Enumerable.Range(0, 900)
            .Select(i => new Answer { Features = [i % 30, i % 7], Label = i % 30 + i % 7 * 2 + i % 11 > 27 }).ToList();
        var model = _mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(_mlContext.Data.LoadFromEnumerable(rows[..300]));
        using var fitted = _mlContext.Transforms.PredictionSet("Answers", "Label", new() { ProbabilityColumnName = "Probability" })
            .Fit(model.Transform(_mlContext.Data.LoadFromEnumerable(rows[300..600])));
        var found = Rows<Answered>(fitted.Transform(model.Transform(_mlContext.Data.LoadFromEnumerable(rows[600..]))));
        Finite.AtLeast(0.85, found.Average(r => r.Answers[r.Label ? 1 : 0] ? 1.0 : 0));
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        var (model, calibration, _) = Regression();
        var scored = model.Transform(calibration);
        var transforms = _mlContext.Transforms;
        Says("Nowhere", () => transforms.PredictionInterval("I", "Label", new() { ScoreColumnName = "Nowhere" }).Fit(scored));
        Says("Truth", () => transforms.PredictionInterval("I", "Truth").Fit(scored));
        Says("name of its own", () => transforms.PredictionInterval("Score"));
        Says("no rows", () => transforms.PredictionInterval("I").Fit(_mlContext.Data.LoadFromEnumerable(Array.Empty<Measured>())));
        Says("NaN", () => transforms.PredictionInterval("I").Fit(_mlContext.Data.LoadFromEnumerable(
            new[] { new Measured { Score = 1, Label = float.NaN } })));
        Says("0 and 1", () => transforms.PredictionSet("I", "Label", new() { Alpha = 1 }));
        Says("none of the 2 classes", () => transforms.PredictionSet("I").Fit(_mlContext.Data.LoadFromEnumerable(
            new[] { new Measured { Score = 1, Label = 2.5f } })));

        static void Says(string words, Action act)
        {
            var error = Assert.Throws<ArgumentException>(act);
            StringAssert.Contains(error.Message, words);
        }
    }

    private (ITransformer Model, IDataView Calibration, IDataView Test) Regression()
    {
        var random = new Random(11);
        var rows = Enumerable.Range(0, 4000).Select(i =>
        {
            var (a, b) = (random.NextSingle(), random.NextSingle());
            var noise = (float)Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * (float)Math.Cos(6.2832 * random.NextDouble());
            return new Sample { Features = [a, b], Label = 3 * a - b + noise * (0.1f + a), Group = i % 2 + 3, Spread = 0.1f + a };
        }).ToList();
        IDataView Part(int from, int to) => _mlContext.Data.LoadFromEnumerable(rows[from..to]);
        return (_mlContext.Regression.Trainers.OnlineGradientDescent().Fit(Part(0, 1000)), Part(1000, 2000), Part(2000, 4000));
    }

    private static Flowering Flower(int i)
    {
        var random = new Random(100 + i);
        var kind = random.Next(3);
        return new Flowering
        {
            Features = [kind + 2.4f * random.NextSingle(), random.NextSingle() - 0.4f * kind],
            Kind = kind switch { 0 => "one", 1 => "two", _ => "three" },
        };
    }

    private List<T> Rows<T>(IDataView data) where T : class, new() => [.. _mlContext.Data.CreateEnumerable<T>(data, reuseRowObject: false)];

    private sealed class Sample
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }

        public int Group { get; set; }

        public float Spread { get; set; }
    }

    private sealed class Measured
    {
        public float Score { get; set; }

        public float Label { get; set; }
    }

    private sealed class Judged
    {
        public float Score { get; set; }

        public float Label { get; set; }

        public float[] Interval { get; set; } = [];
    }

    private sealed class Flowering
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public string Kind { get; set; } = "";
    }

    private sealed class Sorted
    {
        public string Kind { get; set; } = "";

        public float[] Score { get; set; } = [];

        public bool[] Classes { get; set; } = [];
    }

    private sealed class Answer
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }

    private sealed class Answered
    {
        public bool Label { get; set; }

        public bool[] Answers { get; set; } = [];
    }
}
