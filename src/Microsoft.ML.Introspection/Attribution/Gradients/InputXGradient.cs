using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Input × gradient, x·∂f/∂x: the first-order share of every element in the score; shape of the input, unit of the score,
/// positive where the element speaks for it. Shrikumar, Greenside, Shcherbina, Kundaje 2016, arXiv:1605.01713.
/// </summary>
[Method("input-x-gradient", "The input times the gradient: first-order shares in the score",
    "Shrikumar, Greenside, Shcherbina, Kundaje 2016, arXiv:1605.01713")]
public sealed record InputXGradient : AttributionMethod
{
    /// <inheritdoc/>
    public override Value Attribute(Question question) => question.Input * question.Gradient();
}
