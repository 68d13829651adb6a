using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// A way to explain one prediction: a number for every element of the input (or of part of it), as a formula over the graph.
/// </summary>
public abstract record AttributionMethod : Reading
{
    /// <summary>Writes the attribution into the question's graph.</summary>
    /// <param name="question">What is asked: input, score, gradient.</param>
    /// <returns>The attribution: the batch axis first, otherwise as the method says.</returns>
    public abstract Value Attribute(Question question);

    /// <summary>The attribution.</summary>
    public sealed override IReadOnlyList<Value> Read(Question question) => [Attribute(question)];

    /// <summary>None: an attribution is one value.</summary>
    public sealed override IReadOnlyList<string> PartNames => [];

    /// <summary>
    /// What the attributions of each row should sum to, shape [N, 1] (integrated gradients: the change of the score from the
    /// baseline), or for each of several classes, [N, classes]; null where the method makes no such promise. The difference is the
    /// completeness gap.
    /// </summary>
    public virtual Value? Total(Question question) => null;

    /// <summary>What the attributions of each row explain: the question's score, shape [N, 1], or the scores of several classes.</summary>
    public virtual Value Score(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Score;
    }

    /// <summary>
    /// The score that the attributions of each row start from, so that they sum to what is added to it: f(x) less <see cref="Total"/>,
    /// shape [N, 1]; null where the method makes no promise.
    /// </summary>
    public virtual Value? BaseValue(Question question) => Total(question) is { } total ? Score(question) - total : null;

    /// <summary>How many axes an attribution has between the batch's and the input's: one for classes, or none.</summary>
    public virtual int LeadingAxes => 0;

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder) => false;

    /// <summary>The extents of what it says of each of several inputs, after those of the inputs' rows.</summary>
    internal virtual IReadOnlyList<long[]> RowsOf(IReadOnlyList<long[]> rows) => rows;

    /// <summary>The product of two methods, element by element; see <see cref="Product"/>.</summary>
    public static AttributionMethod operator *(AttributionMethod left, AttributionMethod right) => new Product(left, right);
}
