using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

[TestClass]
public sealed class BuildingEnsembles
{
    private static readonly Tree Stump = new([TreeNode.Comparison(1, SplitKind.Less, 0, 1, 2), TreeNode.Leaf(-1), TreeNode.Leaf(1)]);

    [TestMethod]
    public void Features_and_outputs_must_be_there()
    {
        Assert.Contains("Node 0 of tree 0 asks feature 1", Refused(1, [Stump], 0));
        Assert.Contains("Tree 1 adds to output 2", Refused(2, [Stump, new Tree([TreeNode.Leaf(0)], output: 2)], 0, 0));
        Assert.Contains("finite base score", Refused(2, [Stump]));
        Assert.Contains("finite base score", Refused(2, [Stump], double.NaN));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TreeEnsemble(0, [], 0));
    }

    [TestMethod]
    public void Names_must_be_as_many_as_what_they_name()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new TreeEnsemble(2, [Stump], 0) { FeatureNames = ["a"] });
        Assert.ThrowsExactly<ArgumentException>(() => new TreeEnsemble(2, [Stump], 0) { OutputNames = ["a", "b"] });
        Assert.IsNull(new TreeEnsemble(2, [Stump], 0).FeatureNames);
        Assert.ThrowsExactly<ArgumentException>(() => new TreeEnsemble(2, [Stump], 0).Named(["a"], null));
    }

    [TestMethod]
    public void Rows_must_be_of_the_right_length()
    {
        var ensemble = new TreeEnsemble(2, [Stump], 0);
        Assert.ThrowsExactly<ArgumentException>(() => ensemble.Score(new double[3], new double[1]));
        Assert.ThrowsExactly<ArgumentException>(() => ensemble.Score(new double[2], new double[2]));
        Assert.ThrowsExactly<ArgumentException>(() => ensemble.WithCover(ReadOnlySpan<float>.Empty));
        Assert.ThrowsExactly<ArgumentException>(() => ensemble.WithCover(new float[3]));
    }

    [TestMethod]
    public void Without_trees_the_base_scores_remain()
    {
        var ensemble = new TreeEnsemble(3, [], 0.5, -1);
        var scores = new double[2];
        ensemble.Score(new double[3], scores);
        CollectionAssert.AreEqual((double[])[0.5, -1], scores);
        Assert.AreEqual(0, ensemble.Depth);
        Assert.IsTrue(ensemble.HasCover);
    }

    [TestMethod]
    public void Values_are_rounded_where_the_model_compares_singles()
    {
        var tree = new Tree([TreeNode.Comparison(0, SplitKind.Less, 0.1f, 1, 2), TreeNode.Leaf(-1), TreeNode.Leaf(1)]);
        foreach (var (singles, expected) in new[] { (true, 1.0), (false, -1.0) })
        {
            var scores = new double[1];
            new TreeEnsemble(1, [tree], 0) { ComparesSingles = singles }.Score([0.1], scores);
            Assert.AreEqual(expected, scores[0], "0.1 rounds up to the threshold");
        }
    }

    [TestMethod]
    public void Links_make_predictions_of_scores()
    {
        AssertLink(ScoreLink.Identity, [1, -2], [1, -2]);
        AssertLink(ScoreLink.Logistic, [0, Math.Log(3)], [0.5, 0.75]);
        AssertLink(ScoreLink.Calibrated(2, 1), [-0.5, (Math.Log(3) - 1) / 2], [0.5, 0.75]);
        AssertLink(ScoreLink.Exponential, [0, 1], [1, Math.E]);
        AssertLink(ScoreLink.Softmax, [0, Math.Log(3)], [0.25, 0.75]);
        AssertLink(ScoreLink.Softmax, [1000, 1000], [0.5, 0.5]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ScoreLink.Calibrated(double.NaN, 0));
    }

    private static void AssertLink(ScoreLink link, double[] scores, double[] expected)
    {
        link.Apply(scores);
        for (var i = 0; i < expected.Length; i++)
            Near.Equal(expected[i], scores[i], 1e-15);
    }

    private static string Refused(int features, Tree[] trees, params double[] baseScores) =>
        Assert.ThrowsExactly<InvalidModelException>(() => new TreeEnsemble(features, trees, baseScores)).Message;
}
