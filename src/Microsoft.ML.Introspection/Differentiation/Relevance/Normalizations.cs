using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>Relevance through normalisation layers; see <see cref="RelevanceRules.Normalization"/>.</summary>
internal static class Normalizations
{
    // y = γ·(x − μ)/σ + β with σ held fast: x·(d − mean d) with d = γ/σ · R/y, over the axes that mean and deviation are taken
    // along. Where no mean is taken away and nothing added, every element keeps its own.
    public static Value? Propagate(Adjoint a, double epsilon)
    {
        if (a.Input != 0)
            return null;
        if (a.Node.OperatorType == "RMSNormalization")
            return a.Dy;
        var x = a.X;
        var quotient = a.Dy / Signs.Stabilised(a.Y, epsilon);
        switch (a.Node.OperatorType)
        {
            case "LayerNormalization":
                long[] last = [.. Enumerable.Range(a.Axis("axis", -1), x.Rank - a.Axis("axis", -1)).Select(i => (long)i)];
                return Share(a, x, quotient * a.At(1), last);
            case "InstanceNormalization":
                var space = Axes.Space(x.Rank);
                return Share(a, x, quotient * PerChannel(a.At(1), x), space);
            default:
                long[] grouped = [0, a.Attributes.Int("num_groups"), -1];
                return Share(a, x.Reshape(grouped), (quotient * PerChannel(a.At(1), x)).Reshape(grouped), [2]).ReshapeLike(x);
        }
    }

    /// <summary>The same through one that is written in its parts.</summary>
    public static Value Propagate(WrittenNormalization layer, Value relevance, double epsilon)
    {
        var quotient = relevance / Signs.Stabilised(layer.Output, epsilon);
        return Share(layer.X, layer.OverDeviation(layer.Scale is { } scale ? quotient * scale : quotient), [.. layer.Axes]);
    }

    private static Value Share(Adjoint a, Value x, Value quotient, long[] axes)
    {
        var away = x - x.MeanInOrder(axes);
        var deviation = ((away * away).MeanInOrder(axes) + a.Attributes.Float("epsilon", 1e-5f)).Sqrt();
        return Share(x, quotient / deviation, axes);
    }

    private static Value Share(Value x, Value back, long[] axes) => x * (back - back.MeanInOrder(axes));

    private static Value PerChannel(Value scale, Value x) => scale.Reshape([-1, .. Enumerable.Repeat(1L, x.Rank - 2)]);
}

/// <summary>Normalisations as they are to relevance, with an ε.</summary>
internal sealed record NormalizationRule(string Label, double Epsilon) : RelevanceRule(Label)
{
    internal override Value? Propagate(Adjoint adjoint, LinearLayer? layer) => Normalizations.Propagate(adjoint, Epsilon);

    /// <summary>Through a node of one that is written in its parts: all at the division, and past mean and deviation.</summary>
    public BackwardRule Through(WrittenNormalization layer, Node node) => adjoint =>
        ReferenceEquals(node, layer.Quotient)
            ? adjoint.Input == layer.Place ? Normalizations.Propagate(layer, adjoint.Dy, Epsilon) : null
            : layer.Passes(node, adjoint.Input) ? adjoint.Dy : null;
}
