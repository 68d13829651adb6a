using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// A method averaged over several networks of the same inputs and classes (folds of a cross-validation, members of an ensemble):
/// the mean of their attributions for the class that the explained network chooses. Shape and unit of the method's.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="Others">The networks beside the explained one.</param>
public sealed record Ensemble(AttributionMethod Method, params IReadOnlyList<Network> Others) : AttributionMethod
{
    /// <summary>The method.</summary>
    public AttributionMethod Method { get; } = Method ?? throw new ArgumentNullException(nameof(Method));

    /// <summary>The networks beside the explained one.</summary>
    public IReadOnlyList<Network> Others { get; } = Others is { Count: > 0 } ? [.. Others]
        : throw new ArgumentException("An average over networks needs another network.", nameof(Others));

    /// <inheritdoc/>
    public override Value Attribute(Question question) => Members(question).Select(Method.Attribute).Aggregate((sum, a) => sum + a) / (Others.Count + 1);

    /// <summary>The mean of what the method promises for each network.</summary>
    public override Value? Total(Question question)
    {
        var totals = Members(question).Select(Method.Total).OfType<Value>().ToList();
        return totals.Count == Others.Count + 1 ? totals.Aggregate((sum, t) => sum + t) / totals.Count : null;
    }

    /// <summary>Those of the method.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => Method.Names(items);

    /// <inheritdoc/>
    public bool Equals(Ensemble? other) => other is not null && Method == other.Method && Others.SequenceEqual(other.Others);

    /// <inheritdoc/>
    public override int GetHashCode() => Others.Aggregate(Method.GetHashCode(), HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(Ensemble)} {{ Method = {Method}, Networks = {Others.Count + 1} }}";

    private IEnumerable<Question> Members(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Others.Select(question.To).Prepend(question);
    }
}
