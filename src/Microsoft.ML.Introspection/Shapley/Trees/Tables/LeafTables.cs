using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley.Trees.Lanes;

namespace Microsoft.ML.Introspection.Shapley.Trees.Tables;

/// <summary>Where a set of leaves has its table, how long a line of it is, and whom its first numbers belong to.</summary>
internal readonly record struct LeafTable(int Start, int Width, int Players, int Count);

/// <summary>A bit of a pattern that changes, in few bytes: all of these pass the caches with every row.</summary>
internal readonly struct Toggle(int set, int bit)
{
    private readonly uint _place = (uint)set << 4 | (uint)bit;

    public int Set => (int)(_place >> 4);

    public int Bit => (int)(_place & 15);
}

/// <summary>
/// The Shapley values of trees whose paths ask few features, worked out for all that rows can do in them: what all threads share.
/// </summary>
internal sealed class LeafTables<T>
    where T : unmanaged, INumber<T>
{
    // Against a background any table saves much. Sweeps by covers go through many rows faster than these wait for large tables.
    private const long MostBytes = 64L << 20, MostPathBytes = 4L << 20;

    private LeafTables(TreeEnsemble ensemble, FeatureCodes codes, IReadOnlyList<LeafSet>?[] trees, Func<Tree, LeafGame> game)
    {
        AreAll = trees.All(t => t is not null);
        (Outputs, Codes) = ([.. ensemble.Trees.Select(t => t.Output)], codes);
        Trees = new Range[trees.Length];
        var (sets, tables, players) = (new List<LeafSet>(), new List<LeafTable>(), new List<ushort>());
        long size = 0;
        foreach (var (tree, own) in trees.Index())
        {
            foreach (var set in own ?? [])
            {
                sets.Add(set);
                tables.Add(new((int)size, set.Width, players.Count, set.Players.Length));
                players.AddRange(set.Players.Select(p => (ushort)Array.BinarySearch(codes.Players, p)));
                size += set.Size;
            }
            Trees[tree] = (sets.Count - (own?.Count ?? 0))..sets.Count;
        }
        (Tables, Players, Numbers, Start) = ([.. tables], [.. players], new(Math.Max(1, size)), new ushort[sets.Count]);
        SharedWork.Run(trees.Length, -1, tree =>
        {
            var made = trees[tree] is null ? null : game(ensemble.Trees[(int)tree]);
            for (var i = Trees[tree].Start.Value; i < Trees[tree].End.Value; i++)
                TensorPrimitives.ConvertTruncating(sets[i].Table(made!, sets[i].Width), Numbers.Span[tables[i].Start..]);
        });

        var toggles = Enumerable.Range(0, ensemble.FeatureCount).Select(_ => new List<(int Code, Toggle Toggle)>()).ToArray();
        foreach (var (place, set) in sets.Index())
        {
            foreach (var (bit, own) in set.Bits.Index())
            {
                var was = false;
                var changes = own.Borders.Select(b => codes.From(own.Feature, b)).Append(0).Append(codes.Missing(own.Feature));
                foreach (var code in changes.Distinct().Order())
                {
                    var takes = own.Takes(codes.Value(own.Feature, code));
                    if (takes == was)
                        continue;
                    was = takes;
                    if (code == 0)
                        Start[place] |= (ushort)(1 << bit);
                    else
                        toggles[own.Feature].Add((code, new(place, bit)));
                }
            }
        }
        Features = [.. toggles.Index().Where(t => t.Item.Count > 0).Select(t => t.Index)];
        Toggles = [.. Features.SelectMany(f => toggles[f].OrderBy(t => t.Code).Select(t => t.Toggle))];
        Ends = new int[Features.Length][];
        var begin = 0;
        foreach (var (place, feature) in Features.Index())
        {
            var ends = Ends[place] = new int[codes.Missing(feature) + 2];
            ends[0] = begin;
            foreach (var (code, _) in toggles[feature])
                ends[code + 1]++;
            for (var code = 0; code + 1 < ends.Length; code++)
                ends[code + 1] += ends[code];
            begin = ends[^1];
        }
        Stages = [.. Ends.Select(ends => StagesOf(Toggles.AsSpan(ends[0], ends[^1] - ends[0])))];
    }

    // The fewest changes between two stages: to take up a stage costs about as much as one change in 16 sets.
    private const int LeastStage = 16;

    private ushort[][] StagesOf(ReadOnlySpan<Toggle> toggles)
    {
        var stages = new ushort[toggles.Length / Stage][];
        var patterns = new ushort[Start.Length];
        for (var i = 0; i < stages.Length * Stage; i++)
        {
            patterns[toggles[i].Set] ^= (ushort)(1 << toggles[i].Bit);
            if ((i + 1) % Stage == 0)
                stages[i / Stage] = [.. patterns];
        }
        return stages;
    }

    /// <summary>Whether all trees have tables.</summary>
    public bool AreAll { get; }

    /// <summary>How values become codes.</summary>
    public FeatureCodes Codes { get; }

    /// <summary>The sets of every tree; none of trees that have no tables.</summary>
    public Range[] Trees { get; }

    /// <summary>The output that each tree adds to.</summary>
    public int[] Outputs { get; }

    /// <summary>The table of every set.</summary>
    public LeafTable[] Tables { get; }

    /// <summary>Whom the numbers of tables belong to, by places among the players that any tree asks.</summary>
    public ushort[] Players { get; }

    /// <summary>The numbers of all tables.</summary>
    public Buffer<T> Numbers { get; }

    /// <summary>The patterns of a row whose codes all are 0.</summary>
    public ushort[] Start { get; }

    /// <summary>The features that any pattern depends on.</summary>
    public int[] Features { get; }

    /// <summary>What changes in the patterns as codes rise, feature by feature.</summary>
    public Toggle[] Toggles { get; }

    /// <summary>For each feature, and code, where the changes begin (at 0) and end (behind each code).</summary>
    public int[][] Ends { get; }

    /// <summary>How many changes lie between two stages.</summary>
    public int Stage => Math.Max(LeastStage, Start.Length / 16);

    /// <summary>For each feature, what its changes up to a stage make of all patterns together: shape [stages][sets].</summary>
    public ushort[][][] Stages { get; }

    /// <summary>Makes the tables of all trees that may have some.</summary>
    /// <param name="shap">The trees, and against what.</param>
    /// <param name="codes">How values become codes.</param>
    public static unsafe LeafTables<T> Of(TreeShap shap, FeatureCodes codes) => new(
        shap.Ensemble, codes,
        LeafSet.Of(shap.Ensemble, shap.Options.Groups, sizeof(T),
            codes.Players.Length > ushort.MaxValue ? 0 : shap.Options.Background is null ? MostPathBytes : MostBytes,
            allOrNone: shap.Options.Background is null),
        LeafGame.Of(shap));
}
