using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>What is in a row what it is in the whole background gets nothing of partition SHAP, and costs it nothing.</summary>
[TestClass]
public sealed class LeavingIdlePlayersOut
{
    private const int Features = 20, Varying = 8;
    private static readonly double[] Weights = [.. Enumerable.Range(0, Features).Select(i => 1.5 - i * 0.3)];

    [TestMethod]
    [DataRow(FeatureHierarchy.Auto)]
    [DataRow(FeatureHierarchy.Correlation)]
    [DataRow(FeatureHierarchy.Order)]
    public void Constants_get_nothing_and_the_others_all(FeatureHierarchy hierarchy)
    {
        using var explainer = Explainer.For(Scorer(), Options(hierarchy, 500));
        var (rows, found) = (Rows(5, 7), explainer.Room(5));
        explainer.Explain(rows, found);
        var background = Rows(12, 3);
        for (var row = 0; row < 5; row++)
        {
            for (var f = 0; f < Features; f++)
                Near.Equal(Expected(rows, row, f, background), found.ValuesOf(row)[f], f < Varying ? 1e-6 : 0, $"feature {f}");
            Near.Equal(found.Scores[row], found.BaseValues[row] + found.ValuesOf(row).ToArray().Sum(), 1e-6);
        }
        Assert.DoesNotContain("evaluations", explainer.Description);
    }

    [TestMethod]
    public void A_row_with_another_value_gives_it_its_share_and_changes_no_other_row()
    {
        using var explainer = Explainer.For(Scorer(), Options(FeatureHierarchy.Order, 5000));
        var rows = Rows(4, 9);
        rows[1 * Features + 15] += 2;
        var found = explainer.Room(4);
        explainer.Explain(rows, found);
        Near.Equal(2 * Weights[15], found.ValuesOf(1)[15], 1e-6);
        var alone = explainer.Room(1);
        for (var row = 0; row < 4; row++)
        {
            explainer.Explain(rows.AsSpan(row * Features, Features), alone);
            Near.Equal(alone.ValuesOf(0).ToArray(), found.ValuesOf(row).ToArray(), 1e-12);
        }
    }

    [TestMethod]
    public void A_row_like_the_only_background_row_gets_nothing_at_all()
    {
        var row = Rows(1, 5);
        var box = new BlackBox(Scorer(), row);
        Near.Equal(new double[Features], box.Explain(new PartitionShap(), row).Values, 0);
        var groups = Tensor.From([.. Enumerable.Range(0, Features).Select(f => (long)(f / 5))], Features);
        float[] other = [.. row];
        other[7] += 1;
        Near.Equal([0, Weights[7], 0, 0], box.Explain(new PartitionShap { Groups = groups }, other).Values, 1e-6);
    }

