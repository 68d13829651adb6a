using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>How the numbers of one token's embedding become one.</summary>
public enum TokenReduction
{
    /// <summary>Their sum: signed, and what adds up to a score goes on adding up.</summary>
    Sum,

    /// <summary>Their Euclidean length: never negative.</summary>
    L2Norm,
}

/// <summary>
/// Another method's attribution to an embedding, one number for each token: shape [N, T, E] becomes [N, T], and of several classes [N,
/// classes, T, E] becomes [N, classes, T]. Unit and, for sums, sign are the other method's.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="Reduction">How the numbers of a token become one.</param>
public sealed record PerToken(AttributionMethod Method, TokenReduction Reduction = TokenReduction.Sum) : Wrapper(Method)
{
    /// <summary>How the numbers of a token become one.</summary>
    public TokenReduction Reduction { get; } = Enum.IsDefined(Reduction)
        ? Reduction
        : throw new ArgumentOutOfRangeException(nameof(Reduction), Reduction, "There is no such reduction.");

    /// <summary>What the other method promises, for sums; a length promises nothing.</summary>
    public override Value? Total(Question question) => Reduction == TokenReduction.Sum ? Method.Total(question) : null;

    /// <summary>Where sums start; a length starts nowhere.</summary>
    public override Value? BaseValue(Question question) => Reduction == TokenReduction.Sum ? Method.BaseValue(question) : null;

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var attribution = Method.Attribute(question);
        if (question.Rows.Count > 1)
            return Jointly(question, attribution);
        // What classes there are come before the tokens.
        return attribution.Rank >= 3 + Method.LeadingAxes ? Reduced(attribution) : throw new ArgumentException(
            $"Only an attribution of shape [N, tokens, …] can be reduced per token; that to '{question.Place}' has {attribution.Shape}.");
    }

    internal override IReadOnlyList<long[]> RowsOf(IReadOnlyList<long[]> rows) =>
        [.. Method.RowsOf(rows).Select(row => row.Length > 1 ? row[..1] : row)];

    // Of several inputs those that are rows of numbers have no tokens, and keep their numbers.
    private Value Jointly(Question question, Value attribution)
    {
        var (before, after) = (Method.RowsOf(question.Rows), RowsOf(question.Rows));
        long[] lead = [.. attribution.Shape.Skip(1).Take(Method.LeadingAxes).Select(d => d.Value)];
        var parts = Question.Split(attribution, before).Select((part, i) =>
            (before[i].Length > 1 ? Reduced(part) : part).Reshape([-1, .. lead, Question.SizeOf(after[i])]));
        return Operators.Concat(1 + lead.Length, [.. parts]);
    }

    private Value Reduced(Value attribution)
    {
        var within = 2 + Method.LeadingAxes;
        long[] axes = [.. Enumerable.Range(within, attribution.Rank - within).Select(i => (long)i)];
        return Reduction == TokenReduction.Sum
            ? attribution.SumInOrder(axes).Squeeze(axes)
            : (attribution * attribution).SumInOrder(axes).Squeeze(axes).Sqrt();
    }
}
