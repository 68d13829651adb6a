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
    /// <summary>
    /// Conditions on channels of layers: only relevance that meets all of them reaches the input. Concept relevance propagation: Achtibat
    /// et al. 2023, doi:10.1038/s42256-023-00711-8.
    /// </summary>
    public IReadOnlyList<ChannelCondition> Conditions
    {
        get;
        init => field = [.. value ?? throw new ArgumentNullException(nameof(Conditions))];
    } = [];

    /// <summary>
    /// Whether relevance that by-passes the layers of conditions, through a shortcut, stays. The authors' library cuts it off unless told.
    /// </summary>
    public bool KeepsParallel { get; init; }

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return At(question, question.Input, question.Input);
    }

    /// <summary>The relevance of a value before the score.</summary>
    /// <param name="question">The question.</param>
    /// <param name="place">The value.</param>
    /// <param name="input">The value from which on layers are counted.</param>
    internal Value At(Question question, Value place, Value input)
    {
        var conditions = Conditions.Select(c => c.In(question)).ToList();
        foreach (var (condition, (at, _)) in Conditions.Zip(conditions))
        {
            if (ReferenceEquals(at, place) || !at.DependsOn(place) || !question.Score.DependsOn(at))
                throw new ArgumentException($"The condition {condition} lies on no way from '{place.Name}' to the score. Name a layer "
                    + "between them.");
        }
        if (!KeepsParallel && conditions.Exists(c => conditions.Exists(o => !c.At.DependsOn(o.At) && !o.At.DependsOn(c.At))))
            throw new ArgumentException($"The layers of {string.Join(" and ", Conditions)} stand side by side, so that no relevance goes "
                + "through all of them. Keep parallel relevance, or ask for each by itself.");
        return RelevancePropagation.Of(
            question.Score, place, input, Composite ?? RelevanceComposite.EpsilonPlus(), conditions, KeepsParallel);
    }

    /// <summary>The score: what relevance sums to where it is conserved. The gap is what biases and stabilisers kept.</summary>
    public override Value Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Score;
    }

    /// <inheritdoc/>
    public bool Equals(LayerwiseRelevance? other) => other is not null && Equals(Composite, other.Composite)
        && KeepsParallel == other.KeepsParallel && Conditions.SequenceEqual(other.Conditions);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Composite, KeepsParallel, Conditions.Count);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(LayerwiseRelevance)} {{ Composite = {Composite}"
        + (Conditions.Count == 0 ? " }" : $", Conditions = {string.Join("; ", Conditions)}, KeepsParallel = {KeepsParallel} }}");
}
