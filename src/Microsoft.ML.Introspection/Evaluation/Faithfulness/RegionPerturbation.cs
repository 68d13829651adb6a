using MathNet.Numerics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>In which order regions are replaced.</summary>
public enum RegionOrder
{
    /// <summary>The most relevant first; a larger fall is better.</summary>
    [Option("", Name = "morf")]
    MostRelevantFirst,

    /// <summary>The least relevant first; a smaller fall is better.</summary>
    [Option("", Name = "lerf")]
    LeastRelevantFirst,

    /// <summary>By chance: what any map would give.</summary>
    Random,

    /// <summary>The fall with the most relevant first less that with the least relevant first; more is better.</summary>
    Difference,
}

/// <summary>
/// Region perturbation: f(x) − f(x_k), k = 1 … L, while squares are replaced in the order of the sum of what is said of them, without the
/// start. Told by the area over the perturbation curve, AOPC = Σ_{k=0}^{L} (f(x) − f(x_k)) / (L+1). Samek et al. 2017,
/// doi:10.1109/TNNLS.2016.2599820.
/// </summary>
/// <param name="Patch">The side of a square; 0 for an eighth of the shorter side.</param>
/// <param name="Order">In which order.</param>
/// <param name="Regions">How many squares are replaced at most; 0 for all.</param>
/// <param name="Seed">Other random orders for every seed.</param>
[Method("region-perturbation", "How far the score falls on average while squares are replaced (AOPC)",
    "Samek et al. 2017, doi:10.1109/TNNLS.2016.2599820")]
public sealed record RegionPerturbation(
    [Option("The side of a square; 0 for an eighth of the shorter side.")]
    int Patch = 0,
    [Option("In which order: the most relevant first, the least relevant first, by chance, or the difference of the first two.")]
    RegionOrder Order = RegionOrder.MostRelevantFirst,
    [Option("How many squares are replaced at most; 0 for all.")]
    int Regions = 0,
    [Option("Other random orders for every seed.")]
    int Seed = 1) : PerturbingCurve(JudgedScore.Probability)
{
    /// <summary>The side of a square.</summary>
    public int Patch { get; } = Perturbing.NotNegative(Patch, nameof(Patch));

    /// <summary>How many squares are replaced.</summary>
    public int Regions { get; } = Perturbing.NotNegative(Regions, nameof(Regions));

    /// <inheritdoc/>
    public override Direction Better => Order switch
    {
        RegionOrder.LeastRelevantFirst => Direction.Lower,
        RegionOrder.Random => Direction.Neither,
        _ => Direction.Higher,
    };

    /// <inheritdoc/>
    public override string OfFlatMaps => "the curve of squares in the order in which they stand; of the difference 0";

    /// <inheritdoc/>
    protected override double[][] Trace(ExplainedRows rows)
    {
        var known = rows.Known(Follows);
        if (Order != RegionOrder.Difference)
            return Falls(Order);
        var (most, least) = (Falls(RegionOrder.MostRelevantFirst), Falls(RegionOrder.LeastRelevantFirst));
        return [.. most.Select((m, row) => m.Select((fall, k) => fall - least[row][k]).ToArray())];

        double[][] Falls(RegionOrder order)
        {
            var patches = Perturbing.Patches(rows.Extents, Perturbing.PatchOf(Patch, rows.Extents));
            var curves = Along(rows, row => Ordered(rows, row, patches, order));
            for (var row = 0; row < curves.Length; row++)
                for (var k = 0; k < curves[row].Length; k++)
                    curves[row][k] = known[row] - curves[row][k];
            return curves;
        }
    }

    private protected override Value TraceOf(ExplainedQuestion rows)
    {
        var patches = rows.Patches(Patch);
        long[] ends = [.. Enumerable.Range(1, Regions > 0 ? Math.Min(Regions, patches.Count) : patches.Count).Select(k => (long)k)];
        return Order != RegionOrder.Difference ? Falls(Order)
            : Falls(RegionOrder.MostRelevantFirst) - Falls(RegionOrder.LeastRelevantFirst);

        Value Falls(RegionOrder order)
        {
            var sums = patches.Sums(rows.Said);
            if (order == RegionOrder.Random)
                sums = SeededNoise.Integers(rows.Question.Graph.Constant(Tensor.Vector(0L)), patches.Count, Seed, 0).ExpandLike(sums);
            var places = ExplainedQuestion.Places(sums, order != RegionOrder.LeastRelevantFirst);
            return rows.Known(Follows) - Along(rows, patches.OfFeatures(places), ends);
        }
    }

    /// <inheritdoc/>
    protected override double Told(ReadOnlySpan<double> curve) => Judging.Mean(curve) * curve.Length / (curve.Length + 1);

    private int[][] Ordered(ExplainedRows rows, int row, int[][] patches, RegionOrder order)
    {
        double[] sums = [.. patches.Select(p => p.Sum(rows.Attribution(row)))];
        var places = order == RegionOrder.Random
            ? Combinatorics.GeneratePermutation(patches.Length, Drawing.Of(Seed, rows.First + row))
            : Judging.Order(sums, order == RegionOrder.MostRelevantFirst);
        return [.. places.Take(Regions > 0 ? Regions : places.Length).Select(p => patches[p])];
    }
}
