using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Quantitative input influence: unary, set and marginal influence, and their aggregates, counted out by hand.</summary>
[TestClass]
public sealed class MeasuringInfluence
{
    private const int Features = 4;

    private static readonly float[] Background = Samples.Seeded(1, 7, Features).As<float>().ToArray();
    private static readonly float[] Row = [1, -0.5f, 2, 0.3f];

    private static FunctionScorer Curved => Scorers.Of(Features, 2,
        rows => [.. rows.Chunk(Features).SelectMany(r => (double[])[r[0] * r[1] + Math.Sin(r[2]), r[3] - r[0] * r[2]])]);

    [TestMethod]
    public void Alone_a_feature_gets_what_drawing_it_costs()
    {
        var found = Box().Explain(new Qii(QiiMeasure.Unary), Row);
        for (var output = 0; output < 2; output++)
        {
            for (var f = 0; f < Features; f++)
            {
                Near.Equal(Expected(output, 15) - Expected(output, 15 & ~(1 << f)), found.Of(0, output)[f], 1e-9);
                Near.Equal(found.Of(0, output)[f], InputInfluence.OfSet(Curved, Background, Row, [f])[output], 1e-9);
            }
        }
    }

    [TestMethod]
    public void A_set_and_a_feature_on_top_of_it()
    {
        var set = InputInfluence.OfSet(Curved, Background, Row, [0, 2]);
        var marginal = InputInfluence.OfMarginal(Curved, Background, Row, 1, [0, 2]);
        for (var output = 0; output < 2; output++)
        {
            Near.Equal(Expected(output, 15) - Expected(output, 0b1010), set[output], 1e-9);
            Near.Equal(Expected(output, 0b1010) - Expected(output, 0b1000), marginal[output], 1e-9);
            Near.Equal(InputInfluence.OfSet(Curved, Background, Row, [0, 1, 2])[output], set[output] + marginal[output], 1e-9);
        }
        CollectionAssert.AreEqual(new double[2], InputInfluence.OfSet(Curved, Background, Row, []));
    }

    [TestMethod]
    [DataRow(QiiMeasure.Shapley)]
    [DataRow(QiiMeasure.Banzhaf)]
    public void Aggregates_of_few_features_are_exact(QiiMeasure measure)
    {
        var found = Box().Explain(new Qii(measure), Row);
        for (var output = 0; output < 2; output++)
        {
            double[] worth = [.. Enumerable.Range(0, 16).Select(s => Expected(output, s))];
            var expected = measure == QiiMeasure.Shapley ? Coalitional.Shapley(Features, worth) : Coalitional.Banzhaf(Features, worth);
            for (var f = 0; f < Features; f++)
                Near.Equal(expected[f], found.Of(0, output)[f], 1e-9);
        }
    }

    [TestMethod]
    [DataRow(QiiMeasure.Shapley)]
    [DataRow(QiiMeasure.Banzhaf)]
    public void Samples_come_near_at_the_rate_of_chance(QiiMeasure measure)
    {
        const int Many = 10;
        var (background, row) = (Samples.Seeded(2, 3, Many).As<float>().ToArray(), Samples.Seeded(3, Many).As<float>().ToArray());
        var scorer = Scorers.Single(Many, r => Math.Tanh(r[0] * r[1] + r[2] * r[3] * r[4] - r[5]) + r[6] * r[7] + r[8]);
        var box = new BlackBox(scorer, background);
        double[] worth = [.. Enumerable.Range(0, 1 << Many).Select(s => Worth(scorer, background, row, s, 0))];
        var exact = measure == QiiMeasure.Shapley ? Coalitional.Shapley(Many, worth) : Coalitional.Banzhaf(Many, worth);
        double Error(int samples) =>
            Math.Sqrt(
                Enumerable.Range(1, 30).Average(seed =>
                    box.Explain(new Qii(measure, samples, seed), row).Of(0).ToArray().Zip(exact, (a, b) => (a - b) * (a - b)).Sum()));
        var (few, many) = (Error(3), Error(48));
        Assert.IsTrue(few / many is > 2.8 and < 5.7, $"{few} of 3, {many} of 48");
        // A feature that adds the same to whatever set is told exactly.
        Near.Equal(exact[8], box.Explain(new Qii(measure, 3), row).Of(0)[8], 1e-6);
    }

