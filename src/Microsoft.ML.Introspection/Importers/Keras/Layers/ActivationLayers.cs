using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Layers that are functions, and those that do something in training alone.</summary>
internal static class ActivationLayers
{
    public static Dictionary<string, Rule> Rules { get; } = new()
    {
        ["Activation"] = Masked(s => s.Activate(s.Input)),
        ["ReLU"] = Masked(Relu),
        ["LeakyReLU"] = Masked(s => Activations.Leaky(s.Input, s.Number("negative_slope", s.Number("alpha", 0.3)))),
        ["ELU"] = Masked(s => Operators.Emit("Elu", Attributes.Of(("alpha", (float)s.Number("alpha", 1))), s.Input)),
        ["PReLU"] = Masked(PRelu),
        ["ThresholdedReLU"] = Masked(s => Operators.Emit("ThresholdedRelu", Attributes.Of(("alpha", (float)s.Number("theta", 1))),
            s.Input)),
        ["Softmax"] = Masked(Softmax),
        ["Dropout"] = Masked(Same), ["SpatialDropout1D"] = Masked(Same), ["SpatialDropout2D"] = Masked(Same),
        ["SpatialDropout3D"] = Masked(Same), ["AlphaDropout"] = Masked(Same), ["GaussianDropout"] = Masked(Same),
        ["GaussianNoise"] = Masked(Same), ["ActivityRegularization"] = Masked(Same), ["Identity"] = Masked(Same),
    };

    public static Value Same(KerasLayer s) => s.Input;

    // Above the threshold x, at most max_value; below it slope · (x - threshold).
    private static Value Relu(KerasLayer s)
    {
        var (x, slope, threshold) = (s.Input, s.Number("negative_slope", 0), s.Number("threshold", 0));
        var above = threshold == 0 ? s.Config.Number("max_value") is { } most ? x.Clip(0, most) : x.Relu()
            : Capped(x.Less(threshold).Where(x.Like(0), x), s.Config.Number("max_value"));
        return slope == 0 ? above : above - (-(x - threshold)).Relu() * slope;
    }

    private static Value Capped(Value x, double? most) => most is { } bound ? x.Clip(null, bound) : x;

    private static Value PRelu(KerasLayer s)
    {
        var shared = s.Wholes("shared_axes") ?? [];
        long[] shape = [.. Enumerable.Range(1, s.Input.Rank - 1).Select(axis => shared.Contains(axis) ? 1 : s.Features(s.Input, axis))];
        return Operators.Emit("PRelu", s.Input, s.Weight("alpha", shape));
    }

    private static Value Softmax(KerasLayer s)
    {
        if (s.Keywords.TryGetValue("mask", out var mask) && mask.Count > 0)
        {
            var kept = mask[0].Value.Cast(s.Input.Type);
            return (s.Input + (1 - kept) * -1e9).Softmax(s.Config.Wholes("axis") is [var only] ? (int)only : -1);
        }
        if (s.Config.Wholes("axis") is not { Length: > 1 } axes)
            return s.Input.Softmax((int)(s.Config.Wholes("axis")?[0] ?? -1));
        var shifted = (s.Input - s.Input.ReduceMax(axes)).Exp();
        return shifted / shifted.ReduceSum(axes);
    }
}
