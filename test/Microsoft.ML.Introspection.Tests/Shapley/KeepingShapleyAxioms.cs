using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>What makes an attribution Shapley's: efficiency, symmetry, dummies, linearity; on games that follow no rule.</summary>
[TestClass]
public sealed class KeepingShapleyAxioms
{
    // Sampled methods keep what they keep at any number of samples.
    private static readonly Dictionary<string, CoalitionMethod> Methods = new()
    {
        ["exact"] = new ExactShap(),
        ["kernel, all coalitions"] = new KernelShap(),
        ["kernel, sampled"] = new KernelShap(40, 3),
        ["permutation"] = new PermutationShap(3),
        ["sampling"] = new SamplingShap(7),
        ["partition"] = new PartitionShap(),
        ["partition, cut short"] = new PartitionShap(MaximumEvaluations: 20),
        ["kernel, few selected"] = new KernelShap { Selection = Selection.Features(3) },
    };

    public static IEnumerable<object[]> Names => Methods.Keys.Select(name => (object[])[name]);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Attributions_sum_to_what_all_players_gain(string name)
    {
        foreach (var players in (int[])[1, 2, 3, 7, 10])
        {
            if (name == "kernel, sampled" && players == 10)
                continue;
            var game = Game.Random(players, players);
            Near.Equal(game[(1 << game.Players) - 1] - game[0], game.Explained(Methods[name]).Sum(), 1e-10, $"{players} players");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Sums_of_games_have_the_sums_of_attributions(string name)
    {
        if (Methods[name] is KernelShap { Selection: var selection } && selection != Selection.None)
            return;
        var (a, b) = (Game.Random(6, 1), Game.Random(6, 2));
        var both = new Game(6, s => 2 * a[s] - 3 * b[s] + 5);
        AreClose([.. a.Explained(Methods[name]).Zip(b.Explained(Methods[name]), (x, y) => 2 * x - 3 * y)], both.Explained(Methods[name]),
            1e-10);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Who_adds_nothing_gets_nothing(string name)
    {
        // Player 2 changes no value. A regression on a sample tells that only nearly.
        var game = Game.Random(6, 4);
        var dummy = new Game(6, s => game[s & ~(1 << 2)]);
        var found = dummy.Explained(Methods[name])[2];
        Near.Equal(0, found, name == "kernel, sampled" ? 0.2 : name == "partition, cut short" ? 1 : 1e-10);
    }

    [TestMethod]
    [DataRow("exact")]
    [DataRow("kernel, all coalitions")]
    public void Who_does_the_same_gets_the_same(string name)
    {
        var random = Game.Random(6, 5);
        // Players 1 and 4 count alike: only how many of them there are matters.
        var game =
            new Game(6, s => random[s & ~(1 << 1 | 1 << 4)] * (1 + System.Numerics.BitOperations.PopCount((uint)(s & (1 << 1 | 1 << 4)))));
        var found = game.Explained(Methods[name]);
        Near.Equal(found[1], found[4], 1e-12);
        Near.Apart(found[0], found[1], 0.01);
    }

    [TestMethod]
    public void A_hierarchy_treats_alike_those_who_stand_alike()
    {
        var random = Game.Random(4, 5);
        // 0 and 1 are the halves of a half.
        var game = new Game(4, s => random[s & ~3] * (1 + System.Numerics.BitOperations.PopCount((uint)(s & 3))));
        var found = game.Explained(new PartitionShap());
        Near.Equal(found[0], found[1], 1e-12);
    }

    internal static void AreClose(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance, string what = "") =>
        Near.Equal([.. expected], [.. actual], tolerance, what);
}
