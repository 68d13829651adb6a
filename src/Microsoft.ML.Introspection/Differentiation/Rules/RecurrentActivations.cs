using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>The activations that recurrent layers name, with their parameters.</summary>
internal static class RecurrentActivations
{
    // ONNX Runtime has no softsign and softplus of double precision; they are written out.
    // How many of α and β each takes from the layer's lists, and what they are where the lists end before.
    private static readonly Dictionary<string, (int Parameters, float Alpha, float Beta, Func<Value, float, float, Value> Write)> Table =
        new(StringComparer.OrdinalIgnoreCase)
    {
        ["Sigmoid"] = (0, 0, 0, (x, _, _) => x.Sigmoid()),
        ["Tanh"] = (0, 0, 0, (x, _, _) => x.Tanh()),
        ["Relu"] = (0, 0, 0, (x, _, _) => x.Relu()),
        ["Softsign"] = (0, 0, 0, (x, _, _) => x / (1 + x.Abs())),
        ["Softplus"] = (0, 0, 0, (x, _, _) => x.Maximum(x.Like(0)) + (1 + (-x.Abs()).Exp()).Log()),
        ["LeakyRelu"] = (1, 0.01f, 0, (x, alpha, _) => Operators.Emit("LeakyRelu", Attributes.Of(("alpha", alpha)), x)),
        ["ThresholdedRelu"] = (1, 1, 0, (x, alpha, _) => Operators.Emit("ThresholdedRelu", Attributes.Of(("alpha", alpha)), x)),
        ["Elu"] = (1, 1, 0, (x, alpha, _) => Operators.Emit("Elu", Attributes.Of(("alpha", alpha)), x)),
        ["HardSigmoid"] = (2, 0.2f, 0.5f, (x, alpha, beta) => x.HardSigmoid(alpha, beta)),
        ["Affine"] = (2, 1, 0, (x, alpha, beta) => x * alpha + beta),
        ["ScaledTanh"] = (2, 1, 1, (x, alpha, beta) => (x * beta).Tanh() * alpha),
    };

    /// <summary>The activation at a place of a layer's list; parameters are consumed in its order.</summary>
    public static Func<Value, Value> At(Adjoint layer, string[] names, int place)
    {
        float[] alphas = layer.Attributes.Floats("activation_alpha") ?? [], betas = layer.Attributes.Floats("activation_beta") ?? [];
        int usedAlphas = 0, usedBetas = 0;
        for (var i = 0; ; i++)
        {
            if (i >= names.Length || !Table.TryGetValue(names[i], out var activation))
                throw new UnsupportedOperatorException($"The {layer.Node.Describe()} lists the activations [{string.Join(", ", names)}]; "
                    + $"the one at place {i} is missing or not of the standard.");
            var alpha = activation.Parameters > 0 && usedAlphas < alphas.Length ? alphas[usedAlphas++] : activation.Alpha;
            var beta = activation.Parameters > 1 && usedBetas < betas.Length ? betas[usedBetas++] : activation.Beta;
            if (i == place)
                return x => activation.Write(x, alpha, beta);
        }
    }
}
