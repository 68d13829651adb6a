using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Another method's attributions for every class of the output, side by side, whatever the target: shape [N, classes, …]. Unit and sign are
/// the other method's. It costs as much as the method for each class, but for what they share.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="ClassNames">The classes' names, for those of the attributions; null for their numbers.</param>
public sealed record PerClass(AttributionMethod Method, IReadOnlyList<string>? ClassNames = null) : Wrapper(Method)
{
    /// <summary>The classes' names.</summary>
    public IReadOnlyList<string>? ClassNames { get; } = ClassNames is null ? null : [.. ClassNames];

    /// <inheritdoc/>
    public override Value Attribute(Question question) =>
        Operators.Concat(1, [.. Questions(question).Select(q => Method.Attribute(q).Unsqueeze(1))]);

    /// <summary>The scores of all classes, shape [N, classes].</summary>
    public override Value Score(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.About(Target.Class(0)).Scores;
    }

    /// <summary>What the attributions to each class sum to, shape [N, classes].</summary>
    public override Value? Total(Question question) => OfEach(question, Method.Total);

    /// <summary>Where the attributions of each class start, shape [N, classes].</summary>
    public override Value? BaseValue(Question question) => OfEach(question, Method.BaseValue);

    /// <summary>That of the classes, before those of the method.</summary>
    public override int LeadingAxes => 1 + Method.LeadingAxes;

    /// <summary>Class and attribution with a point between them; null classes are unknown here and leave names out.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items)
    {
        var names = Method.Names(items);
        return ClassNames is null ? names : [.. ClassNames.SelectMany(c => names.Select(n => $"{c}.{n}"))];
    }

    /// <inheritdoc/>
    public bool Equals(PerClass? other) =>
        other is not null && Method == other.Method && (ClassNames ?? []).SequenceEqual(other.ClassNames ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Method, ClassNames?.Count);

    private Value? OfEach(Question question, Func<Question, Value?> of)
    {
        var each = Questions(question).Select(of).ToList();
        return each.Contains(null) ? null : Operators.Concat(1, [.. each.Select(v => v!)]);
    }

    private IEnumerable<Question> Questions(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var classes = question.About(Target.Class(0)).Scores.Shape[1];
        if (!classes.IsKnown)
            throw new ArgumentException(
                $"The output has {classes} classes; a number was expected to explain each of them. Choose a target.");
        if (ClassNames is not null && ClassNames.Count != classes.Value)
            throw new ArgumentException($"{ClassNames.Count} names were given for {classes} classes.");
        return Enumerable.Range(0, Sizes.Extent(classes)).Select(c => question.About(Target.Class(c)));
    }
}
