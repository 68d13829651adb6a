using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// DeconvNet: the score sent back through the transposed network, where every ReLU is applied to what comes back, max(dy, 0),
/// whether it was active or not. Other activations keep their derivative; max pooling is undone with its recorded switches.
/// Shape of the input; no unit. Zeiler, Fergus 2013, arXiv:1311.2901.
/// </summary>
[Method("deconvnet", "The score sent back through the transposed network, each ReLU applied to what comes back",
    "Zeiler, Fergus 2013, arXiv:1311.2901")]
public sealed record DeconvNet : AttributionMethod
{
    private static readonly BackwardRules Rules = BackwardRules.Default.With(("Relu", a => a.Dy.Relu()));

    /// <inheritdoc/>
    public override Value Attribute(Question question) => question.Gradient(Rules);
}
