using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>
/// Activations. At a kink the derivative is that of the flatter side (0 for a ReLU at 0), as the common frameworks have it.
/// </summary>
internal static class Activations
{
    private const float SeluAlpha = 1.67326319217681884765625f, SeluGamma = 1.05070102214813232421875f;

    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["Relu"] = a => Pooling.BehindRelu(a.Y, a.Dy) ?? a.Dy * a.Y.IsPositive(),
        ["LeakyRelu"] = a => Bent(a, a.Dy * a.Attributes.Float("alpha", 0.01f)),
        ["PRelu"] = a => a.Input == 0
            ? a.At(0).Greater(0).Where(a.Dy, a.Dy * a.At(1))
            : a.Dy * a.At(0).Minimum(a.At(0).Like(0)),
        ["ThresholdedRelu"] = a => a.X.Greater(a.Attributes.Float("alpha", 1)).Where(a.Dy, a.Dy.Like(0)),
        ["Elu"] = a => Bent(a, a.Dy * (a.Y + a.Attributes.Float("alpha", 1))),
        ["Celu"] = a => Bent(a, a.Dy * (a.X.Minimum(a.X.Like(0)) / a.Attributes.Float("alpha", 1)).Exp()),
        ["Selu"] = a => Bent(
            a,
            a.Dy * (a.Y + a.Attributes.Float("alpha", SeluAlpha) * a.Attributes.Float("gamma", SeluGamma)),
            a.Dy * a.Attributes.Float("gamma", SeluGamma)),
        ["Sigmoid"] = a => a.Dy * (a.Y * (1 - a.Y)),
        ["Tanh"] = a => a.Dy * (1 - a.Y * a.Y),
        ["Softplus"] = a => a.Dy * a.X.Sigmoid(),
        ["Softsign"] = a => a.Dy / (1 + a.X.Abs()).Pow(2),
        ["HardSigmoid"] = HardSigmoid,
        ["HardSwish"] = HardSwish,
        ["Gelu"] = Gelu,
        ["Mish"] = a => a.Dy * MishSlope(a.X),
        ["Swish"] = a => a.Dy * SwishSlope(a.X, a.Attributes.Float("alpha", 1)),
        ["Shrink"] = a => a.X.Abs().Greater(a.Attributes.Float("lambd", 0.5f)).Where(a.Dy, a.Dy.Like(0)),
        ["Softmax"] = a => Softmax(a),
        ["LogSoftmax"] = a => a.Dy - a.Y.Exp() * a.Dy.SumInOrder(a.Axis("axis", -1)),
    };

    private static Value Bent(Adjoint a, Value below, Value? above = null) => a.X.Greater(0).Where(above ?? a.Dy, below);

    private static Value? HardSigmoid(Adjoint a)
    {
        var alpha = a.Attributes.Float("alpha", 0.2f);
        // The masks we write ourselves (IsPositive) are steps: flat on both sides.
        return alpha == float.MaxValue ? null : a.Dy * a.Y.Greater(0).And(a.Y.Less(1)).AsNumber(a.Y.Type) * alpha;
    }

    // x·h(x) with h(x) = clip(x/6 + ½): slope h + x·h′.
    private static Value HardSwish(Adjoint a)
    {
        var gate = a.X.HardSigmoid(1f / 6, 0.5f);
        var rising = gate.Greater(0).And(gate.Less(1)).AsNumber(gate.Type);
        return a.Dy * (gate + a.X * rising / 6);
    }

    private static Value Gelu(Adjoint a)
    {
        var x = a.X;
        if (a.Attributes.Text("approximate", "none") == "none")
        {
            // x·Φ(x): slope Φ(x) + x·φ(x).
            var cumulative = 0.5 * (1 + (x / Math.Sqrt(2)).Erf());
            var density = (-0.5 * (x * x)).Exp() / Math.Sqrt(2 * Math.PI);
            return a.Dy * (cumulative + x * density);
        }
        // ½x(1+t) with t = tanh u, u = √(2/π)(x + 0.044715x³): slope ½(1+t) + ½x(1−t²)u′.
        var scale = Math.Sqrt(2 / Math.PI);
        var t = (scale * (x + 0.044715 * (x * x * x))).Tanh();
        return a.Dy * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (scale * (1 + 3 * 0.044715 * (x * x))));
    }

    // x·tanh(s) with s = softplus(x): slope tanh(s) + x·(1−tanh²s)·σ(x).
    private static Value MishSlope(Value x)
    {
        var t = Operators.Emit("Softplus", x).Tanh();
        return t + x * (1 - t * t) * x.Sigmoid();
    }

    // x·σ(αx): slope σ + αx·σ(1−σ).
    private static Value SwishSlope(Value x, float alpha)
    {
        var gate = (x * alpha).Sigmoid();
        return gate + alpha * x * gate * (1 - gate);
    }

    private static Value Softmax(Adjoint a)
    {
        var weighted = a.Dy * a.Y;
        return weighted - a.Y * weighted.SumInOrder(a.Axis("axis", -1));
    }
}
