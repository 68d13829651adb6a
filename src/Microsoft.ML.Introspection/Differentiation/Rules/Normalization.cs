using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Normalisation layers in inference.</summary>
internal static class Normalization
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["BatchNormalization"] = BatchNormalization,
        ["LayerNormalization"] = Formula.Of(LayerNormalization),
        ["InstanceNormalization"] = Formula.Of(a =>
            Standard(a.At(0), Axes(2, a.At(0).Rank), a.Attributes.Float("epsilon", 1e-5f)).Y * Channels(a.At(1), a.At(0))
                + Channels(a.At(2), a.At(0))),
        ["GroupNormalization"] = Formula.Of(GroupNormalization),
        ["RMSNormalization"] = Formula.Of(RootMeanSquare),
        ["MeanVarianceNormalization"] = Formula.Of(a =>
            Standard(a.At(0), [.. (a.Attributes.Ints("axes") ?? [0, 2, 3]).Select(axis => (long)Adjoint.Positive(axis, a.At(0).Rank))],
                0).Y),
        ["LpNormalization"] = Formula.Of(LpNormalization),
        ["LRN"] = Formula.Of(LocalResponse),
    };

    // Y = γ(x−μ)/σ + β with running statistics, channel by channel (axis 1).
    private static Value BatchNormalization(Adjoint a)
    {
        if (a.Attributes.Int("training_mode") != 0)
            throw new UnsupportedOperatorException($"The {a.Node.Describe()} is in training mode. Export the network for inference.");
        var (x, gamma, mean, variance) = (a.At(0), a.At(1), a.At(3), a.At(4));
        var inverse = (variance + a.Attributes.Float("epsilon", 1e-5f)).Sqrt().Reciprocal();
        long[] others = [.. Enumerable.Range(0, x.Rank).Where(i => i != 1).Select(i => (long)i)];
        return a.Input switch
        {
            0 => a.Dy * Channels(gamma * inverse, x),
            1 => (a.Dy * (x - Channels(mean, x)) * Channels(inverse, x)).ReduceSum(others, keepDimensions: false),
            2 => a.Dy.ReduceSum(others, keepDimensions: false),
            3 => -a.Dy.ReduceSum(others, keepDimensions: false) * gamma * inverse,
            _ => (a.Dy * (x - Channels(mean, x))).ReduceSum(others, keepDimensions: false) * gamma * inverse.Pow(3) * -0.5,
        };
    }

    private static IReadOnlyList<Value?> LayerNormalization(Adjoint a)
    {
        var x = a.At(0);
        var (y, mean, inverse) =
            Standard(x, Axes(Adjoint.Positive(a.Attributes.Int("axis", -1), x.Rank), x.Rank), a.Attributes.Float("epsilon", 1e-5f));
        y *= a.At(1);
        // Mean and deviation stay in single precision where the rest is half, or double.
        ElementType? Type(int output) => output < a.Node.Outputs.Count ? a.Node.Outputs[output].Type : null;
        return [a.Given(2) is { } bias ? y + bias : y, mean.Cast(Type(1) ?? mean.Type), inverse.Cast(Type(2) ?? inverse.Type)];
    }

    // Each group of channels is one line to standardise.
    private static Value GroupNormalization(Adjoint a)
    {
        var x = a.At(0);
        var groups = x.Reshape(0, a.Attributes.Int("num_groups"), -1);
        var y = Standard(groups, [2], a.Attributes.Float("epsilon", 1e-5f)).Y.ReshapeLike(x);
        return y * Channels(a.At(1), x) + Channels(a.At(2), x);
    }

    // Zhang and Sennrich 2019: x over the root of its mean square, times γ.
    private static Value RootMeanSquare(Adjoint a)
    {
        var x = Wide(a.At(0));
        var axes = Axes(Adjoint.Positive(a.Attributes.Int("axis", -1), x.Rank), x.Rank);
        var inverse = ((x * x).MeanInOrder(axes) + a.Attributes.Float("epsilon", 1e-5f)).Sqrt().Reciprocal();
        return (x * inverse).Cast(a.At(0).Type) * a.At(1);
    }

    // A line of norm 0 stays as it is.
    private static Value LpNormalization(Adjoint a)
    {
        var (x, axes) = (a.At(0), a.At(0).Graph.Constant([Adjoint.Positive(a.Attributes.Int("axis", -1), a.At(0).Rank)]));
        var norm = Operators.Emit(a.Attributes.Int("p", 2) == 1 ? "ReduceL1" : "ReduceL2", x, axes);
        return x / norm.EqualTo(norm.Like(0)).Where(norm.Like(1), norm);
    }

    // Krizhevsky et al. 2012: x over (k + α·mean of x² among neighbouring channels)^β. The channels lie as an axis of space
    // for the mean over windows; what hangs over the edge counts as 0.
    private static Value LocalResponse(Adjoint a)
    {
        var (x, size) = (a.At(0), a.Attributes.Int("size"));
        var plane = (x * x).Reshape(0, 1, x.Shape[1].Value, -1);
        var mean = Operators.Emit(
            "AveragePool",
            Attributes.Of(("kernel_shape", (long[])[size, 1]), ("strides", (long[])[1, 1]),
                ("pads", (long[])[(size - 1) / 2, 0, size / 2, 0]), ("count_include_pad", 1)),
            plane);
        var scale = a.Attributes.Float("bias", 1) + a.Attributes.Float("alpha", 1e-4f) * mean.ReshapeLike(x);
        return x * scale.Pow(-a.Attributes.Float("beta", 0.75f));
    }

    /// <summary>What is left of x once mean and variance along axes are made 0 and 1; the mean; one over the deviation.</summary>
    private static (Value Y, Value Mean, Value Inverse) Standard(Value x, long[] axes, double epsilon)
    {
        var wide = Wide(x);
        var mean = wide.MeanInOrder(axes);
        var centred = wide - mean;
        var variance = (centred * centred).MeanInOrder(axes);
        var inverse = (epsilon == 0 ? variance : variance + epsilon).Sqrt().Reciprocal();
        return ((centred * inverse).Cast(x.Type), mean, inverse);
    }

    // Sums of half precision are taken in single precision.
    private static Value Wide(Value x) => x.Type is ElementType.Float16 or ElementType.BFloat16 ? x.Cast(ElementType.Float) : x;

    private static long[] Axes(int from, int rank) => [.. Enumerable.Range(from, rank - from).Select(i => (long)i)];

    // One number for each channel, laid along axis 1.
    private static Value Channels(Value perChannel, Value x) => perChannel.Reshape([-1, .. Enumerable.Repeat(1L, x.Rank - 2)]);
}
