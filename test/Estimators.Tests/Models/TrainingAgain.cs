using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Evaluation;

namespace Microsoft.ML.Introspection.Estimators.Tests.Models;

/// <summary>Pipelines trained again without a column, and without a row.</summary>
[TestClass]
public sealed class TrainingAgain
{
    private readonly MLContext _mlContext = new(1);

    private IEstimator<ITransformer> Pipeline(IReadOnlyList<string> columns) => _mlContext.Transforms.Concatenate("Features", [.. columns])
        .Append(_mlContext.Regression.Trainers.OnlineGradientDescent());

    [TestMethod]
    public void ScoresAreThoseOfTrainingByHand()
    {
        var (houses, test) = (Houses(0, 80), Houses(80, 40));
        var told = new List<double>();

        var found = _mlContext.Model.LeaveOneOut(Pipeline, ["Rooms", "Age", "Noise"], _mlContext.Data.LoadFromEnumerable(houses),
            _mlContext.Data.LoadFromEnumerable(test), "Label", Metric.RootMeanSquaredError, [3, 7], progress: new Told(told.Add));

        var whole = Scores(["Rooms", "Age", "Noise"], houses, test);
        CollectionAssert.AreEqual(whole, found.Scores.ToArray());
        CollectionAssert.AreEqual(Differences(Scores(["Rooms", "Noise"], houses, test), whole), found.Features[1].Changes.ToArray());
        CollectionAssert.AreEqual(Differences(Scores(["Rooms", "Age", "Noise"], [.. houses.Where((_, i) => i != 7)], test), whole),
            found.Rows[1].Changes.ToArray());
        Assert.IsTrue(found.Features[0].Worse > found.Features[2].Worse);
        CollectionAssert.AreEqual((int[])[3, 7], found.Rows.Select(r => r.Left).ToArray());
        Near.Equal([.. Enumerable.Range(1, 5).Select(i => i / 5.0)], told.ToArray(), 1e-12);
    }

    [TestMethod]
    public void ReasonsOfPermutedLabelsAreThoseOfAModelTrainedOnThem()
    {
        var (training, rows) = (_mlContext.Data.LoadFromEnumerable(Houses(0, 80)), _mlContext.Data.LoadFromEnumerable(Houses(80, 40)));
        string[] columns = ["Rooms", "Age", "Noise"];
        DataRandomisation Test(int seed) => _mlContext.Model.RandomiseData(Pipeline(columns), training, rows, "Label",
            model => _mlContext.Transforms.Explain(model), metric: Metric.RootMeanSquaredError, seed: seed);

        var found = Test(1);

        double[][] Reasons(IDataView data) => [.. _mlContext.Transforms.Explain(Pipeline(columns).Fit(data)).Fit(data).Transform(rows)
            .GetColumn<float[]>("Shap").Select(r => Array.ConvertAll(r, a => (double)a))];
        var shuffled = new ShuffledColumn(training, "Label", 1);
        Near.Equal([.. Reasons(training).SelectMany(r => r)], [.. found.True.SelectMany(r => r)], 1e-9);
        Near.Equal([.. Reasons(shuffled).SelectMany(r => r)], [.. found.Permuted.SelectMany(r => r)], 1e-9);
        // The same labels, elsewhere; all else as it was.
        float[] Of(IDataView data, string column) => [.. data.GetColumn<float>(column)];
        CollectionAssert.AreEquivalent(Of(training, "Label"), Of(shuffled, "Label"));
        CollectionAssert.AreNotEqual(Of(training, "Label"), Of(shuffled, "Label"));
        CollectionAssert.AreEqual(Of(training, "Rooms"), Of(shuffled, "Rooms"));
        Finite.Above(found.TrueFit!.Value, found.PermutedFit!.Value);
        Near.Equal(Math.Sqrt(Scores(columns, Houses(0, 80), Houses(0, 80)).Zip(Houses(0, 80), (s, h) => Math.Pow(s - h.Label, 2)).Average()),
            found.TrueFit.Value, 1e-5);
        // What rooms are said to count is far less where they have nothing to do with prices.
        Finite.Above(2 * found.Permuted.Average(r => Math.Abs(r[0])), found.True.Average(r => Math.Abs(r[0])));
        Near.Equal(found.Permuted[3], Test(1).Permuted[3], 0);
        CollectionAssert.AreNotEqual(found.Permuted[3], Test(2).Permuted[3]);
        Assert.HasCount(40, found.Similarity(MapSimilarity.Spearman));
    }

    [TestMethod]
    public void ShuffledTextsAndTruthsStayWhatTheyAre()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 30).Select(i => new Named { Name = $"n{i}", IsTrue = i % 3 == 0 }));
        string[] names = [.. new ShuffledColumn(data, "Name", 4).GetColumn<string>("Name")];
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 30).Select(i => $"n{i}").ToArray(), names);
        Assert.AreEqual(10, new ShuffledColumn(data, "IsTrue", 4).GetColumn<bool>("IsTrue").Count(t => t));
        Assert.Contains("Name", Assert.ThrowsExactly<ArgumentException>(() => new ShuffledColumn(data, "Label", 1)).Message);
    }

    [TestMethod]
    public void WhatIsMissingIsSaid()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Houses(0, 20));
        Assert.Contains("Garden", Assert.ThrowsExactly<ArgumentException>(() =>
            _mlContext.Model.LeaveOneOut(Pipeline, ["Rooms", "Garden"], data, data, "Label", Metric.RootMeanSquaredError)).Message);
        Assert.Contains("Price", Assert.ThrowsExactly<ArgumentException>(() =>
            _mlContext.Model.LeaveOneOut(Pipeline, ["Rooms"], data, data, "Price", Metric.RootMeanSquaredError)).Message);
        Assert.ThrowsExactly<ArgumentException>(() =>
            _mlContext.Model.LeaveOneOut(Pipeline, ["Rooms", "Age"], data, data, "Label", Metric.RootMeanSquaredError, [20]));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => _mlContext.Model.LeaveOneOut(
            Pipeline, ["Rooms", "Age"], data, data, "Label", Metric.RootMeanSquaredError, cancellation: stop.Token));
    }

    private double[] Scores(string[] columns, IReadOnlyList<House> houses, IReadOnlyList<House> test)
    {
        var model = Pipeline(columns).Fit(_mlContext.Data.LoadFromEnumerable(houses));
        return [.. model.Transform(_mlContext.Data.LoadFromEnumerable(test)).GetColumn<float>("Score").Select(s => (double)s)];
    }

    private static double[] Differences(double[] some, double[] whole) => [.. some.Zip(whole, (a, b) => a - b)];

    private static List<House> Houses(int from, int count) => [.. Enumerable.Range(from, count).Select(i => new House
    {
        Rooms = i % 7 / 7f, Age = i * 37 % 10 / 10f, Noise = i * 13 % 11 / 11f, Label = 5 * (i % 7 / 7f) - i * 37 % 10 / 10f,
    })];

    private sealed class Told(Action<double> told) : IProgress<double>
    {
        public void Report(double value) => told(value);
    }

    private sealed class Named
    {
        public string Name { get; set; } = "";

        public bool IsTrue { get; set; }
    }

    private sealed class House
    {
        public float Rooms { get; set; }

        public float Age { get; set; }

        public float Noise { get; set; }

        public float Label { get; set; }
    }
}
