using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// How a row's score changes where a layer moves towards concepts: the derivative along each concept's direction of length 1, shape
/// [N, concepts]. The rows' part in TCAV: of the score, above zero speaks for the target; of the loss, below zero. Kim et al. 2018,
/// arXiv:1711.11279.
/// </summary>
/// <param name="Concepts">The concepts, all of one layer.</param>
/// <param name="Function">What is differentiated.</param>
public sealed record ConceptSensitivity(IReadOnlyList<ConceptVector> Concepts, ConceptFunction Function = ConceptFunction.Score) : Reading
{
    /// <summary>The concepts.</summary>
    public IReadOnlyList<ConceptVector> Concepts { get; } = Concepts is { Count: > 0 }
        && Concepts.All(c => c.Layer == Concepts[0].Layer && c.IsPooled == Concepts[0].IsPooled && c.Shape.SequenceEqual(Concepts[0].Shape))
        ? [.. Concepts]
        : throw new ArgumentException("At least one concept was expected, and all of one layer. Ask for each layer by itself.",
            nameof(Concepts));

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var (layer, first) = (question.Trace.Layer(Concepts[0].Layer), Concepts[0]);
        var gradient = Gradient.Of(Function.Of(question), layer);
        if (first.IsPooled && gradient.Rank > 2)
        {
            var channels = Axes.Channels(question.Network.Definition(question.Network.TensorOf(first.Layer)));
            long[] space = [.. Enumerable.Range(1, gradient.Rank - 1).Where(axis => axis != channels).Select(axis => (long)axis)];
            gradient = gradient.ReduceSum(space, keepDimensions: false);
        }
        if (!gradient.Shape.Skip(1).Select(d => d.Value).SequenceEqual(first.Shape))
            throw new ArgumentException($"The layer '{first.Layer}' makes rows {layer.Shape}; the concepts' vectors have the shape "
                + $"[{string.Join(", ", first.Shape)}]. Learn them of this network's layer.");
        var (width, count) = (first.Weights.Length, Concepts.Count);
        var columns = new double[width * count];
        foreach (var (k, concept) in Concepts.Index())
            foreach (var (i, weight) in concept.Direction.Index())
                columns[i * count + k] = weight;
        return [gradient.Reshape(-1, width).MatMul(gradient.Graph.Constant(Tensor.FromDoubles(gradient.Type, columns, width, count)))];
    }

    /// <summary>The names of the concepts.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [.. Concepts.Select(c => c.Name)];

    /// <inheritdoc/>
    public override string ToString() =>
        $"{nameof(ConceptSensitivity)} {{ Layer = {Concepts[0].Layer}, Concepts = {string.Join(", ", Concepts.Select(c => c.Name))}, "
            + $"Function = {Function} }}";

    /// <inheritdoc/>
    public bool Equals(ConceptSensitivity? other) =>
        other is not null && Function == other.Function && Concepts.SequenceEqual(other.Concepts);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Concepts[0].Layer, Concepts.Count, Function);
}

/// <summary>What is differentiated.</summary>
internal static class ConceptFunctions
{
    /// <summary>The function of a question, shape [N, 1].</summary>
    public static Value Of(this ConceptFunction function, Question question)
    {
        if (function == ConceptFunction.Score)
            return question.Score;
        if (function != ConceptFunction.Loss)
            throw new ArgumentOutOfRangeException(nameof(function), function, "There is no such function.");
        var scores = question.Scores;
        // A single score is a logit: −log σ(s).
        return scores.Shape[1] == 1 ? -scores.Sigmoid().Log() : -scores.LogSoftmax(1).GatherElements(question.Choice, 1);
    }
}
