using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// KPCA-CAM: the features of all positions projected on their first kernel principal component, which need not lie along a line. The
/// kernel of two positions is tanh(⟨x, y⟩/C + 1) of their C channels, each less its mean; the map is the component times the square root of
/// its eigenvalue, whatever the score. The sign, which is open, makes the entry of the largest size positive.
/// Karmani, Sivakaran, Prasad, Ali, Yang, Tang 2024, arXiv:2410.00267.
/// </summary>
[Method("kpca-cam", "The features projected on their first kernel principal component, whatever the score",
    "Karmani et al. 2024, arXiv:2410.00267")]
public sealed record KpcaCam : ActivationMap
{
    /// <summary>The signed map.</summary>
    public KpcaCam() => Relu = false;

    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        ArgumentNullException.ThrowIfNull(features);
        var x = PrincipalComponent.Centered(features.Maps);
        var kernel = (x.MatMul(x.TransposeMatrix()) / x.Shape[2].Value + 1).Tanh();
        var centered = kernel - kernel.MeanInOrder(1) - kernel.MeanInOrder(2) + kernel.MeanInOrder(1, 2);
        // The first component belongs to the largest eigenvalue, not to that of the largest size: tanh is no positive kernel.
        var shift = (-PrincipalComponent.Rayleigh(centered, PrincipalComponent.Leading(centered))).Relu();
        var component = PrincipalComponent.Leading(centered + shift * Identity(centered));
        var length = PrincipalComponent.Rayleigh(centered, component).Relu().Sqrt();
        return PrincipalComponent.Signed(component * length, features.Maps);
    }

    private static Value Identity(Value matrices)
    {
        var n = matrices.Shape[2].Value;
        return matrices.Graph.Constant([.. Enumerable.Range(0, (int)n).Select(i => (long)i)]).OneHot(n, matrices.Type);
    }
}
