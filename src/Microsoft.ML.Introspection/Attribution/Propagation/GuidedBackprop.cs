using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Guided backpropagation: the gradient, where every ReLU hands back only what is positive, and only where it was active:
/// max(dy, 0)·[y > 0]. Other activations keep their derivative; max pooling hands back along its recorded switches. Shape of
/// the input; no unit, for it is no derivative of anything. Springenberg, Dosovitskiy, Brox, Riedmiller 2014, arXiv:1412.6806.
/// </summary>
[Method("guided-backprop", "The gradient, of which each ReLU hands back only the positive part where it was active",
    "Springenberg, Dosovitskiy, Brox, Riedmiller 2014, arXiv:1412.6806")]
public sealed record GuidedBackprop : AttributionMethod
{
    private static readonly BackwardRules Rules = BackwardRules.Default.With(("Relu", a => a.Dy.Relu() * a.Y.IsPositive()));

    /// <inheritdoc/>
    public override Value Attribute(Question question) => question.Gradient(Rules);
}
