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

    /// <summary>
    /// What the attributions of each row should sum to, shape [N, 1] (integrated gradients: the change of the score from the
    /// baseline); null where the method makes no such promise. The difference is the completeness gap.
    /// </summary>
    public virtual Value? Total(Question question) => null;

    /// <summary>What the attributions of each row explain: the question's score, shape [N, 1], or the scores of several classes.</summary>
    public virtual Value Score(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Score;
    }

    /// <summary>
    /// The score that the attributions of each row start from, so that they sum to what is added to it: f(x) less <see cref="Total"/>, shape
    /// [N, 1]; null where the method makes no promise.
    /// </summary>
    public virtual Value? BaseValue(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Total(question) is { } total ? question.Score - total : null;
    }

    /// <summary>The names of the attributions in their order, last axis fastest, made from those of the items of the input.</summary>
    /// <param name="items">The names of the input's items; they serve as they are where the attribution has the input's shape.</param>
    public virtual IReadOnlyList<string> Names(IReadOnlyList<string> items) => items;

    /// <summary>The product of two methods, element by element; see <see cref="Product"/>.</summary>
    public static AttributionMethod operator *(AttributionMethod left, AttributionMethod right) => new Product(left, right);
}
