using Microsoft.ML.Introspection.Shapley;
using static Microsoft.ML.Introspection.Tests.Shapley.KeepingShapleyAxioms;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Owen values of hierarchies, against the mean over all orders that keep halves together.</summary>
[TestClass]
public sealed class DividingHierarchies
{
    // ((0 3) ((1 4) 2))
    private static readonly Partition Uneven = Partition.Merged(5, (0, 3), (1, 4), (6, 2), (5, 7));

    [TestMethod]
    public void Values_are_the_mean_over_orders_that_keep_halves_together()
    {
        foreach (var hierarchy in (Partition[])[Partition.Balanced(2), Partition.Balanced(3), Partition.Balanced(5), Partition.Balanced(8),
            Uneven, Partition.Image(2, 2, 2)])
        {
            var game = Game.Random(hierarchy.Size, hierarchy.Size);
            AreClose(game.OwenValues(hierarchy), game.Explained(new PartitionShap(hierarchy, 10_000)), 1e-12);
        }
    }

    [TestMethod]
    public void Of_two_players_they_are_Shapley_values()
    {
        var game = Game.Random(2, 8);
        AreClose(game.ShapleyValues(), game.Explained(new PartitionShap()), 1e-12);
    }

    [TestMethod]
    public void Where_no_players_interact_they_are_Shapley_values()
    {
        double[] gains = [1, -2, 0.5, 4, 0.25];
        var game = new Game(5, s => 3 + gains.Index().Sum(g => (s >> g.Index & 1) * g.Item));
        AreClose(gains, game.Explained(new PartitionShap(Uneven)), 1e-12);
    }

    [TestMethod]
    public void The_cost_grows_with_the_square_of_the_players()
    {
        // 2·4ᵈ on level d: 2 + 8 + 32 + 128.
        Assert.AreEqual(170, new PartitionShap(MaximumEvaluations: 100_000).Design(16, 1).Coalitions.Count);
        Assert.IsNull(new PartitionShap(MaximumEvaluations: 170).Design(16, 1).PartOfPlayer);
    }

    [TestMethod]
    [DataRow(2, 2)]
    [DataRow(5, 2)]
    [DataRow(9, 3)]
    [DataRow(10, 4)]
    [DataRow(41, 7)]
    [DataRow(42, 8)]
    [DataRow(169, 15)]
    public void Coarse_levels_come_first_and_what_is_left_is_spread_evenly(int evaluations, int parts)
    {
        var design = new PartitionShap(MaximumEvaluations: evaluations).Design(16, 1);
        Assert.AreEqual(parts, design.Parts);
        Finite.AtMost(evaluations, design.Coalitions.Count);

        var game = Game.Random(16, 1);
        var found = game.Explained(new PartitionShap(MaximumEvaluations: evaluations));
        // A part is a player of a smaller game.
        var partOf = design.PartOfPlayer!;
        Partition Halved(Partition half) => partOf[half.Players.First()] == partOf[half.Players.Last()]
            ? Partition.Player(partOf[half.Players.First()])
            : Partition.Of(Halved(half.First!), Halved(half.Second!));
        if (parts <= 8)
        {
            var coarse = new Game(parts, s => game[Enumerable.Range(0, 16).Sum(p => (s >> partOf[p] & 1) << p)]);
            var expected = coarse.OwenValues(Halved(Partition.Balanced(16)));
            AreClose([.. Enumerable.Range(0, 16).Select(p => expected[partOf[p]] / partOf.Count(q => q == partOf[p]))], found, 1e-12);
        }
        Near.Equal(game[(1 << game.Players) - 1] - game[0], found.Sum(), 1e-11);
    }

    [TestMethod]
    public void Deep_hierarchies_are_divided_as_far_as_evaluations_last()
    {
        // A chain: each player stands against all that follow.
        var chain = Enumerable.Range(0, 2999).Reverse().Aggregate(Partition.Player(2999),
            (rest, player) => Partition.Of(Partition.Player(player), rest));
        var design = new PartitionShap(chain, 500).Design(3000, 1);
        Assert.AreEqual(8, design.Parts);
        CollectionAssert.AreEqual((int[])[.. Enumerable.Range(0, 7), .. Enumerable.Repeat(7, 2993)], design.PartOfPlayer!.ToArray());
    }

    [TestMethod]
    public void Images_are_halved_across_their_longer_side_then_by_channels()
    {
        var image = Partition.Image(3, 4, 6);
        Assert.AreEqual(72, image.Size);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 72).ToArray(), image.Players.ToArray());
        // [3, 4, 6] → columns 0 to 2 and 3 to 5.
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 72).Where(p => p % 6 < 3).ToArray(), image.First!.Players.ToArray());
        // [3, 4, 3] → rows 0, 1 and 2, 3.
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 72).Where(p => p % 6 < 3 && p / 6 % 4 < 2).ToArray(),
            image.First.First!.Players.ToArray());
        // Down to one place, whose channels are divided last.
        var place = image;
        while (place.Size > 3)
            place = place.First!;
        CollectionAssert.AreEquivalent((int[])[0, 24, 48], place.Players.ToArray());
    }

    [TestMethod]
    public void Hierarchies_that_do_not_fit_are_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => Partition.Merged(3, (0, 1)));
        Assert.ThrowsExactly<ArgumentException>(() => Partition.Merged(3, (0, 1), (1, 2)));
        Assert.ThrowsExactly<ArgumentException>(() => Partition.Merged(3, (0, 4), (1, 2)));
        Assert.ThrowsExactly<ArgumentException>(() => Partition.Merged(3, (0, 0), (1, 2)));
        Assert.ThrowsExactly<ArgumentException>(() => Partition.Image(5));
        var size = Assert.ThrowsExactly<ArgumentException>(() => new PartitionShap(Uneven).Design(6, 1));
        StringAssert.Contains(size.Message, "has 5 players; 6 were expected");
        Assert.ThrowsExactly<ArgumentException>(
            () => new PartitionShap(Partition.Of(Partition.Player(1), Partition.Player(1))).Design(2, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PartitionShap(MaximumEvaluations: 1));
    }
}
