using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>A method made of another: unless it says otherwise, names, score, base value, total and axes are the other's.</summary>
/// <param name="Method">The other method.</param>
public abstract record Wrapper(AttributionMethod Method) : AttributionMethod
{
    /// <summary>The method.</summary>
    public AttributionMethod Method { get; } = Method ?? throw new ArgumentNullException(nameof(Method));

    /// <inheritdoc/>
    public override int LeadingAxes => Method.LeadingAxes;

    internal override IReadOnlyList<long[]> RowsOf(IReadOnlyList<long[]> rows) => Method.RowsOf(rows);

    /// <summary>Those of the method.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => Method.Names(items);

    /// <summary>What the method explains.</summary>
    public override Value Score(Question question) => Method.Score(question);

    /// <summary>What the method's attributions sum to.</summary>
    public override Value? Total(Question question) => Method.Total(question);

    /// <summary>Where the method's attributions start.</summary>
    public override Value? BaseValue(Question question) => Method.BaseValue(question);
}
