using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Normalisation layers in inference.</summary>
internal static class Normalization
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["BatchNormalization"] = BatchNormalization,
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

    // One number for each channel, laid along axis 1.
    private static Value Channels(Value perChannel, Value x) => perChannel.Reshape([-1, .. Enumerable.Repeat(1L, x.Rank - 2)]);
}
