using Microsoft.ML.Introspection.Conformance;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

/// <summary>Learning progress by PyTorch, scikit-learn and the papers' formulas in double precision; whole cases run in test/Conformance.</summary>
[TestClass]
public sealed class FollowingTrainings
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "progress");

    private static readonly string First = Deep(1, 1).Layers.First(l => l.Operator == "Tanh").Output;

    [TestMethod]
    [DataRow("checkpoints", 90)]
    [DataRow("relu", 50)]
    [DataRow("training_dynamics", 7)]
    public void NumbersAreThoseOfTheReference(string name, int atLeast)
    {
        EvaluationMetrics.Result[] results = [.. LearningReferences.Of(Folder, name + "/").Where(r => r.Name.StartsWith(name, StringComparison.Ordinal))];
        Assert.IsTrue(results.Length >= atLeast, $"{results.Length} arrays were compared.");
        Assert.AreEqual("", string.Join('\n', results.Where(r => !r.IsRight)));
    }

    [TestMethod]
    public void CheckpointsThatDifferInWeightsShareSessions()
    {
        var shared = LearningReferences.Follow(Path.Combine(Folder, "checkpoints"), ofScores: false);
        Assert.AreEqual((3, 18), (shared.Sessions, shared.Graphs));
    }

    [TestMethod]
    public void OneByOneTheyGiveTheSame()
    {
        var paths = CheckpointOrder.Of(Directory.EnumerateFiles(Path.Combine(Folder, "checkpoints"), "*.onnx"));
        double[] rows = [.. Enumerable.Range(0, 80).Select(i => Math.Sin(3 * i))];
        var together = LearningProgress.Of([.. paths.Select(p => new Checkpoint(p.Path, p.Step, () => Network.Load(p.Path)))], rows);
        foreach (var (path, found) in paths.Zip(together.Checkpoints))
        {
            var alone = LearningProgress.Of([new Checkpoint(path.Path, 0, () => Network.Load(path.Path))], rows).Checkpoints[0];
            Near.Equal(alone.Scores.ToArray(), found.Scores.ToArray(), 1e-6);
            Near.Equal(alone.Taylor!.MeanAbsolute.ToArray(), found.Taylor!.MeanAbsolute.ToArray(), 1e-6);
            Near.Equal(alone.Attributions["input-x-gradient"].Mean.ToArray(), found.Attributions["input-x-gradient"].Mean.ToArray(), 1e-6);
        }
    }

    [TestMethod]
    public void NetworksOfOtherLayersAreFollowedToo()
    {
        Checkpoint[] checkpoints = [.. new[] { 1, 2, 3 }.Select(depth => new Checkpoint($"depth {depth}", depth, () => Deep(depth, 1)))];
        var found = LearningProgress.Of(checkpoints, [.. Enumerable.Range(0, 24).Select(i => Math.Cos(i))],
            [.. Enumerable.Range(0, 6).Select(i => i % 3.0)], new LearningOptions { Layers = [First] });
        Assert.AreEqual(found.Graphs, found.Sessions, "Each has its own.");
        Assert.AreEqual(2, found.Checkpoints[1].Step);
        Near.Equal(1, found.BetweenCheckpoints[First].Alignment[0, 2], 1e-12);
        Assert.AreEqual(6, found.Dynamics!.Samples.Count);
    }

    [TestMethod]
    public void AFailedTrainingIsShownAsFarAsItWent()
    {
        var found = LearningProgress.Of(
            [new Checkpoint("good", 0, () => Deep(1, 1)), new Checkpoint("bad", 1, () => Deep(1, float.NaN))],
            [.. Enumerable.Range(0, 24).Select(i => Math.Cos(i))], [.. Enumerable.Range(0, 6).Select(i => i % 3.0)]);
        Assert.IsTrue(double.IsFinite(found.Checkpoints[0].Fit!.Loss) && double.IsNaN(found.Checkpoints[1].Fit!.Loss));
        Assert.IsTrue(double.IsNaN(found.BetweenCheckpoints[First].Alignment[0, 1]));
        Near.Equal(1, found.BetweenCheckpoints[First].Alignment[0, 0], 1e-12);
        Assert.IsNull(found.Dynamics);
    }

    [TestMethod]
    public void WhatDoesNotFitIsNamed()
    {
        double[] rows = [.. Enumerable.Range(0, 24).Select(i => Math.Cos(i))];
        Checkpoint other = new("narrow.onnx", 0, () => Deep(1, 1, 3)), good = new("good.onnx", 1, () => Deep(1, 1));
        Assert.Contains("narrow.onnx", Assert.ThrowsExactly<ArgumentException>(() => LearningProgress.Of([other, good], rows)).Message);
        Assert.Contains("class from 0 to 2",
            Assert.ThrowsExactly<ArgumentException>(() => LearningProgress.Of([good], rows, [0, 1, 2, 3, 0, 1])).Message);
        Assert.Contains("rows of 4", Assert.ThrowsExactly<ArgumentException>(() => LearningProgress.Of([good], rows[..23])).Message);
        Assert.ThrowsExactly<ArgumentException>(() => LearningProgress.Of([], rows));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LearningOptions { TaylorOrder = 3 });
    }

    [TestMethod]
    public void FilesStandInTheOrderOfTheirSteps()
    {
        CollectionAssert.AreEqual(new[] { ("m2-step_9.onnx", 9.0), ("m2-step_010.onnx", 10), ("m2-step_100.onnx", 100) },
            CheckpointOrder.Of(["m2-step_100.onnx", "m2-step_9.onnx", "m2-step_010.onnx"]).ToArray());
        CollectionAssert.AreEqual(new[] { ("best.onnx", 0.0), ("step1.onnx", 1) }, CheckpointOrder.Of(["step1.onnx", "best.onnx"]).ToArray());
    }

    [TestMethod]
    public void AblationPutsTheGivenNumbersIn()
    {
        // Only the first of two features counts.
        using var model = RowFunction.Of(2, 1, (rows, _, scores) =>
        {
            for (var row = 0; row < scores.Length; row++)
                scores[row] = 4 * rows[2 * row];
        });
        double[] rows = [1, 5, -1, 6, 2, 7, -2, 8], labels = [1, 0, 1, 0];
        var found = FeatureAblation.Of(model, rows, labels, [0, 100], ScoreLink.Logistic);
        Assert.AreEqual(1, found.Base.Accuracy);
        Near.Equal([Math.Log(2) - found.Base.Loss, 0], [.. found.LossRise], 1e-12);
        Near.Equal([0.5, 0], [.. found.ErrorRise], 1e-12);
        CollectionAssert.AreEqual(new[] { 0, 6.5 }, FeatureAblation.Means(rows, 2));
        var regression = Fit.Of([1, 2], [1, 4], ScoreLink.Identity);
        Near.Equal(2, regression.Loss, 1e-12);
        Assert.IsTrue(double.IsNaN(regression.Accuracy));
    }

    private static Network Deep(int depth, float factor, int width = 4)
    {
        var graph = new Graph();
        var value = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), width));
        for (var i = 0; i < depth; i++)
            value = value.MatMul(Weights(i == 0 ? width : 5, 5, i)).Tanh();
        return Network.From(graph.ToModel([("logits", value.MatMul(Weights(5, 3, 9)))]));

        Value Weights(int rows, int columns, int seed) => graph.Constant(
            Tensor.From([.. Enumerable.Range(0, rows * columns).Select(k => factor * MathF.Sin(k + seed))], rows, columns));
    }
}
