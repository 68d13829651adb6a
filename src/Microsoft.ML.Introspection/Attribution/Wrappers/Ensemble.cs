using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// A method averaged over several networks of the same inputs and classes (folds of a cross-validation, members of an ensemble):
/// the mean of their attributions for the class that the explained network chooses. Shape and unit of the method's.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="Others">The networks beside the explained one.</param>
public sealed record Ensemble(AttributionMethod Method, params IReadOnlyList<Network> Others) : Wrapper(Method)
{
    /// <summary>The networks beside the explained one.</summary>
    public IReadOnlyList<Network> Others { get; } = Others is { Count: > 0 } ? [.. Others]
        : throw new ArgumentException("An average over networks needs another network.", nameof(Others));

    /// <inheritdoc/>
    public override Value Attribute(Question question) => Mean(question, Method.Attribute)!;

    /// <summary>The mean of what the method promises for each network.</summary>
    public override Value? Total(Question question) => Mean(question, Method.Total);

    /// <summary>The mean of the networks' scores.</summary>
    public override Value Score(Question question) => Mean(question, Method.Score)!;

    /// <summary>The mean of where the method starts for each network.</summary>
    public override Value? BaseValue(Question question) => Mean(question, Method.BaseValue);

    /// <inheritdoc/>
    public bool Equals(Ensemble? other) => other is not null && Method == other.Method && Others.SequenceEqual(other.Others);

    /// <inheritdoc/>
    public override int GetHashCode() => Others.Aggregate(Method.GetHashCode(), HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(Ensemble)} {{ Method = {Method}, Networks = {Others.Count + 1} }}";

    private Value? Mean(Question question, Func<Question, Value?> of)
    {
        ArgumentNullException.ThrowIfNull(question);
        var members = Others.Select(question.To).Prepend(question).Select(of).ToList();
        return members.Contains(null) ? null : members.Aggregate((sum, m) => sum! + m!)! / members.Count;
    }
}
