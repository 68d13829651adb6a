using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What weighs a channel, and what of it is drawn, in <see cref="Fem"/>.</summary>
public enum FemForm
{
    /// <summary>The share of positions where the feature is rare weighs the feature's map.</summary>
    Share,

    /// <summary>The feature's mean weighs the positions where it is rare.</summary>
    Mean,
}

/// <summary>
/// FEM, the feature-based explanation method: a position of a feature map counts where it stands out, above mean + K·deviation of that map;
/// Σₖ wₖAₖ with wₖ the share of such positions, whatever the score. No gradients. Unit of the features.
/// Fuad, Martin, Giot, Bourqui, Benois-Pineau, Zemmari 2020, doi:10.1109/IPTA50016.2020.9286629.
/// </summary>
/// <param name="Deviations">K, in standard deviations.</param>
/// <param name="Form">What weighs a channel.</param>
[Method("fem", "The features weighted by how many of their positions stand out; no gradients, whatever the score",
    "Fuad et al. 2020, doi:10.1109/IPTA50016.2020.9286629")]
public sealed record Fem(
    [Option("How many standard deviations above its mean a feature stands out.")]
    double Deviations = 2,
    [Option("Whether the share of such positions weighs the map, or the map's mean weighs these positions.")]
    FemForm Form = FemForm.Share) : ActivationMap
{
    /// <summary>K, in standard deviations.</summary>
    public double Deviations { get; } = double.IsFinite(Deviations) ? Deviations
        : throw new ArgumentOutOfRangeException(nameof(Deviations), Deviations, "The number of standard deviations must be finite.");

    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        ArgumentNullException.ThrowIfNull(features);
        var a = features.Maps;
        var away = a - a.MeanOverSpace();
        var threshold = (away * away).MeanOverSpace().Sqrt() * Deviations;
        return Form == FemForm.Share
            ? (away.Greater(threshold).AsNumber(a.Type).MeanOverSpace() * a).SumOverChannels()
            : (away.GreaterOrEqual(threshold).AsNumber(a.Type) * a.MeanOverSpace()).SumOverChannels();
    }
}
