using Microsoft.ML.Introspection.Shapley;
using static Microsoft.ML.Introspection.Tests.Shapley.KeepingShapleyAxioms;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Where every coalition is asked, methods agree with the definition.</summary>
[TestClass]
public sealed class EnumeratingCoalitions
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(5)]
    [DataRow(7)]
    public void Exact_values_are_the_mean_over_all_orders(int players)
    {
        var game = Game.Random(players, players);
        AreClose(game.ShapleyValues(), game.Explained(new ExactShap()), 1e-12);
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(7)]
    [DataRow(11)]
    public void The_regression_over_all_coalitions_is_exact(int players)
    {
        var game = Game.Random(players, players);
        AreClose(game.Explained(new ExactShap()), game.Explained(new KernelShap((1 << players) - 2)), 1e-11);
        AreClose(game.Explained(new ExactShap()), game.Explained(new KernelShap(1 << 20)), 1e-11);
    }

    [TestMethod]
    public void Games_of_pairs_are_exact_after_one_order_in_both_directions()
    {
        var random = new Random(3);
        double[,] pairs = new double[8, 8];
        for (var i = 0; i < 8; i++)
            for (var j = 0; j <= i; j++)
                pairs[i, j] = random.NextDouble() - 0.5;
        var game =
            new Game(8, s => Enumerable.Range(0, 8).Sum(i => Enumerable.Range(0, i + 1).Sum(j => (s >> i & s >> j & 1) * pairs[i, j])));
        AreClose(game.Explained(new ExactShap()), game.Explained(new PermutationShap(1)), 1e-12);
        // Complements do the same for the regression.
        AreClose(game.Explained(new ExactShap()), game.Explained(new KernelShap(30, 5)), 1e-10);
    }

    [TestMethod]
    public void Sixteen_players_are_enumerated_and_seventeen_refused()
    {
        var design = new ExactShap().Design(16, 1);
        Assert.AreEqual(65534, design.Coalitions.Count);
        var error = Assert.ThrowsExactly<ArgumentException>(() => new ExactShap().Design(17, 1));
        StringAssert.Contains(error.Message, "All coalitions of 17 players are too many; at most 16");
    }

    [TestMethod]
    public void Designs_are_made_once_for_the_same_options()
    {
        var method = new PermutationShap(4, 9);
        Assert.AreSame(method.Design(6, 3), method.Design(6, 8), "background rows are all averaged over");
        Assert.AreNotSame(method.Design(6, 3), method.Design(7, 3));
        var sampling = new SamplingShap(4);
        Assert.AreSame(sampling.Design(6, 3), sampling.Design(6, 3));
        Assert.AreNotSame(sampling.Design(6, 3), sampling.Design(6, 8));
        Assert.AreNotSame(method.Design(6, 3), (method with { Spread = true }).Design(6, 3), "a copy may get other options");
        Assert.AreEqual(method, new PermutationShap(4, 9));
        Assert.AreEqual(method.GetHashCode(), new PermutationShap(4, 9).GetHashCode());
        Assert.AreNotEqual(method, method with { Spread = true });
        Assert.AreNotEqual<CoalitionMethod>(new ExactShap(), new PartitionShap());
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_coalitions_and_another_seed_others()
    {
        foreach (var make in (Func<int, CoalitionMethod>[])[s => new KernelShap(60, s), s => new PermutationShap(2, s),
            s => new SamplingShap(3, s)])
        {
            static string[] Told(CoalitionMethod method) => [.. method.Design(12, 4).Coalitions.Select(c => c.ToString())];
            CollectionAssert.AreEqual(Told(make(1)), Told(make(1)));
            CollectionAssert.AreNotEqual(Told(make(1)), Told(make(2)));
        }
    }
}
