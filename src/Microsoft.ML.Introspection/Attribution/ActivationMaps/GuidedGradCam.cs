using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Guided Grad-CAM: guided backpropagation times the enlarged Grad-CAM map; shape of the input. Fine detail, only where the
/// features speak for the score. Selvaraju et al. 2017, arXiv:1610.02391, section 3.2.
/// </summary>
/// <param name="Layer">The layer of the Grad-CAM map; null finds the last feature maps, as <see cref="ActivationMap.Layer"/> does.</param>
[Method("guided-grad-cam", "Guided backpropagation times the enlarged Grad-CAM map",
    "Selvaraju et al. 2017, arXiv:1610.02391")]
public sealed record GuidedGradCam(
    [Option("The layer whose feature maps are taken; auto takes the last before they are pooled.", Absent = "auto")]
    string? Layer = null) : AttributionMethod
{
    /// <inheritdoc/>
    public override Value Attribute(Question question) =>
        new GuidedBackprop().Attribute(question) * new GradCam { Layer = Layer }.Attribute(question);
}
