using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// A way to explain one prediction: a number for every element of the input (or of part of it), as a formula over the graph.
/// </summary>
public abstract record AttributionMethod
{
    /// <summary>Writes the attribution into the question's graph.</summary>
    /// <param name="question">What is asked: input, score, gradient.</param>
    /// <returns>The attribution: the batch axis first, otherwise as the method says.</returns>
    public abstract Value Attribute(Question question);
}
