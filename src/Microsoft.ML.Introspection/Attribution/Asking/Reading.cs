using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// What is read off a network for each row: an attribution, or anything else that a graph computes beside the scores, such as an
/// activation. It becomes columns, files and ports like any other.
/// </summary>
public abstract record Reading
{
    /// <summary>The names of its parts, which follow the reading's own and an underscore; none where it is a single value.</summary>
    public virtual IReadOnlyList<string> PartNames => [];

    /// <summary>Writes the reading into the question's graph.</summary>
    /// <param name="question">What is asked: network, input, score.</param>
    /// <returns>A value for each part, or the only one; the batch axis first each.</returns>
    public abstract IReadOnlyList<Value> Read(Question question);

    /// <summary>
    /// The names of the items of what is read in their order, last axis fastest, made from those of the items of the input.
    /// </summary>
    /// <param name="items">The names of the input's items; they serve as they are where what is read has the input's shape.</param>
    public virtual IReadOnlyList<string> Names(IReadOnlyList<string> items) => items;

    /// <summary>Nothing: what a reading gives is said by its options, which are a derived record's own.</summary>
    protected virtual bool PrintMembers(StringBuilder builder) => false;
}

/// <summary>What a layer makes of each row: shape and unit of the layer's.</summary>
/// <param name="Layer">The layer, or the name of a tensor inside the network, shape [N, …].</param>
public sealed record Activation(string Layer) : Reading
{
    /// <summary>The layer.</summary>
    public string Layer { get; } = string.IsNullOrEmpty(Layer) ? throw new ArgumentException("A layer has a name.", nameof(Layer)) : Layer;

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return [question.Trace.Layer(Layer)];
    }

    /// <summary>Those of the input say nothing of a layer's units.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [];
}