    [TestMethod]
    public void A_failing_row_is_called_by_its_number_wherever_it_stands()
    {
        var rows = Rows(4, 9);
        rows[1 * Features + 15] += 2;
        rows[3 * Features] = 1e30f;
        var scorer = Of(row => row[0] > 1e20 ? double.NaN : row[0]);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() =>
            new BlackBox(scorer, Rows(12, 3)).Explain(new PartitionShap(), rows));
        Assert.Contains("row 3", error.Message);
    }

    [TestMethod]
    public void The_description_says_when_the_evaluations_do_not_last()
    {
        using var explainer = Explainer.For(Scorer(), Options(FeatureHierarchy.Order, 10));
        Assert.Contains("10 evaluations do not last to tell 7 of the 8 features or groups apart", explainer.Description);
        using var enough = Explainer.For(Scorer(), Options(FeatureHierarchy.Order, 1000));
        Assert.DoesNotContain("do not last", enough.Description);
        var other = Options(FeatureHierarchy.Order, 10) with { Algorithm = new() { Method = new KernelShap() } };
        using var kernel = Explainer.For(Scorer(), other);
        Assert.DoesNotContain("do not last", kernel.Description);
    }

    [TestMethod]
    public void Where_nothing_varies_nothing_is_shared_out()
    {
        var (background, row) = (Rows(1, 3), Rows(1, 3));
        using var explainer = Explainer.For(Scorer(),
            Options(FeatureHierarchy.Auto, 500) with { Background = new Background([.. background, .. background, .. background]) });
        var found = explainer.Room(1);
        explainer.Explain(row, found);
        Near.Equal(new double[Features], found.ValuesOf(0).ToArray(), 0);
        Near.Equal(found.BaseValues[0], found.Scores[0], 1e-6);
    }

    // Of two columns that are one, a hierarchy by correlation makes a pair; beside constants, and beside another pair.
    [TestMethod]
    public void Pairs_that_go_together_share_what_they_bring()
    {
        float[] Paired(float[] rows)
        {
            for (var i = 0; i < rows.Length; i += Features)
                (rows[i + 1], rows[i + 5]) = (rows[i], -rows[i + 4]);
            return rows;
        }
        var background = Paired(Rows(12, 3));
        var scorer = Of(row => row[0] * row[1] + 3 * row[4] * row[5] + row[2]);
        using var explainer = Explainer.For(scorer,
            Options(FeatureHierarchy.Correlation, 1000) with { Background = new Background(background) });
        var (rows, found) = (Paired(Rows(3, 8)), explainer.Room(3));
        explainer.Explain(rows, found);
        double Mean(Func<int, double> of) => Enumerable.Range(0, 12).Average(b => of(b * Features));
        for (var row = 0; row < 3; row++)
        {
            var (x, values) = (rows.AsSpan(row * Features, Features).ToArray(), found.ValuesOf(row).ToArray());
            // Both of a pair stand in the product alike, so half each.
            var first = x[0] * x[0] - Mean(b => background[b] * background[b]);
            var second = -3 * (x[4] * x[4] - Mean(b => background[b + 4] * background[b + 4]));
            Near.Equal([first / 2, first / 2, x[2] - Mean(b => background[b + 2]), 0, second / 2, second / 2], values[..6], 1e-5);
            Near.Equal(new double[Features - 6], values[6..], 1e-6);
        }
    }

    [TestMethod]
    public void The_description_says_it_from_one_evaluation_too_few_on()
    {
        bool Lasts(int evaluations)
        {
            using var explainer = Explainer.For(Scorer(), Options(FeatureHierarchy.Order, evaluations));
            return !explainer.Description.Contains("do not last", StringComparison.Ordinal);
        }
        var least = Enumerable.Range(2, 500).First(Lasts);
        Assert.IsFalse(Lasts(least - 1));
        Assert.IsTrue(Enumerable.Range(least, 50).All(Lasts));
        // The two that interact have their own values with that many, and not with one less.
        double Of(int evaluations)
        {
            using var explainer = Explainer.For(Scorer(), Options(FeatureHierarchy.Order, evaluations));
            var found = explainer.Room(1);
            explainer.Explain(Rows(1, 7), found);
            return Enumerable.Range(0, Varying).Largest(f => Math.Abs(found.ValuesOf(0)[f] - Expected(Rows(1, 7), 0, f, Rows(12, 3))));
        }
        Finite.Below(1e-6, Of(least));
        Finite.Above(1e-3, Of(least - 1));
    }

    // Σ w·x + x₀·x₁: Owen values are Shapley values whatever the hierarchy.
    private static FunctionScorer Scorer() => Of(row => row[0] * row[1] + Weights.Select((w, i) => w * row[i]).Sum());

    private static FunctionScorer Of(Func<float[], double> score) => new([.. Enumerable.Range(0, Features).Select(i => $"f{i}")], ["y"],
        (rows, scores) =>
        {
            for (var i = 0; i < scores.Length; i++)
                scores[i] = score(rows.Slice(i * Features, Features).ToArray());
        });

    private static double Expected(float[] rows, int row, int feature, float[] background)
    {
        var (count, x) = (background.Length / Features, rows.AsSpan(row * Features, Features).ToArray());
        double Mean(Func<int, double> of) => Enumerable.Range(0, count).Average(of);
        var additive = Weights[feature] * (x[feature] - Mean(b => background[b * Features + feature]));
        if (feature > 1)
            return additive;
        // Of two players: half of what each brings alone and behind the other.
        var other = 1 - feature;
        double At(int b, int f) => background[b * Features + f];
        return additive + 0.5 * (Mean(b => x[feature] * At(b, other) - At(b, 0) * At(b, 1)) + x[0] * x[1]
            - Mean(b => At(b, feature) * x[other]));
    }

    private static float[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * Features)
            .Select(i => i % Features < Varying ? random.NextSingle() * 2 - 1 : i % Features * 0.25f)];
    }

    private static ExplainerOptions Options(FeatureHierarchy hierarchy, int evaluations) => new()
    {
        Algorithm = new() { Method = new PartitionShap(null, evaluations), Hierarchy = hierarchy },
        Background = new Background(Rows(12, 3)),
    };
}
