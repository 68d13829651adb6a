using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Networks asked for scores: inputs of any kind as features, whatever the batch.</summary>
[TestClass]
public sealed class ScoringNetworks
{
    private static readonly RuntimeOptions OneThread = new() { Threads = 1 };

    [TestMethod]
    [DataRow("mlp_breast_cancer")]
    [DataRow("cnn_digits")]
    [DataRow("vgg_tiny")]
    public void Scores_are_the_logits(string model)
    {
        var arrays = References.Arrays(model);
        using var scorer = new NetworkScorer(References.Network(model), runtime: OneThread);
        AreLogits(arrays["logits"], arrays["input"], scorer);
    }

    [TestMethod]
    [DataRow("transformer_text")]
    [DataRow("lstm_text")]
    public void Token_numbers_are_features_that_are_codes(string model)
    {
        var arrays = References.Arrays(model);
        using var scorer = new NetworkScorer(References.Network(model), runtime: OneThread);
        AreLogits(arrays["logits"], arrays["token_ids"], scorer);
        Assert.IsTrue(Enumerable.Range(0, 12).All(scorer.IsCategorical));
        var error = Assert.ThrowsExactly<ArgumentException>(() => scorer.Score([1, 2, 3.5f, 4, 5, 6, 7, 8, 9, 10, 11, 12], new double[2]));
        StringAssert.Contains(error.Message, "element 2 is 3.5, which is no such whole number");
        Assert.ThrowsExactly<ArgumentException>(() => scorer.Score([1, 2, float.NaN, 4, 5, 6, 7, 8, 9, 10, 11, 12], new double[2]));
    }

    [TestMethod]
    public void The_final_activation_is_dropped_unless_it_is_kept()
    {
        var arrays = References.Arrays("cnn_digits_softmax");
        var rows = arrays["input"].As<float>();
        using var kept =
            new NetworkScorer(Network.Load(References.ModelFile("cnn_digits_softmax"), new NetworkOptions { KeepFinalActivation = true }),
                runtime: OneThread);
        AreLogits(arrays["logits"], arrays["input"], kept);
        using var dropped = new NetworkScorer(OnnxModel.Load(References.ModelFile("cnn_digits_softmax")), runtime: OneThread);
        var scores = new double[80];
        dropped.Score(rows, scores);
        var exponentials = scores[..10].Select(Math.Exp).ToList();
        for (var i = 0; i < 10; i++)
            Near.Equal(arrays["logits"].ToDouble()[i], exponentials[i] / exponentials.Sum(), 1e-5);
    }

    [TestMethod]
    public void Rows_beyond_a_batch_are_scored_in_several()
    {
        using var scorer = new NetworkScorer(References.Network("mlp_breast_cancer"), runtime: OneThread);
        var count = 2 * scorer.BatchSize + 3;
        float[] rows = [.. Enumerable.Range(0, count * 30).Select(i => MathF.Sin(i))];
        var (together, alone) = (new double[count * 2], new double[2]);
        scorer.Score(rows, together);
        foreach (var row in (int[])[0, 1, scorer.BatchSize - 1, scorer.BatchSize, count - 1])
        {
            scorer.Score(rows.AsSpan(row * 30, 30), alone);
            KeepingShapleyAxioms.AreClose(alone, together[(row * 2)..(row * 2 + 2)], 1e-5);
        }
        using var larger = new NetworkScorer(References.Network("mlp_breast_cancer"), runtime: OneThread with { BatchSize = 100_000 });
        Assert.AreEqual(100_000, larger.BatchSize);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(5000)]
    public void Several_threads_find_what_one_finds(int backgroundRows)
    {
        using var one = new NetworkScorer(References.Network("mlp_breast_cancer"), runtime: OneThread);
        using var three = new NetworkScorer(References.Network("mlp_breast_cancer"), runtime: new RuntimeOptions { Threads = 3 });
        Assert.AreEqual((1, 3), (one.Threads, three.Threads));
        var (background, rows) = (Waves(backgroundRows * 30), Waves(5 * 30));
        var (expected, found) = (new double[backgroundRows * 2], new double[backgroundRows * 2]);
        one.Score(background, expected);
        three.Score(background, found);
        KeepingShapleyAxioms.AreClose(expected, found, 1e-5);
        foreach (var method in (CoalitionMethod[])[new KernelShap(200), new SamplingShap(150)])
        {
            var reported = 0.0;
            var alone = new BlackBox(one, background).Explain(method, rows);
            var together = new BlackBox(three, background).Explain(method, rows, progress: new Reported(share => reported = share));
            KeepingShapleyAxioms.AreClose(alone.Values.ToArray(), together.Values.ToArray(), 1e-5, method.ToString());
            Assert.AreEqual(1, reported);
        }
    }

    [TestMethod]
    public void Several_threads_stop_together_and_refuse_as_one_does()
    {
        using var scorer = new NetworkScorer(References.Network("mlp_breast_cancer"), runtime: new RuntimeOptions { Threads = 3 });
        var rows = Waves(1000 * 30);
        var box = new BlackBox(scorer, rows);
        Assert.AreEqual(2, box.BaseValues.Count);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => box.Explain(new KernelShap(1000), rows[..30], progress: new Reported(_ => stop.Cancel()), cancellation: stop.Token));

