using System.Collections;
using System.Globalization;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>Normalisation: of each slot by what was learnt of it, and of each row by its own norm.</summary>
internal static class NormalizationRules
{
    /// <summary>Min-max, mean-variance, robust, log-mean-variance and binning.</summary>
    public static StepPlan Normalization(StepSite site, NormalizingTransformer transformer)
    {
        if (!StepSite.IsNumbers(site.Source))
            return StepPlan.Not($"'{site.Source.Name}' holds {site.Source.Item}");
        // What was learnt is of generic types: numbers or vectors of them, of single or double precision.
        var learnt = transformer.GetNormalizerModelParameters(site.Index);
        var kind = learnt.GetType().GetGenericTypeDefinition();
        return kind == typeof(NormalizingTransformer.AffineNormalizerModelParameters<>) ? Affine(site, Of("Scale"), Of("Offset"))
            : kind == typeof(NormalizingTransformer.CdfNormalizerModelParameters<>)
            ? Cumulative(site, Of("Mean"), Of("StandardDeviation"), (bool)Property("UseLog"))
            : kind == typeof(NormalizingTransformer.BinNormalizerModelParameters<>)
            ? Bins(site, Vectors(Property("UpperBounds")), Of("Density"), Of("Offset"))
            : StepPlan.Not($"what it learnt is {kind.Name}");

        double[] Of(string name) => Numbers(Property(name));

        object Property(string name) => learnt.GetType().GetProperty(name)!.GetValue(learnt)!;
    }

    private static StepPlan Affine(StepSite site, double[] scales, double[] offsets) => StepPlan.Of(site.Source.Name,
        x => x.Less(offsets) * x.Slots(scales));

    // The share of a normal distribution below the value, or below its logarithm; of what has no logarithm, 0.
    private static StepPlan Cumulative(StepSite site, double[] means, double[] deviations, bool ofLogarithm) =>
        StepPlan.Of(site.Source.Name, x =>
        {
            var isPositive = x.Greater(0);
            var y = ofLogarithm ? isPositive.Where(x, x.FullLike(1)).Log() : x;
            // Of slots that did not vary, ML.NET makes 0.
            var share = ShareBelow((y - x.Slots(means)) / x.Slots([.. deviations.Select(d => d == 0 ? 1 : d * Math.Sqrt(2))]))
                * x.Slots([.. deviations.Select(d => d == 0 ? 0.0 : 1)]);
            return ofLogarithm ? isPositive.Where(share, x.FullLike(0)) : share;
        });

    // ML.NET's error function is the closed form of Winitzki (2008), 1.3e-4 off at most; near 0 it is its slope.
    private static Value ShareBelow(Value z)
    {
        const double a = 0.147;
        var square = z * z;
        var isFar = square.Greater(1e-8);
        var far = isFar.Where(square, square.FullLike(1));
        // 1 − e⁻²ᵘ by a hyperbolic tangent, which loses no digits where u is small.
        var tanh = (far * (far * a + 4 / Math.PI) / (far * a + 1) * 0.5).Tanh();
        var size = (tanh * 2.0 / (tanh + 1)).Sqrt();
        return isFar.Where(size * z.Sign(), z * (2 / Math.Sqrt(Math.PI))) * 0.5 + 0.5;
    }

    // How many bounds lie below the value, scaled.
    private static StepPlan Bins(StepSite site, double[][] bounds, double[] densities, double[] offsets)
    {
        // All slots get as many bounds as the one with most.
        var most = bounds.Max(b => b.Length);
        double[] all = [.. bounds.SelectMany(b => b.Concat(Enumerable.Repeat(double.PositiveInfinity, most - b.Length)))];
        return StepPlan.Of(site.Source.Name, x =>
        {
            var table = x.Graph.Constant(Tensor.FromDoubles(x.Type, all, bounds.Length, most));
            var bin = x.Unsqueeze(2).Greater(table).Cast(x.Type).ReduceSum([2], keepDimensions: false);
            return (bin / x.Slots(densities)).Less(offsets);
        });
    }

    /// <summary>Each row divided by its norm, its mean taken off first where that is asked.</summary>
    public static StepPlan Norm(StepSite site, LpNormNormalizingTransformer transformer)
    {
        var (norm, centred, scale) = UnpublishedSteps.NormOf(transformer, site.Index);
        return StepPlan.Of(site.Source.Name, x =>
        {
            var y = centred ? x - x.ReduceMean([1]) : x;
            var length = norm switch
            {
                "L1" => y.Abs().ReduceSum([1]),
                "Infinity" => y.Abs().ReduceMax([1]),
                "StandardDeviation" => Root((y - x.ReduceMean([1]) * (centred ? 0 : 1)).Pow(2).ReduceMean([1])),
                _ => Root((y * y).ReduceSum([1])),
            };
            // A row of nothing stays as it is, scaled.
            return y * (length.Greater(0).Where(scale / length, length.Like(scale)));
        });

        // The root has no slope at 0, where nothing is divided anyway.
        static Value Root(Value square) => square.Greater(0).Where(square, square.Like(1)).Sqrt() * square.Greater(0).Cast(square.Type);
    }

    // Of offsets that are all zero ML.NET keeps none.
    private static Value Less(this Value x, double[] offsets) => Array.TrueForAll(offsets, o => o == 0) ? x : x - x.Slots(offsets);

    private static Value Slots(this Value x, double[] numbers) =>
        x.Graph.Constant(Tensor.FromDoubles(x.Type, numbers, numbers.Length));

    private static double[] Numbers(object learnt) => learnt is IEnumerable several
        ? [.. several.Cast<object>().Select(n => Convert.ToDouble(n, CultureInfo.InvariantCulture))]
        : [Convert.ToDouble(learnt, CultureInfo.InvariantCulture)];

    private static double[][] Vectors(object learnt)
    {
        object[] bounds = [.. ((IEnumerable)learnt).Cast<object>()];
        return bounds is [IEnumerable, ..] ? [.. bounds.Select(Numbers)] : [Numbers(learnt)];
    }
}
