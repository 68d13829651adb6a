using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Of what statistics are taken, and how much memory they may have.</summary>
public sealed record StatisticsOptions
{
    /// <summary>
    /// The layers, or tensors inside the network, shape [N, …]; null for all convolutions, dense layers, activations, poolings,
    /// normalisations and sums of branches.
    /// </summary>
    public IReadOnlyList<string>? Layers { get; init; }

    /// <summary>Whether to take them of the gradients of the target by each layer, too: how they flow.</summary>
    public bool Gradients { get; init; }

    /// <summary>What gradients are of; its class (the label's, or the one with the highest score) tells means apart.</summary>
    public Target Target { get; init => field = value ?? throw new ArgumentNullException(nameof(Target)); } = Target.ArgMax;

    /// <summary>The output that the target is a score of; null for the first of floating-point numbers.</summary>
    public string? Output { get; init; }

    /// <summary>Whether means are taken class by class.</summary>
    public bool ByClass { get; init; } = true;

    /// <summary>Whether correlations between a layer's units are taken; time and memory grow with the square of their number.</summary>
    public bool Correlations { get; init; }

    /// <summary>
    /// How many positions of a map go into quantiles for each row; of larger maps so many, spread evenly. All else is of all positions.
    /// </summary>
    public int Positions
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Positions), value, "At least one position of each row must be looked at.");
    } = 1024;

    /// <summary>
    /// Bytes for the numbers that quantiles are of. As long as all fit, quantiles are exact; then they are of sketches, and off by a share
    /// of some thousandths of the numbers at most.
    /// </summary>
    public long QuantileMemory
    {
        get;
        init => field = value >= 1 << 20 ? value
            : throw new ArgumentOutOfRangeException(nameof(QuantileMemory), value, "At least a MiB is needed for quantiles.");
    } = 512L << 20;
}
