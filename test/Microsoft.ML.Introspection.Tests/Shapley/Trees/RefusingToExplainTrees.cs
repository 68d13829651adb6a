using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Errors say what was expected, what was found, and what to do.</summary>
[TestClass]
public sealed class RefusingToExplainTrees
{
    private static readonly Tree Split =
        new([TreeNode.Comparison(1, SplitKind.Less, 0, 1, 2, cover: 2), TreeNode.Leaf(1, 1), TreeNode.Leaf(-1, 1)]);
    private static readonly TreeEnsemble Ensemble = new(3, [Split], 0.0) { Link = ScoreLink.Logistic };

    [TestMethod]
    public void Trees_without_covers()
    {
        var ensemble =
            new TreeEnsemble(3, [new Tree([TreeNode.Comparison(1, SplitKind.Less, 0, 1, 2), TreeNode.Leaf(1), TreeNode.Leaf(-1)])], 0.0);
        Refused<ArgumentException>(() => new TreeShap(ensemble), "Background", "WithCover");
        Near.Equal(1.0, new TreeShap(ensemble, new() { Background = [0, 1, 0] }).Of([0, -1, 0]).Sum() / 2, 1e-6);
        Near.Equal(4 / 3.0, new TreeShap(ensemble.WithCover([0, 1, 0, 0, 2, 0, 0, -1, 0])).Of([0, -1, 0])[1], 1e-6);
    }

    [TestMethod]
    public void Trees_deeper_than_a_thread_has_room_for()
    {
        TreeEnsemble Chain(int depth) => new(3, [new Tree([
            .. Enumerable.Range(0, depth).SelectMany(i => (TreeNode[])[
                TreeNode.Comparison(i % 3, SplitKind.Less, i, 2 * i + 1, 2 * i + 2, cover: depth + 1 - i), TreeNode.Leaf(i, 1)]),
            TreeNode.Leaf(1, 1)])], 0.0);
        foreach (var background in (float[]?[])[null, [0, 1, 2, 5000, 5000, 5000]])
        {
            foreach (var depth in (int[])[TreeShap.MaximumDepth + 1, 10_000, 20_000])
                Refused<InvalidModelException>(() => new TreeShap(Chain(depth), new() { Background = background }), "2,048", "splits");
            var deepest = Chain(TreeShap.MaximumDepth);
            var shap = new TreeShap(deepest, new() { Background = background, Precision = TreeShapPrecision.Double });
            Near.Equal(deepest.Trees[0].Nodes[deepest.Trees[0].Leaf([700, 700, 700])].Value,
                shap.Of([700, 700, 700]).Sum() + shap.BaseValues[0], 1e-6);
        }
    }

    [TestMethod]
    public void Rows_and_room_of_the_wrong_length()
    {
        var shap = new TreeShap(Ensemble);
        Refused<ArgumentException>(() => shap.Values(new float[4], new double[4]), "3", "4");
        Refused<ArgumentException>(() => shap.Values(new float[6], new double[3]), "2 rows of 3", "3 values");
        Refused<ArgumentException>(() => shap.Interactions(new float[6], new double[6]), "2 rows of 9", "6 values");
    }

    [TestMethod]
    public void Backgrounds_that_do_not_fit()
    {
        Refused<ArgumentException>(() => new TreeShapOptions { Background = [] }, "no row");
        Refused<ArgumentException>(() => new TreeShap(Ensemble, new() { Background = new float[4] }), "3", "4");
    }

    [TestMethod]
    public void Groups_that_do_not_fit()
    {
        Refused<ArgumentException>(() => new TreeShapOptions { Groups = [0, 2, 2] }, "without gaps", "0, 2");
        Refused<ArgumentException>(() => new TreeShapOptions { Groups = [-1, 0, 1] }, "from 0");
        Refused<ArgumentException>(() => new TreeShap(Ensemble, new() { Groups = [0, 1] }), "3 features", "2");
    }

    [TestMethod]
    public void Predictions_without_and_interactions_with_a_background()
    {
        Refused<ArgumentException>(() => new TreeShap(Ensemble, new() { Output = TreeShapOutput.Prediction }), "background");
        Refused<NotSupportedException>(() => new TreeShap(Ensemble, new() { Background = new float[3] }).InteractionsOf(new float[3]),
            "path-dependent");
    }

    [TestMethod]
    public void Options_that_are_none()
    {
        Refused<ArgumentOutOfRangeException>(() => new TreeShapOptions { Threads = 0 }, "at least 1");
        Refused<ArgumentOutOfRangeException>(() => new TreeShapOptions { Output = (TreeShapOutput)7 }, "7");
        Refused<ArgumentOutOfRangeException>(() => new TreeShapOptions { Precision = (TreeShapPrecision)7 }, "7");
    }

    [TestMethod]
    public void A_run_that_was_cancelled_stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => new TreeShap(Ensemble).Values(new float[3], new double[3], source.Token));
    }

    private static void Refused<TError>(Func<object> act, params string[] parts) where TError : Exception =>
        Refused<TError>(() => { act(); }, parts);

    private static void Refused<TError>(Action act, params string[] parts) where TError : Exception
    {
        var message = Assert.ThrowsExactly<TError>(act).Message;
        foreach (var part in parts)
            Assert.Contains(part, message);
    }
}
