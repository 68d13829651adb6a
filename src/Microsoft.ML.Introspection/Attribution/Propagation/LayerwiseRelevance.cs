using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Layer-wise relevance propagation: the score is handed back layer by layer, each unit sharing its relevance out among those
/// it was made of by a rule that depends on the layer. Shape of the input, unit of the score, positive where the element
/// speaks for it; the relevance of a row sums to the score but for what biases and stabilisers keep. Bach et al. 2015,
/// doi:10.1371/journal.pone.0130140; Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10.
/// </summary>
/// <param name="Composite">Which layer follows which rule; null for ε-plus.</param>
[Method("lrp", "Layer-wise relevance propagation: the score shared out layer by layer",
    "Bach et al. 2015, doi:10.1371/journal.pone.0130140")]
public sealed record LayerwiseRelevance(RelevanceComposite? Composite = null) : AttributionMethod
{
    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return RelevancePropagation.Of(question.Score, question.Input, Composite ?? RelevanceComposite.EpsilonPlus());
    }

    /// <summary>The score: what relevance sums to where it is conserved. The gap is what biases and stabilisers kept.</summary>
    public override Value Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Score;
    }
}
