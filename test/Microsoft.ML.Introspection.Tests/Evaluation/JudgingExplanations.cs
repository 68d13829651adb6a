using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

/// <summary>What holds of every metric: ranges, flat and broken maps, passes, directions.</summary>
[TestClass]
public sealed class JudgingExplanations
{
    private const int Side = 6, Size = Side * Side;

    private static readonly double[] Weights = [.. Enumerable.Range(0, Size).Select(i => Math.Sin(i * 1.7) * (i % 5))];

    public static IEnumerable<object[]> Metrics => MetricCatalog.All.Select(m => new object[] { m.Name });

    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void NumbersLieInTheRange(string name)
    {
        var metric = MetricCatalog.Create(name);
        foreach (var scale in (double[])[1, 0.01, 30])
            foreach (var number in metric.Of(Rows(row => [.. Weights.Select((w, i) => scale * (w + Math.Cos(i * (row + 1))))])))
            {
                Finite.AtLeast(double.IsInfinity(metric.Range.Low) ? double.MinValue : metric.Range.Low - 1e-12, number, name);
                Finite.AtMost(double.IsInfinity(metric.Range.High) ? double.MaxValue : metric.Range.High + 1e-12, number, name);
            }
    }

    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void ABrokenMapIsNotJudgedAndSpoilsNoOther(string name)
    {
        var metric = MetricCatalog.Create(name);
        double[] Map(int row) => [.. Weights.Select((w, i) => w + Math.Cos(i * (row + 1)))];
        var broken = metric.Of(Rows(row => row == 3 ? [double.NaN, .. Map(row)[1..]] : Map(row)));
        Assert.IsTrue(double.IsNaN(broken[3]), name);
        for (var row = 0; row < 3; row++)
            Assert.IsFalse(double.IsNaN(broken[row]), $"{name}: row {row}");
    }

    [TestMethod]
    public void ValuesOfATableAreThoseOfTheClassThatIsAsked()
    {
        var model = new LinearModel([1, -2, 0, 0.5, 0, 3], 0, 1);
        using var explainer = Explainer.For(model, new ExplainerOptions { Background = new Background([1, 1, 1]) });
        using var scores = RowFunction.Scores(explainer);
        using var values = RowFunction.Explanations(explainer);
        double[] rows = [3, 1, 2, 0, 4, 1];
        Near.Equal([1, 8.5, -8, 4], scores.Of(rows), 1e-12);
        Near.Equal([2, 0, 0, -0.5, 0, 0], values.Of(rows, [0, 1]), 1e-12);
        Near.Equal([1, 0, 3, -1, -6, 0], values.Of(rows, [1, 0]), 1e-12);
        using var lime = RowFunction.Explanations(
            new TabularLime(model, [.. Enumerable.Range(0, 300).Select(i => (float)Math.Sin(i * 7.7))], new() { Samples = 500, Features = null }), 3);
        var said = lime.Of([0.9, -0.9, 0.9], [1]);
        Finite.AtLeast(Math.Abs(said[0]), said[2]);
        Finite.AtMost(Math.Abs(said[0]), Math.Abs(said[1]));
        using var first = Explainer.For(model, new ExplainerOptions { Background = new([1, 1, 1]), Outputs = new(Target.Class(0)) });
        Assert.Throws<ArgumentException>(() => RowFunction.Explanations(first));
    }