        rows[700 * 30 + 4] = float.NaN;
        var error = Assert.ThrowsExactly<NotANumberException>(() => scorer.Score(rows, new double[2000]));
        Assert.AreEqual((700, 4), (error.Row, error.Element));
        rows[700 * 30 + 4] = float.MaxValue;
        rows[700 * 30 + 5] = float.MaxValue;
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(
                () => new BlackBox(scorer, rows).Explain(new KernelShap(100), rows[..30])).Message, "background row 700");
    }

    [TestMethod]
    public void Inputs_follow_each_other_in_whatever_types_they_have()
    {
        var graph = new Graph();
        var batch = Dimension.Symbol("N");
        var a = graph.Input("a", ElementType.Float, new Shape(batch, 2));
        var b = graph.Input("b", ElementType.Int64, new Shape(batch, 1, 2));
        var c = graph.Input("c", ElementType.Bool, new Shape(batch, 1));
        var d = graph.Input("d", ElementType.Double, new Shape(batch, 1));
        var e = graph.Input("e", ElementType.UInt8, new Shape(batch));
        var sum = a.ReduceSum([1], keepDimensions: false) + b.Cast(ElementType.Float).ReduceSum([1, 2], keepDimensions: false) * 10
            + c.Cast(ElementType.Float).Squeeze(1) * 1000 + d.Cast(ElementType.Float).Squeeze(1) * 0.5 + e.Cast(ElementType.Float) * 100;
        using var scorer = new NetworkScorer(graph.ToModel([("y", sum)]), runtime: OneThread);
        CollectionAssert.AreEqual((string[])["a[0]", "a[1]", "b[0][0]", "b[0][1]", "c[0]", "d[0]", "e"], scorer.FeatureNames.ToArray());
        CollectionAssert.AreEqual((string[])["y"], scorer.OutputNames.ToArray());
        CollectionAssert.AreEqual((bool[])[false, false, true, true, true, false, true],
            Enumerable.Range(0, 7).Select(scorer.IsCategorical).ToArray());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scorer.IsCategorical(7));
        var scores = new double[2];
        scorer.Score([1, 2, 3, -4, 1, 8, 9, 0.5f, 0, 0, 7, 0, -2, 0], scores);
        KeepingShapleyAxioms.AreClose([3 - 10 + 1000 + 4 + 900, 0.5 + 70 - 1], scores, 1e-4);
        Assert.ThrowsExactly<ArgumentException>(() => scorer.Score([0, 0, 0, 0, 2, 0, 0], new double[1]));
        Assert.ThrowsExactly<ArgumentException>(() => scorer.Score([0, 0, 0, 0, 0, 0, 256], new double[1]));

        // Raw inputs of all kinds are explained.
        var found = new BlackBox(scorer, [0, 0, 0, 0, 0, 0, 0]).Explain(new ExactShap(), [1, 2, 3, -4, 1, 8, 9]);
        KeepingShapleyAxioms.AreClose([1, 2, 30, -40, 1000, 4, 900], found.Of(0).ToArray(), 1e-3);
    }

    [TestMethod]
    public void Double_precision_stays_and_fixed_batches_are_filled_up()
    {
        using var doubles = new NetworkScorer(References.InDoubles("mlp_breast_cancer_tanh"), runtime: OneThread);
        var row = References.Arrays("mlp_breast_cancer_tanh")["input"].As<float>()[..30];
        var scores = new double[2];
        doubles.Score(row, scores);
        Assert.AreNotEqual((float)scores[0], scores[0]);

        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(4, 2));
        using var four = new NetworkScorer(graph.ToModel([("y", x.ReduceSum([1]))]), runtime: OneThread);
        var sums = new double[6];
        four.Score([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], sums);
        KeepingShapleyAxioms.AreClose([3, 7, 11, 15, 19, 23], sums, 0);
    }

    [TestMethod]
    public void Missing_values_are_refused_with_their_place()
    {
        using var scorer = new NetworkScorer(References.Network("mlp_breast_cancer"), runtime: OneThread);
        var rows = new float[90];
        rows[64] = float.NaN;
        var error = Assert.ThrowsExactly<NotANumberException>(() => scorer.Score(rows, new double[6]));
        Assert.AreEqual((2, 4), (error.Row, error.Element));
        // In a game: the background row that brought it.
        var game =
            Assert.ThrowsExactly<InvalidOperationException>(() => new BlackBox(scorer, rows).Explain(new KernelShap(), new float[30]));
        StringAssert.Contains(game.Message, "background row 2");
        scorer.Score([float.PositiveInfinity, float.NegativeInfinity, .. new float[28]], new double[2]);
    }

    [TestMethod]
    public void What_cannot_be_fed_or_named_is_refused()
    {
        var network = References.Network("mlp_breast_cancer");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new NetworkScorer(network, featureNames: ["a"])).Message,
            "1 names were given for 30 features");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new NetworkScorer(network, outputNames: ["a"])).Message,
            "1 names were given for 2 scores");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new NetworkScorer(network, "nothing")).Message,
            "no output 'nothing'");
        using var scorer = new NetworkScorer(network, outputNames: ["benign", "malignant"], runtime: OneThread);
        Assert.ThrowsExactly<ArgumentException>(() => scorer.Score(new float[31], new double[2]));

        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
        var scale = graph.Input("scale", ElementType.Float, Shape.Of(1));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new NetworkScorer(graph.ToModel([("y", x * scale)]))).Message,
            "'scale' has the shape [1]");
    }

    private static float[] Waves(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin(i))];

    private static void AreLogits(Tensor logits, Tensor input, NetworkScorer scorer)
    {
        var scores = new double[logits.Count];
        scorer.Score(Array.ConvertAll(input.ToDouble(), d => (float)d), scores);
        KeepingShapleyAxioms.AreClose(logits.ToDouble(), scores, 2e-5 * logits.ToDouble().Largest(Math.Abs));
    }

    // Tells at once, on the thread that reports.
    private sealed class Reported(Action<double> to) : IProgress<double>
    {
        public void Report(double value) => to(value);
    }
}
