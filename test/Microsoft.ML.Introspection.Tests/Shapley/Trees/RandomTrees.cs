using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>
/// Ensembles and rows that look random and are the same for the same numbers. Thresholds and values lie on one coarse grid, so that they
/// often meet, and a path often asks a feature again.
/// </summary>
internal sealed record RandomTrees
{
    // Infinities only now and then: a row full of them reaches few leaves.
    private const double Missing = 0.12, Infinite = 0.02, Fraction = 0.1;

    public int Seed { get; init; }

    public int Features { get; init; } = 6;

    public int Trees { get; init; } = 3;

    public int Outputs { get; init; } = 1;

    /// <summary>The most splits on a path.</summary>
    public int Depth { get; init; } = 5;

    /// <summary>How likely a node above that depth splits.</summary>
    public double Growth { get; init; } = 0.85;

    /// <summary>Whether splits may ask for categories, single values, and take zero for missing.</summary>
    public bool AllKinds { get; init; } = true;

    /// <summary>Whether some nodes were passed by no training data.</summary>
    public bool ZeroCovers { get; init; }

    /// <summary>Whether the covers of children do not quite add up to their parent's.</summary>
    public bool LooseCovers { get; init; }

    public bool ComparesSingles { get; init; } = true;

    public ScoreLink Link { get; init; } = ScoreLink.Identity;

    /// <summary>The ensemble.</summary>
    public TreeEnsemble Ensemble()
    {
        var random = new Random(Seed);
        return new TreeEnsemble(
            Features,
            [.. Enumerable.Range(0, Trees).Select(i => Tree(random, i % Outputs))],
            [.. Enumerable.Range(0, Outputs).Select(o => 0.25 * (o + 1))]) { Link = Link, ComparesSingles = ComparesSingles };
    }

    /// <summary>Rows with missing values, infinities, and values exactly at thresholds.</summary>
    /// <returns>Shape [count, features].</returns>
    public float[] Rows(int count)
    {
        var random = new Random(~Seed);
        return [.. Enumerable.Range(0, count * Features).Select(_ => Value(random))];
    }

    private Tree Tree(Random random, int output)
    {
        var nodes = new List<TreeNode>();
        var sets = new List<double[]>();
        Grow(Depth, 1024);
        return new Tree(nodes.ToArray(), sets, output);

        int Grow(int depth, double cover)
        {
            var at = nodes.Count;
            if (depth == 0 || at > 0 && random.NextDouble() > Growth)
            {
                nodes.Add(TreeNode.Leaf(random.NextDouble() * 4 - 2, cover));
                return at;
            }
            nodes.Add(default);
            var share = ZeroCovers && random.Next(6) == 0 ? random.Next(2) : 0.05 + 0.9 * random.NextDouble();
            var (left, right) = (Grow(depth - 1, cover * share * Loosened()), Grow(depth - 1, cover * (1 - share) * Loosened()));
            nodes[at] = Split(left, right) with { Cover = cover, ZeroIsMissing = AllKinds && random.Next(8) == 0 };
            return at;
        }

        double Loosened() => LooseCovers && random.Next(3) == 0 ? 0.7 + 0.6 * random.NextDouble() : 1;

        TreeNode Split(int left, int right)
        {
            var (feature, missingLeft, kind) = (random.Next(Features), random.Next(2) == 0, (SplitKind)random.Next(AllKinds ? 4 : 2));
            if (kind is SplitKind.Less or SplitKind.LessOrEqual)
                return TreeNode.Comparison(feature, kind, Threshold(random), left, right, missingLeft);
            sets.Add([.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => kind == SplitKind.Category ? random.Next(6) : Grid(random))]);
            return TreeNode.Membership(feature, kind, sets.Count - 1, left, right, missingLeft);
        }
    }

    // Some thresholds are no numbers of single precision, which only a comparison of doubles can tell.
    private double Threshold(Random random) => Grid(random) + (ComparesSingles || random.Next(3) > 0 ? 0 : 1e-12 * (random.Next(3) - 1));

    private static double Grid(Random random) => (random.Next(17) - 5) * 0.5;

    private static float Value(Random random) => random.NextDouble() switch
    {
        < Missing => float.NaN,
        < Missing + Infinite => random.Next(2) == 0 ? float.PositiveInfinity : float.NegativeInfinity,
        < Missing + Infinite + Fraction => (float)(random.NextDouble() * 8 - 3),
        _ => (float)Grid(random),
    };
}
