using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>
/// Path-dependent Shapley values leaf by leaf, for trees of any depth: the integrand of each leaf as a polynomial in the basis tᵏ(1−t)ᵐ⁻ᵏ,
/// in which all its coefficients are positive, so that nothing cancels.
/// </summary>
/// <remarks>The factor of a feature is z(1−t) + o·t, and ∫₀¹ tᵏ(1−t)ᵐ⁻ᵏ dt = k!(m−k)!/(m+1)!.</remarks>
internal static class PathPolynomials
{
    /// <summary>Values of one row.</summary>
    /// <returns>Shape [outputs, features].</returns>
    public static double[] Values(TreeEnsemble ensemble, ReadOnlySpan<float> row)
    {
        var result = new double[ensemble.OutputCount * ensemble.FeatureCount];
        foreach (var leaf in Leaves(ensemble, BruteForceShapley.Compared(row)))
            for (var i = 0; i < leaf.Parts.Length; i++)
                result[leaf.Output * ensemble.FeatureCount + leaf.Parts[i].Feature] += leaf.Value * leaf.Parts[i].Gain
                    * Integral(leaf.Parts, i, -1);
        return result;
    }

    /// <summary>Interaction values of one row.</summary>
    /// <returns>Shape [outputs, features, features].</returns>
    public static double[] Interactions(TreeEnsemble ensemble, ReadOnlySpan<float> row)
    {
        var features = ensemble.FeatureCount;
        var values = Values(ensemble, row);
        var result = new double[values.Length * features];
        for (var output = 0; output < ensemble.OutputCount; output++)
            for (var f = 0; f < features; f++)
                result[(output * features + f) * features + f] = values[output * features + f];
        foreach (var leaf in Leaves(ensemble, BruteForceShapley.Compared(row)))
        {
            for (var i = 0; i < leaf.Parts.Length; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    var (one, other) = (leaf.Parts[i], leaf.Parts[j]);
                    var half = 0.5 * leaf.Value * one.Gain * other.Gain * Integral(leaf.Parts, i, j);
                    var block = leaf.Output * features;
                    result[(block + one.Feature) * features + other.Feature] += half;
                    result[(block + other.Feature) * features + one.Feature] += half;
                    result[(block + one.Feature) * features + one.Feature] -= half;
                    result[(block + other.Feature) * features + other.Feature] -= half;
                }
            }
        }
        return result;
    }

    // What a path makes of one feature: the share of the data that takes all its edges, and whether the row does.
    private readonly record struct Part(int Feature, double Share, bool Takes)
    {
        public double Gain => (Takes ? 1 : 0) - Share;
    }

    private sealed record Leaf(int Output, double Value, Part[] Parts);

    private static double Integral(Part[] parts, int without, int orWithout)
    {
        double[] coefficients = [1];
        for (var p = 0; p < parts.Length; p++)
        {
            if (p == without || p == orWithout)
                continue;
            var next = new double[coefficients.Length + 1];
            for (var k = 0; k < coefficients.Length; k++)
            {
                next[k] += coefficients[k] * parts[p].Share;
                next[k + 1] += coefficients[k] * (parts[p].Takes ? 1 : 0);
            }
            coefficients = next;
        }
        var degree = coefficients.Length - 1;
        var (integral, weight) = (0.0, 1.0 / (degree + 1));
        for (var k = 0; k <= degree; k++)
        {
            integral += coefficients[k] * weight;
            weight *= (k + 1.0) / Math.Max(1, degree - k);
        }
        return integral;
    }

    private static IEnumerable<Leaf> Leaves(TreeEnsemble ensemble, double[] row) =>
        ensemble.Trees.SelectMany(tree => Leaves(tree, row, 0, []));

    private static IEnumerable<Leaf> Leaves(Tree tree, double[] row, int at, Part[] parts)
    {
        var node = tree.Nodes[at];
        if (node.IsLeaf)
            return [new Leaf(tree.Output, node.Value, parts)];
        var known = Array.FindIndex(parts, p => p.Feature == node.Feature);
        var before = known < 0 ? new Part(node.Feature, 1, true) : parts[known];
        return new[] { node.Left, node.Right }.SelectMany(child =>
        {
            var takes = tree.GoesLeft(node, row[node.Feature]) == (child == node.Left);
            var part = new Part(node.Feature, before.Share * BruteForceShapley.Share(tree, node, child), before.Takes && takes);
            return Leaves(tree, row, child, [.. parts.Where(p => p.Feature != node.Feature), part]);
        });
    }
}
