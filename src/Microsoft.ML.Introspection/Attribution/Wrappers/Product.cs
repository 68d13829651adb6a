using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Two methods multiplied element by element, as guided Grad-CAM multiplies a map with guided backpropagation; shapes broadcast,
/// so that a map of one channel meets an input of several.
/// </summary>
/// <param name="Left">One method.</param>
/// <param name="Right">The other.</param>
public sealed record Product(AttributionMethod Left, AttributionMethod Right) : Wrapper(Left)
{
    /// <summary>The other.</summary>
    public AttributionMethod Right { get; } = Right ?? throw new ArgumentNullException(nameof(Right));

    /// <inheritdoc/>
    public override int LeadingAxes => Math.Max(Left.LeadingAxes, Right.LeadingAxes);

    /// <inheritdoc/>
    public override Value Attribute(Question question) => Left.Attribute(question) * Right.Attribute(question);

    /// <summary>Those of whichever method has more of them.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items)
    {
        var (left, right) = (Left.Names(items), Right.Names(items));
        return right.Count > left.Count ? right : left;
    }

    /// <summary>Null: a product sums to nothing in particular.</summary>
    public override Value? Total(Question question) => null;

    /// <summary>Null: what sums to nothing in particular starts nowhere.</summary>
    public override Value? BaseValue(Question question) => null;
}
