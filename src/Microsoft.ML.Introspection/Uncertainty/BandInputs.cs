using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>The inputs of a graph of intervals, by their names; what they hold is what a <see cref="Band"/> is made of.</summary>
/// <param name="Lower">Predictions, or lower quantiles.</param>
/// <param name="Upper">Upper quantiles; null where <paramref name="Lower"/> are predictions.</param>
/// <param name="Scale">How uncertain the model holds itself to be, not below 0; null where all rows are alike.</param>
/// <param name="Group">The group of each row; null for one of all.</param>
public sealed record BandInputs(string Lower, string? Upper = null, string? Scale = null, string? Group = null)
{
    /// <summary>Added to the uncertainty, as in <see cref="Band.Around(double, double, double)"/>.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The type of groups' numbers.</summary>
    public ElementType GroupType { get; init; } = ElementType.Int64;
}
