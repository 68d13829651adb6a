using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using static Microsoft.ML.Introspection.Tests.Explaining.ModelKinds;

namespace Microsoft.ML.Introspection.Tests.Explaining;

/// <summary>Rows that stand for absent features, and for covers.</summary>
[TestClass]
public sealed class TakingBackgrounds
{
    [TestMethod]
    [DataRow(100L, 4, new long[] { 12, 37, 62, 87 }), DataRow(3L, 5, new long[] { 0, 1, 2 }), DataRow(0L, 5, new long[0]),
        DataRow(5_000_000_000L, 2, new[] { 1_250_000_000L, 3_750_000_000L })]
    public void Samples_are_spread_evenly(long count, int most, long[] places) =>
        CollectionAssert.AreEqual(places, Background.Spread(count, most));

    [TestMethod]
    public void Rows_are_read_once_when_they_are_needed()
    {
        var read = 0;
        var background = new Background(() => { read++; return Table(2); }, "against what is read");
        using (Explainer.For(Trees.With(Trees.Trees)))
            Assert.AreEqual(0, read);
        using var explainer = ModelKinds.For("function", new ExplainerOptions { Background = background });
        Assert.AreEqual(("all coalitions, against what is read", 1), (explainer.Description, read));
        Refused<ArgumentException>(() => new Background(() => [], "none").Rows, "no background row");
    }

    [TestMethod]
    public void Linear_models_take_the_mean_of_all_rows()
    {
        var (sample, all) = (Table(2), Table(50, 8));
        using var explainer =
            Explainer.For(Linear,
                new ExplainerOptions {
                    Background = new Background(() => sample, "x", () => all.Chunk(FeatureCount).Select(r => (ReadOnlyMemory<float>)r)) });
        double[] mean = [.. Enumerable.Range(0, FeatureCount).Select(f => all.Where((_, i) => i % FeatureCount == f).Average(v => (double)v))];
        AreClose(
            [.. Enumerable.Range(0, Outputs).Select(
                o => Linear.Intercepts[o] + Enumerable.Range(0, FeatureCount).Sum(f => Linear.Weights(o)[f] * mean[f]))],
                    explainer.BaseValues.ToArray(), 1e-9);
        all[7] = float.NaN;
        Refused<ArgumentException>(
            () =>
                Explainer.For(Linear,
                    new ExplainerOptions {
                        Background = new Background(() => sample, "x", () => all.Chunk(FeatureCount).Select(r => (ReadOnlyMemory<float>)r)) }),
            "Feature 2", "missing or infinite");
    }

    [TestMethod]
    public void What_lacks_a_background_asks_for_one_and_says_why()
    {
        var asked = "";
        ExplainerOptions options = new() { Otherwise = why => { asked = why; return Background.Zero(FeatureCount); } };
        using (var explainer = ModelKinds.For("linear", options))
            Assert.AreEqual("linear SHAP, against zeros", explainer.Description);
        Assert.Contains("needs a background", asked);
        asked = "";
        using (var explainer = Explainer.For(Trees, options))
            Assert.AreEqual(("exact tree SHAP, path-dependent", ""), (explainer.Description, asked));
        using (var explainer = Explainer.For(Trees, options with { Predictions = true }))
            Assert.AreEqual("all coalitions, against zeros", explainer.Description);
        Assert.Contains("Shares in a prediction", asked);
    }

    [TestMethod]
    public void Trees_without_covers_take_them_from_rows()
    {
        var tree = new Tree([TreeNode.Comparison(0, SplitKind.LessOrEqual, 0, 1, 2, true), TreeNode.Leaf(-1), TreeNode.Leaf(1)]);
        var trees = new TreeEnsemble(FeatureCount, [tree], 0);
        float[] rows = Table(40, 9);
        using var explainer = Explainer.For(trees,
            new ExplainerOptions { Covers = ("rows.csv", () => rows.Chunk(FeatureCount).Select(r => (ReadOnlyMemory<float>)r)) });
        Assert.AreEqual("exact tree SHAP, path-dependent with covers by 'rows.csv'", explainer.Description);
        AreClose([rows.Where((_, i) => i % FeatureCount == 0).Average(v => v <= 0 ? -1.0 : 1)], explainer.BaseValues.ToArray());
        Refused<ArgumentException>(() => Explainer.For(trees), "do not tell how much of the training data passed");
    }
}
