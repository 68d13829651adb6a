using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// HiResCAM: Σₖ ∂S/∂Aₖ·Aₖ, each position weighted by its own gradient; signed, as in the paper, unless
/// <see cref="ActivationMap.Relu"/> is asked for. Unit of the score. Draelos, Carin 2020, arXiv:2011.08891.
/// </summary>
[Method("hires-cam", "The features times their gradient, position by position",
    "Draelos, Carin 2020, arXiv:2011.08891")]
public sealed record HiResCam : ActivationMap
{
    /// <summary>The signed map.</summary>
    public HiResCam() => Relu = false;

    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question) => (features.Gradient() * features.Maps).SumOverChannels();
}
