using System.Numerics.Tensors;
using MathNet.Numerics.Random;
using MathNet.Numerics;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// The Shapley values of E[w·x | x_S] for jointly Gaussian features: a constant matrix T for each output, φ = T·(x − μ). Aas, Jullum,
/// Løland 2021, arXiv:1903.10464.
/// </summary>
internal sealed class GaussianShares
{
    // So many orders are summed up by one thread; their number does not depend on that of threads, and so neither do the sums.
    private const int Together = 32;

    private readonly CorrelatedFeatures _features;
    private readonly double[] _weights;
    private readonly int _outputs;

    private GaussianShares(LinearModel model, CorrelatedFeatures features)
    {
        (_features, _outputs, _weights) = (features, model.OutputCount, new double[model.OutputCount * model.FeatureCount]);
        for (var output = 0; output < _outputs; output++)
            TensorPrimitives.Multiply(model.Weights(output), features.Deviations, _weights.AsSpan(output * features.Count, features.Count));
    }

    /// <summary>Over all coalitions.</summary>
    /// <returns>Shape [outputs, features, features].</returns>
    public static double[] Exact(LinearModel model, CorrelatedFeatures features, CancellationToken cancellation)
    {
        var all = new GaussianShares(model, features);
        return all.InUnitsOfFeatures(all.OverCoalitions(cancellation));
    }

    /// <summary>Averaged over orders drawn at random, each also backwards.</summary>
    /// <returns>Shape [outputs, features, features].</returns>
    public static double[] Sampled(LinearModel model, CorrelatedFeatures features, int permutations, int seed,
        CancellationToken cancellation)
    {
        var all = new GaussianShares(model, features);
        var random = new Xoshiro256StarStar(seed);
        var orders = Enumerable.Range(0, permutations).Select(_ => Combinatorics.GeneratePermutation(features.Count, random)).ToArray();
        var parts = new double[(permutations + Together - 1) / Together][];
        SharedWork.Run(parts.Length, -1, part => parts[part] = all.OverOrders(
            orders.AsSpan((int)part * Together, Math.Min(Together, permutations - (int)part * Together)), cancellation), cancellation);
        var shares = parts[0];
        foreach (var part in parts.AsSpan(1))
            TensorPrimitives.Add(shares, part, shares);
        TensorPrimitives.Divide(shares, 2.0 * permutations, shares);
        return all.InUnitsOfFeatures(shares);
    }

    private double[] OverOrders(ReadOnlySpan<int[]> orders, CancellationToken cancellation)
    {
        var (shares, innovations) = (new double[_outputs * _features.Count * _features.Count], new Innovations(_features, _weights));
        foreach (var order in orders)
        {
            cancellation.ThrowIfCancellationRequested();
            Add(order);
            Array.Reverse(order);
            Add(order);
        }
        return shares;

        void Add(int[] order)
        {
            innovations.Clear();
            foreach (var feature in order)
            {
                innovations.Add(feature);
                for (var output = 0; output < _outputs; output++)
                    AddTo(Share(shares, output, feature), innovations.Last, innovations.Gain(output));
            }
        }
    }

    private double[] OverCoalitions(CancellationToken cancellation)
    {
        var features = _features.Count;
        var (shares, innovations) = (new double[_outputs * features * features], new Innovations(_features, _weights));
        // A coalition of s features counts s!(F − s − 1)!/F! for a feature that is to join it.
        double[] weights = [.. Enumerable.Range(0, features).Select(s => 1 / (features * SpecialFunctions.Binomial(features - 1, s)))];
        // The expectation given the known features, less that given none: a combination of these; a level for each of them.
        var expectations = new double[(features + 1) * _outputs * features];
        var isKnown = new bool[features];
        Extend(0);
        return shares;

        // Every coalition is met once, its features in ascending order.
        void Extend(int next)
        {
            cancellation.ThrowIfCancellationRequested();
            Spread();
            for (var feature = next; feature < features; feature++)
            {
                innovations.Add(feature);
                var level = innovations.Count;
                for (var output = 0; output < _outputs; output++)
                    TensorPrimitives.MultiplyAdd(innovations.Last, innovations.Gain(output), Expectation(level - 1, output),
                        Expectation(level, output));
                isKnown[feature] = true;
                Extend(feature + 1);
                isKnown[feature] = false;
                innovations.Remove();
            }
        }

        void Spread()
        {
            var size = innovations.Count;
            for (var feature = 0; feature < features; feature++)
                for (var output = 0; output < _outputs; output++)
                    AddTo(Share(shares, output, feature), Expectation(size, output), isKnown[feature] ? weights[size - 1] : -weights[size]);
        }

        Span<double> Expectation(int level, int output) => expectations.AsSpan((level * _outputs + output) * features, features);
    }

    // The distances from the mean were counted in standard deviations.
    private double[] InUnitsOfFeatures(double[] shares)
    {
        for (var start = 0; start < shares.Length; start += _features.Count)
            TensorPrimitives.Divide(shares.AsSpan(start, _features.Count), _features.Deviations, shares.AsSpan(start, _features.Count));
        return shares;
    }

    private static void AddTo(Span<double> share, ReadOnlySpan<double> combination, double factor) =>
        TensorPrimitives.MultiplyAdd(combination, factor, share, share);

    private Span<double> Share(double[] shares, int output, int feature) =>
        shares.AsSpan((output * _features.Count + feature) * _features.Count, _features.Count);
}
