using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Which coalitions the regression of kernel SHAP sees, and what they weigh.</summary>
[TestClass]
public sealed class ChoosingKernelCoalitions
{
    [TestMethod]
    [DataRow(30, 2048)]
    [DataRow(30, 60)]
    [DataRow(12, 1500)]
    [DataRow(13, 200)]
    [DataRow(70, 400)]
    public void Small_and_large_coalitions_come_first_then_pairs_of_complements(int players, int budget)
    {
        var (coalitions, weights) = KernelCoalitions.Choose(players, budget, 1);
        Finite.AtMost(budget, coalitions.Count);
        Finite.Above(budget - 2 * players, coalitions.Count, "the budget is used");
        Assert.HasCount(coalitions.Count, coalitions.Distinct().ToList(), "none is evaluated twice");
        Assert.IsTrue(coalitions.TrueForAll(c => c.Count > 0 && c.Count < players));
        Near.Equal(1, weights.Sum(), 1e-12);
        Assert.IsTrue(weights.All(w => w > 0));

        var known = coalitions.Index().ToDictionary(c => c.Item, c => weights[c.Index]);
        foreach (var (coalition, weight) in known)
            Near.Equal(weight, known[coalition.Complement()], 1e-15, "complements weigh the same");
        for (var player = 0; player < players; player++)
            Assert.IsTrue(known.ContainsKey(Coalition.Of(players, player)), "all single players are there");
    }

    [TestMethod]
    public void Sizes_that_are_taken_whole_weigh_what_the_kernel_says()
    {
        // C(12, s) for s = 1, 2, 3 and their complements: 2·(12 + 66 + 220).
        var (coalitions, weights) = KernelCoalitions.Choose(12, 1500, 1);
        double Kernel(int s) => 11.0 / (s * (12 - s));
        var total = Enumerable.Range(1, 11).Sum(Kernel);
        foreach (var size in (int[])[1, 2, 3, 9, 10, 11])
        {
            var ofSize = coalitions.Index().Where(c => c.Item.Count == size).Select(c => weights[c.Index]).ToList();
            Assert.HasCount(size is 1 or 11 ? 12 : size is 2 or 10 ? 66 : 220, ofSize);
            Near.Equal(Kernel(size) / total, ofSize.Sum(), 1e-12);
            Assert.AreEqual(ofSize.Largest(), ofSize.Min());
        }
        Near.Equal(
            Enumerable.Range(4, 5).Sum(Kernel) / total,
            coalitions.Index().Where(c => c.Item.Count is >= 4 and <= 8).Sum(c => weights[c.Index]),
            1e-12);
    }

    [TestMethod]
    public void A_budget_for_all_takes_all()
    {
        foreach (var players in (int[])[2, 3, 6, 9])
        {
            var (coalitions, weights) = KernelCoalitions.Choose(players, (1 << players) - 2, 1);
            Assert.HasCount((1 << players) - 2, coalitions.Distinct().ToList());
            foreach (var (index, coalition) in coalitions.Index())
                Near.Equal(
                    1.0 / (Binomial(players, coalition.Count) * coalition.Count * (players - coalition.Count))
                        / Enumerable.Range(1, players - 1).Sum(s => 1.0 / (s * (players - s))),
                    weights[index],
                    1e-15);
        }
    }

    [TestMethod]
    public void Too_few_samples_and_too_many_players_are_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new KernelShap(1));
        var few = Assert.ThrowsExactly<ArgumentException>(() => new KernelShap(59).Design(30, 1));
        StringAssert.Contains(few.Message, "59 samples cannot tell 30 players apart; at least 60");
        var many = Assert.ThrowsExactly<ArgumentException>(() => new KernelShap().Design(2049, 1));
        StringAssert.Contains(many.Message, "2,049 players is too large");
        Assert.AreEqual(0, new KernelShap(2).Design(1, 1).Coalitions.Count);
    }

    private static double Binomial(int n, int k) => Enumerable.Range(1, k).Aggregate(1.0, (b, i) => b * (n - k + i) / i);
}
