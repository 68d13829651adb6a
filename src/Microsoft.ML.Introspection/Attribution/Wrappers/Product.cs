using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Two methods multiplied element by element, as guided Grad-CAM multiplies a map with guided backpropagation; shapes broadcast,
/// so that a map of one channel meets an input of several.
/// </summary>
/// <param name="Left">One method.</param>
/// <param name="Right">The other.</param>
public sealed record Product(AttributionMethod Left, AttributionMethod Right) : AttributionMethod
{
    /// <inheritdoc/>
    public override Value Attribute(Question question) => Left.Attribute(question) * Right.Attribute(question);
}
