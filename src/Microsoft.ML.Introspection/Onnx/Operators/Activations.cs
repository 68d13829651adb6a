namespace Microsoft.ML.Introspection.Onnx;

public static partial class Operators
{
    /// <summary>max(x, 0).</summary>
    public static Value Relu(this Value x) => Emit("Relu", x);

    /// <summary>1/(1+e⁻ˣ).</summary>
    public static Value Sigmoid(this Value x) => Emit("Sigmoid", x);

    /// <summary>Hyperbolic tangent.</summary>
    public static Value Tanh(this Value x) => Emit("Tanh", x);

    /// <summary>The error function.</summary>
    public static Value Erf(this Value x) => Emit("Erf", x);

    /// <summary>max(0, min(1, αx+β)).</summary>
    public static Value HardSigmoid(this Value x, float alpha, float beta) =>
        Emit("HardSigmoid", Attributes.Of(("alpha", alpha), ("beta", beta)), x);

    /// <summary>
    /// 1 where x &gt; 0, else 0, for an x that is never above 0 by less than a normal number: as a steep hard sigmoid, which ONNX
    /// Runtime computes without leaving the blocked layout of the convolutions around it.
    /// </summary>
    public static Value IsPositive(this Value x) => x.Type == ElementType.Float
        ? x.HardSigmoid(float.MaxValue, BelowZero)
        : x.Greater(0).AsNumber(x.Type);

    // Makes no difference but to runtimes that take a shift of exactly 0 for one that is left out.
    private const float BelowZero = -1e-37f;

    /// <summary>eˣ over its sum along an axis.</summary>
    public static Value Softmax(this Value x, int axis) => Emit("Softmax", Attributes.Of(("axis", axis)), x);

    /// <summary>The logarithm of <see cref="Softmax"/>.</summary>
    public static Value LogSoftmax(this Value x, int axis) => Emit("LogSoftmax", Attributes.Of(("axis", axis)), x);

    /// <summary>Numbers from the standard normal distribution, as many as x has elements, drawn anew at every run unless seeded.</summary>
    public static Value RandomNormalLike(this Value x, float? seed = null) => Emit("RandomNormalLike", Attributes.Of(("seed", seed)), x);
}
