using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Grad-CAM element by element: Σₖ ReLU(∂S/∂Aₖ·Aₖ), what each position of each feature speaks for the score, before anything can cancel.
/// Unit of the score. Pillai, Pirsiavash 2021, doi:10.1109/WACV48630.2021.00268.
/// </summary>
[Method("grad-cam-element-wise", "The positive part of the features times their gradient, element by element",
    "Pillai, Pirsiavash 2021, doi:10.1109/WACV48630.2021.00268")]
public sealed record GradCamElementWise : ActivationMap
{
    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question) =>
        (features.Gradient() * features.Maps).Relu().SumOverChannels();
}
