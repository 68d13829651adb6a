using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>Relevance through normalisation layers; see <see cref="RelevanceRules.Normalization"/>.</summary>
internal static class Normalizations
{
    private const double Small = 1e-6;

    // y = γ·(x − μ)/σ + β with σ held fast: x·(d − mean d) with d = γ/σ · R/y, over the axes that mean and deviation are taken
    // along. Where no mean is taken away, x·d.
    public static Value? Propagate(Adjoint a)
    {
        if (a.Input != 0)
            return null;
        var x = a.X;
        var quotient = a.Dy / Signs.Stabilised(a.Y, Small);
        switch (a.Node.OperatorType)
        {
            case "LayerNormalization" or "RMSNormalization":
                long[] last = [.. Enumerable.Range(a.Axis("axis", -1), x.Rank - a.Axis("axis", -1)).Select(i => (long)i)];
                return Share(a, x, quotient * a.At(1), last, a.Node.OperatorType == "LayerNormalization");
            case "InstanceNormalization":
                var space = Axes.Space(x.Rank);
                return Share(a, x, quotient * PerChannel(a.At(1), x), space, true);
            default:
                long[] grouped = [0, a.Attributes.Int("num_groups"), -1];
                return Share(a, x.Reshape(grouped), (quotient * PerChannel(a.At(1), x)).Reshape(grouped), [2], true).ReshapeLike(x);
        }
    }

    private static Value Share(Adjoint a, Value x, Value quotient, long[] axes, bool centred)
    {
        var away = centred ? x - x.MeanInOrder(axes) : x;
        var deviation = ((away * away).MeanInOrder(axes) + a.Attributes.Float("epsilon", 1e-5f)).Sqrt();
        var back = quotient / deviation;
        return x * (centred ? back - back.MeanInOrder(axes) : back);
    }

    private static Value PerChannel(Value scale, Value x) => scale.Reshape([-1, .. Enumerable.Repeat(1L, x.Rank - 2)]);
}