    [TestMethod]
    [DataRow(QiiMeasure.Unary)]
    [DataRow(QiiMeasure.Shapley)]
    [DataRow(QiiMeasure.Banzhaf)]
    public void The_graph_gives_the_same(QiiMeasure measure)
    {
        var (network, arrays) = (References.Network("mlp_breast_cancer"), References.Arrays("mlp_breast_cancer"));
        var (input, background) = (arrays["input"].Head(2), Samples.Seeded(4, 3, 30));
        var method = new Qii(measure, 4) { Baseline = Baseline.Given(background) };
        using var scorer = new NetworkScorer(network);
        var box = new BlackBox(scorer, background.As<float>()).Explain(method, input.As<float>(), [1]);
        TensorAssert.AreClose(Tensor.From([.. box.Values.ToArray().Select(v => (float)v)], 2, 30), Explained.Run(network, method, input, 1),
            2e-5);
    }

    [TestMethod]
    public void Features_drawn_by_themselves_lose_what_ties_them()
    {
        // x1 is x0: together their product is never negative.
        var rows = Samples.Seeded(5, 200, 2).As<float>().ToArray();
        for (var r = 0; r < rows.Length; r += 2)
            rows[r + 1] = rows[r];
        var drawn = InputInfluence.Independent(rows, 2, 4000);
        Near.Equal(Mean(rows, 0), Mean(drawn, 0), 0.1);
        Near.Equal(0.5, drawn.Chunk(2).Count(r => r[0] * r[1] < 0) / 4000.0, 0.05);
        Assert.IsTrue(drawn.ToHashSet().IsSubsetOf(rows.ToHashSet()));
        var scorer = Scorers.Single(2, r => r[0] * r[1]);
        var (joint, apart) =
            (InputInfluence.OfSet(scorer, rows, [1, 1], [0, 1])[0], InputInfluence.OfSet(scorer, drawn, [1, 1], [0, 1])[0]);
        Near.Equal(1 - rows.Chunk(2).Average(r => (double)r[0] * r[0]), joint, 1e-6);
        Near.Equal(1 - Mean(rows, 0) * Mean(rows, 0), apart, 0.15);
        CollectionAssert.AreEqual(drawn, InputInfluence.Independent(rows, 2, 4000));
        CollectionAssert.AreNotEqual(drawn, InputInfluence.Independent(rows, 2, 4000, 2));
    }

    [TestMethod]
    public void The_predicted_class_and_a_difference_are_quantities_too()
    {
        // Class 1 where x0 > 0, whatever else.
        var scorer = Scorers.Of(2, 2, rows => [.. rows.Chunk(2).SelectMany(r => (double[])[-r[0], r[0] + 0.0 * r[1]])]);
        float[] background = [1, 1, -1, 2, -2, 3, -3, 1];
        var predicted = QuantityOfInterest.PredictedClass(scorer);
        CollectionAssert.AreEqual(scorer.OutputNames.ToArray(), predicted.OutputNames.ToArray());
        var unary = new BlackBox(predicted, background).Explain(new Qii(QiiMeasure.Unary), [2, 2]);
        Near.Equal(0.75, unary.Of(0, 1)[0], 1e-12, "three of four rows change the prediction");
        Near.Equal(-0.75, unary.Of(0, 0)[0], 1e-12);
        Assert.AreEqual(0, unary.Of(0, 1)[1]);

        var difference = QuantityOfInterest.Difference(scorer, 1, 0);
        Near.Equal(2 * 2 - 2 * -1.25, InputInfluence.OfSet(difference, background, [2, 2], [0])[0], 1e-9);
        var single = QuantityOfInterest.PredictedClass(Scorers.Single(2, r => r[0]), 0.5);
        Near.Equal(0.75, InputInfluence.OfSet(single, background, [2, 2], [0])[1], 1e-12);
        Assert.AreEqual("not y0", single.OutputNames[0]);
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Qii((QiiMeasure)9));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Qii(Samples: 0));
        Assert.ThrowsExactly<ArgumentException>(() => InputInfluence.OfSet(Curved, Background, [1, 2], [0]));
        Assert.ThrowsExactly<ArgumentException>(() => InputInfluence.OfSet(Curved, [], Row, [0]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => InputInfluence.OfSet(Curved, Background, Row, [4]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => QuantityOfInterest.Difference(Curved, 0, 2));
    }

    private static BlackBox Box() => new(Curved, Background);

    private static double Mean(float[] rows, int feature) => rows.Chunk(2).Average(r => r[feature]);

    private static double Expected(int output, int kept) => Worth(Curved, Background, Row, kept, output);

    // The mean over the background of the score with some features kept, bit by bit.
    private static double Worth(IScorer scorer, float[] background, float[] row, int kept, int output)
    {
        var features = row.Length;
        float[] rows = [.. background.Select((b, i) => (kept >> (i % features) & 1) != 0 ? row[i % features] : b)];
        var scores = new double[rows.Length / features * scorer.OutputNames.Count];
        scorer.Score(rows, scores);
        return scores.Chunk(scorer.OutputNames.Count).Average(s => s[output]);
    }
}