    [TestMethod]
    [DataRow("sparseness", 0.0, 0.0)]
    [DataRow("complexity", 3.58351893845611, double.NaN)]
    [DataRow("effective-complexity", 36.0, 0.0)]
    [DataRow("faithfulness-correlation", double.NaN, double.NaN)]
    [DataRow("faithfulness-estimate", double.NaN, double.NaN)]
    [DataRow("mu-fidelity", double.NaN, double.NaN)]
    [DataRow("sensitivity-n", double.NaN, double.NaN)]
    [DataRow("monotonicity-correlation", double.NaN, double.NaN)]
    [DataRow("localisation-auc", 0.5, 0.5)]
    [DataRow("average-precision", 0.25, 0.25)]
    [DataRow("pointing-game", 1.0, 1.0)]
    [DataRow("attribution-localisation", 0.25, 0.0)]
    [DataRow("relevance-mass-accuracy", 0.25, double.NaN)]
    [DataRow("mask-f1", 0.4, double.NaN)]
    [DataRow("focus", 0.25, double.NaN)]
    [DataRow("arcc", double.NaN, double.NaN)]
    public void FlatMapsGiveWhatIsSaid(string name, double ofConstant, double ofZeros)
    {
        var metric = MetricCatalog.Create(name);
        foreach (var (value, expected) in new[] { (1.0, ofConstant), (0.0, ofZeros) })
        {
            var rows = Rows(_ => [.. Enumerable.Repeat(value, Size)]);
            foreach (var number in metric.Of(rows))
            {
                if (double.IsNaN(expected))
                    Assert.IsTrue(double.IsNaN(number), $"{name} of {value}: {number}");
                else
                    Near.Equal(expected, number, 1e-8, $"{name} of {value}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void FlatMapsNeverEndInAnError(string name)
    {
        foreach (var value in (double[])[0, 1, -2.5])
            Assert.HasCount(5, MetricCatalog.Create(name).Of(Rows(_ => [.. Enumerable.Repeat(value, Size)])));
    }

    // Of a linear model the product of weights and inputs is the truth; that with its sign turned is the worst.
    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void TheTruthIsBetterThanItsOpposite(string name)
    {
        var described = MetricCatalog.Find(name);
        var metric = described.Create(new Dictionary<string, string>());
        if (described.Family != "faithfulness" || name is "sufficiency" or "monotonicity-correlation" or "monotonicity" or "pgi" or "pgu"
            or "arcc" or "average-drop" or "average-increase" or "average-gain" or "confidence-change" or "drop-in-confidence" or "irof"
            or "infidelity")
            return;
        metric = Following(metric);
        var inputs = Inputs();
        double[] Truth(int row) => [.. Weights.Select((w, i) => w * inputs[row * Size + i])];
        var (good, bad) = (metric.Of(Rows(Truth)).Average(), metric.Of(Rows(row => [.. Truth(row).Select(t => -t)])).Average());
        if (metric.Better == Direction.Higher)
            Finite.Above(bad, good, name);
        else
            Finite.Below(bad, good, name);
    }

    [TestMethod]
    public void CorrelationsOfTheTruthAreOne()
    {
        var inputs = Inputs();
        foreach (var name in (string[])["faithfulness-correlation", "faithfulness-estimate", "mu-fidelity", "sensitivity-n"])
            foreach (var number in MetricCatalog.Create(name).Of(Rows(row => [.. Weights.Select((w, i) => w * inputs[row * Size + i])])))
                Near.Equal(1, number, 1e-9, name);
    }

    [TestMethod]
    public void InfidelityOfAGradientOfALinearModelIsZero()
    {
        foreach (var number in new Infidelity().Of(Rows(_ => Weights)))
            Near.Equal(0, number, 1e-18);
    }

    [TestMethod]
    public void ACurveTakesThePassesThatItNeeds()
    {
        using var scores = RowFunction.Of(Size, 2, Linear);
        var rows = new ExplainedRows(Inputs(), Inputs(), [1, Side, Side], scores, new int[5]);
        new PixelFlipping(1).Of(rows);
        Assert.AreEqual(5L * Size, scores.Passes);
        new RegionPerturbation(3).Of(rows);
        Assert.AreEqual(5L * Size + 5 + 5 * 4, scores.Passes);
    }

    [TestMethod]
    public void WhatIsDrawnForARowDependsOnNoOther()
    {
        var all = new FaithfulnessCorrelation().Of(Rows(_ => Weights));
        using var scores = RowFunction.Of(Size, 2, Linear);
        var alone = new FaithfulnessCorrelation().Of(
            new ExplainedRows(Inputs().AsSpan(2 * Size, Size), Weights, [1, Side, Side], scores, [0]) { First = 2 });
        Assert.AreEqual(all[2], alone[0]);
        Assert.AreNotEqual(all[2], new FaithfulnessCorrelation(Seed: 2).Of(Rows(_ => Weights))[2]);
    }

    [TestMethod]
    public void WhatIsMissingIsSaid()
    {
        var bare = new ExplainedRows(Inputs(), Inputs(), [1, Side, Side]);
        foreach (var name in (string[])["deletion", "max-sensitivity", "pointing-game"])
            Assert.ThrowsExactly<InvalidOperationException>(() => MetricCatalog.Create(name).Of(bare), name);
        Assert.Contains("masks", Assert.ThrowsExactly<InvalidOperationException>(() => new Focus().Of(bare)).Message);
        var table = new ExplainedRows(Inputs(), Inputs(), [Size], null);
        Assert.Contains("pictures", Assert.ThrowsExactly<InvalidOperationException>(() => new Road().Of(table)).Message);
        Assert.Contains("pixel-flipping", Assert.ThrowsExactly<ArgumentException>(() => MetricCatalog.Create("pixels")).Message);
    }

    private static double[] Inputs() => [.. Enumerable.Range(0, 5 * Size).Select(i => 1.5 + Math.Sin(i * 0.37))];

    private static ExplanationMetric Following(ExplanationMetric metric) => metric switch
    {
        PerturbingMetric m => m with { Follows = JudgedScore.Score },
        PerturbingCurve m => m with { Follows = JudgedScore.Score },
        Road m => m with { Measure = RoadMeasure.Score },
        var m => m,
    };

    private static ExplainedRows Rows(Func<int, double[]> map) => new(
        Inputs(), [.. Enumerable.Range(0, 5).SelectMany(map)], [1, Side, Side],
        RowFunction.Of(Size, 2, Linear, ScoreLink.Softmax), new int[5])
    {
        Explains = RowFunction.Of(Size, Size, (rows, _, said) =>
        {
            for (var i = 0; i < said.Length; i++)
                said[i] = Weights[i % Size] * rows[i];
        }),
        Representation = RowFunction.Of(Size, 2, Linear),
        Masks = [.. Enumerable.Range(0, 5 * Size).Select(i => i % Side < 3 && i % Size / Side < 3)],
    };

    private static void Linear(ReadOnlySpan<double> rows, ReadOnlySpan<int> targets, Span<double> scores)
    {
        for (var row = 0; row < rows.Length / Size; row++)
            for (var i = 0; i < Size; i++)
            {
                scores[row * 2] += Weights[i] * rows[row * Size + i];
                scores[row * 2 + 1] -= Weights[i] * rows[row * Size + i];
            }
    }
}
