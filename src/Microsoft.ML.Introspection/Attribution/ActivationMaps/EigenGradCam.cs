using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Eigen-Grad-CAM: Eigen-CAM of the features times their gradient, so that it tells classes apart. The matrix positions × channels of g·A,
/// each channel less its mean, times its first right singular vector. The sign, which is open, makes the entry of the largest size
/// positive. Signed, unless <see cref="ActivationMap.Relu"/> is asked for. Muhammad, Yeasin 2020, arXiv:2008.00299; Gildenblat 2021,
/// pytorch-grad-cam.
/// </summary>
[Method("eigen-grad-cam", "The features times their gradient, projected on their first principal component",
    "Muhammad, Yeasin 2020, arXiv:2008.00299")]
public sealed record EigenGradCam : ActivationMap
{
    /// <summary>The signed map.</summary>
    public EigenGradCam() => Relu = false;

    /// <summary>Whether the gradient's size is taken, |g|·A, as Seg-Eigen-CAM does for masks.</summary>
    [Option("Whether the gradient's absolute value is taken, as Seg-Eigen-CAM does.")]
    public bool Absolute { get; init; }

    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        ArgumentNullException.ThrowIfNull(features);
        var (a, g) = (features.Maps, features.Gradient());
        return PrincipalComponent.Signed(PrincipalComponent.Projection(PrincipalComponent.Centered((Absolute ? g.Abs() : g) * a)), a);
    }
}
