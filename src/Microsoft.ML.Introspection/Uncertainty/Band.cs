namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>What a model says of a row's number, before calibration: a range, and the unit by which it is widened.</summary>
/// <param name="Lower">The lower end.</param>
/// <param name="Upper">The upper end; no crossing is mended where it lies below <paramref name="Lower"/>.</param>
/// <param name="Scale">How uncertain the model holds itself to be of this row; the interval grows in units of it.</param>
public readonly record struct Band(double Lower, double Upper, double Scale = 1)
{
    /// <summary>A prediction alone: split conformal prediction.</summary>
    public static Band Around(double prediction) => new(prediction, prediction);

    /// <summary>A prediction and its own uncertainty: locally weighted (Papadopoulos, Gammerman, Vovk 2008; Lei et al. 2018).</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="uncertainty">What the model, or a second one, gives as the size of its error; not below 0.</param>
    /// <param name="epsilon">Added to it, so that rows held to be certain do not weigh without bound.</param>
    public static Band Around(double prediction, double uncertainty, double epsilon = 1e-8) =>
        uncertainty >= 0 && uncertainty + epsilon > 0 ? new(prediction, prediction, uncertainty + epsilon)
            : throw new ArgumentOutOfRangeException(nameof(uncertainty), uncertainty, "An uncertainty is not below 0.");
}
