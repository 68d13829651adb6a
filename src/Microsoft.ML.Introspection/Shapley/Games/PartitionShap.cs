using System.Collections.Frozen;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Partition SHAP: Shapley values of a game in which players act through a hierarchy of halves. A half is shared out between its own two
/// halves, for each of which the other, and every half set aside on the way down, is there or is not, all equally likely; so a player's
/// attribution is the mean over those
/// orders in which no half is interrupted by others (Owen 1977; several levels: Winter 1989). Words, regions, and correlated features keep
/// together, and the cost grows with the square of the players at most. Where the evaluations do not last to the bottom, coarse levels come
/// first, and what a half gets that is not divided further is spread evenly over its players. The attributions sum to f(x) − mean f(b). As
/// shap's partition explainer has it, but with the same hierarchy cut for every row.
/// </summary>
/// <param name="Hierarchy">
/// The hierarchy; null for players halved in their order, or across the longer side where rows are images [channels, D₁, D₂, …] (or with
/// the channels last, where the network moves them) without groups.
/// </param>
/// <param name="MaximumEvaluations">How many coalitions are evaluated at most.</param>
[Method("partition-shap", "Shapley values through a hierarchy of halves: of images, texts, and tables in their order",
    "Owen 1977, Values of games with a priori unions")]
public sealed record PartitionShap(Partition? Hierarchy = null,
    [Option("How many coalitions are evaluated at most; coarse levels come first.", Name = "evaluations")]
    int MaximumEvaluations = 500) : CoalitionMethod
{
    /// <summary>How many coalitions are evaluated at most.</summary>
    public int MaximumEvaluations { get; } = MaximumEvaluations >= 2 ? MaximumEvaluations
        : throw new ArgumentOutOfRangeException(nameof(MaximumEvaluations), MaximumEvaluations,
            "At least two evaluations are needed to divide anything.");

    /// <summary>
    /// Players who change nothing, whatever the others do, as their features are in the row what they are in the whole background: they get
    /// nothing, and no evaluation is spent on them.
    /// </summary>
    internal IReadOnlySet<int> Idle { get; init; } = FrozenSet<int>.Empty;

    /// <summary>How many players share evenly with others, as the evaluations do not last to tell them apart.</summary>
    internal int Undivided(int players) => (Hierarchy ?? Partition.Balanced(players)).Without(Idle) is not { } active ? 0
        : Parts(active, Divided(active)).Where(p => p.Size > 1).Sum(p => p.Size);

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (Hierarchy is not null || Groups is not null || question.Input.Rank < 4)
            return base.Attribute(question);
        var image = Partition.Image(question.Channels[0] - 1, [.. question.Input.Shape.Skip(1).Select(d => d.Value)]);
        return (this with { Hierarchy = image }).Attribute(question);
    }

    /// <inheritdoc/>
    protected override CoalitionDesign Plan(int players, int rows)
    {
        var hierarchy = Hierarchy ?? Partition.Balanced(players);
        if (hierarchy.Size != players || !hierarchy.Players.Order().SequenceEqual(Enumerable.Range(0, players)))
            throw new ArgumentException(
                $"The hierarchy has {hierarchy.Size} players; {players} were expected, each of the numbers 0 to {players - 1} once.");
        var partOfPlayer = new int[players];
        if (hierarchy.Without(Idle) is not { } active)
            return new CoalitionDesign.Builder(1).Build(partOfPlayer);
        hierarchy = active;
        var divided = Divided(hierarchy);
        var parts = Parts(hierarchy, divided);
        // The idle ones are a part behind the others, which is with all of them only.
        Array.Fill(partOfPlayer, parts.Count);
        foreach (var (part, number) in parts.Select((part, number) => (part, number)))
            foreach (var player in part.Players)
                partOfPlayer[player] = number;
        var members = new Dictionary<Partition, Coalition>();
        var count = parts.Count + (Idle.Count > 0 ? 1 : 0);
        var nobody = Coalition.None(count);
        Gather(hierarchy);

        var design = new CoalitionDesign.Builder(count);
        var everybody = Idle.Count > 0 ? members[hierarchy].With(parts.Count) : members[hierarchy];
        Divide(hierarchy, nobody, design.Place(nobody), design.Place(everybody), 1);
        return design.Build(count == players && partOfPlayer.Index().All(p => p.Index == p.Item) ? null : partOfPlayer);

        Coalition Gather(Partition half) => members[half] = divided.Contains(half)
            ? Gather(half.First!).With(Gather(half.Second!))
            : nobody.With(partOfPlayer[half.Players.First()]);

        // A half gets weight·(v(others ∪ half) − v(others)), or its own halves get it.
        void Divide(Partition half, Coalition others, int without, int with, double weight)
        {
            if (!divided.Contains(half))
            {
                design.Difference(partOfPlayer[half.Players.First()], with, without, weight);
                return;
            }
            var (first, second) = (others.With(members[half.First!]), others.With(members[half.Second!]));
            var (withFirst, withSecond) = (design.Place(first), design.Place(second));
            Divide(half.First!, others, without, withFirst, weight / 2);
            Divide(half.First!, second, withSecond, with, weight / 2);
            Divide(half.Second!, others, without, withSecond, weight / 2);
            Divide(half.Second!, first, withFirst, with, weight / 2);
        }
    }

    // The halves that the evaluations last to divide: level by level, the larger ones of a level first. On level d the halves set aside
    // on the way may be there or not in 2ᵈ ways, and for each of these both halves' halves are evaluated.
    private HashSet<Partition> Divided(Partition hierarchy)
    {
        var divided = new HashSet<Partition>(ReferenceEqualityComparer.Instance);
        List<Partition> level = [hierarchy];
        long left = MaximumEvaluations;
        for (var cost = 2L; level.Count > 0 && cost <= left; cost *= 2)
        {
            var next = new List<Partition>();
            foreach (var half in level.Where(h => h.Size > 1).OrderByDescending(h => h.Size))
            {
                if (left < cost)
                    break;
                left -= cost;
                divided.Add(half);
                next.AddRange([half.First!, half.Second!]);
            }
            level = next;
        }
        return divided;
    }

    private static List<Partition> Parts(Partition half, HashSet<Partition> divided) =>
        divided.Contains(half) ? [.. Parts(half.First!, divided), .. Parts(half.Second!, divided)] : [half];
}
