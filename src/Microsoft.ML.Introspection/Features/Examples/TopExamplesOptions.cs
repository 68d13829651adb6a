using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Features;

/// <summary>By what rows are ranked.</summary>
public enum ExampleOrder
{
    /// <summary>By the largest number of a unit over its positions: one strong place.</summary>
    Maximum,

    /// <summary>By the sum over positions: all of the row.</summary>
    Sum,
}

/// <summary>Which rows are kept.</summary>
public sealed record TopExamplesOptions
{
    /// <summary>The layers, or inner tensors, shape [N, …]; null for those of <see cref="NetworkStatistics.LayersOf"/>.</summary>
    public IReadOnlyList<string>? Layers { get; init; }

    /// <summary>How many rows are kept for each unit.</summary>
    public int Count
    {
        get;
        init => field = value is >= 1 and <= 10_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(Count), value, "Between 1 and 10,000 rows for each unit were expected.");
    } = 9;

    /// <summary>By what rows are ranked.</summary>
    public ExampleOrder Order
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Order), value, "There is no such order.");
    }

    /// <summary>
    /// Whether units stand on the last axis, as those of sequences [N, steps, width] do; otherwise on that of the channels, behind the
    /// batch.
    /// </summary>
    public bool UnitsLast { get; init; }

    /// <summary>
    /// How statistics of the layers are taken of the same maps (<see cref="TopExamples.Statistics"/>): quantiles and their memory, but not
    /// classes, gradients, correlations; null for none.
    /// </summary>
    public StatisticsOptions? Statistics { get; init => field = MapStatistics.Checked(value); }

    /// <summary>
    /// What is ranked in the place of activations: an attribution of <see cref="Target"/> to the layer, such as
    /// <see cref="LayerwiseRelevance"/>. Null for activations.
    /// </summary>
    public AttributionMethod? Relevance { get; init; }

    /// <summary>What relevance is of.</summary>
    public Target Target { get; init => field = value ?? throw new ArgumentNullException(nameof(Target)); } = Target.ArgMax;

    /// <summary>The output that the target is a score of; null for the first of floating-point numbers.</summary>
    public string? Output { get; init; }
}
