using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What is kept of the attributions under noise.</summary>
public enum SmoothForm
{
    /// <summary>Their mean: SmoothGrad.</summary>
    Mean,

    /// <summary>The mean of their squares: SquareGrad.</summary>
    Square,

    /// <summary>Their (population) variance: VarGrad.</summary>
    Variance,
}

/// <summary>
/// Any method, repeated at the input with noise added: its mean is SmoothGrad (Smilkov, Thorat, Kim, Viégas, Wattenberg 2017,
/// arXiv:1706.03825), the mean of squares SquareGrad (Hooker et al. 2018, arXiv:1806.10758), the variance VarGrad (Adebayo et al.
/// 2018, arXiv:1810.03307). Shape of the method's; its unit, squared for the latter two. The noise is drawn in the graph: normal, of a
/// deviation in proportion to the range (largest less smallest element) of each row; the same for every row and at every run.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="Samples">How often noise is drawn.</param>
/// <param name="Noise">The noise's standard deviation, as a share of the row's range.</param>
/// <param name="Form">What is kept.</param>
/// <param name="Seed">Other noise for every seed.</param>
public sealed record Smooth(
    AttributionMethod Method,
    [Option("How many samples under noise to take of the method (SmoothGrad, Smilkov et al. 2017); 0 for the method itself.",
        Name = "smooth", Default = "0")]
    int Samples = 50,
    [Option("With smooth: the noise's standard deviation as a share of each row's range.")]
    double Noise = 0.15,
    [Option("With smooth: what is kept; the mean, the mean of squares (SquareGrad), or the variance (VarGrad).", Name = "smooth-form")]
    SmoothForm Form = SmoothForm.Mean,
    [Option("With smooth: other noise for every seed.")]
    int Seed = 1) : Wrapper(Method)
{
    /// <summary>How often noise is drawn.</summary>
    public int Samples { get; } = Samples >= 1 ? Samples
        : throw new ArgumentOutOfRangeException(nameof(Samples), Samples, "At least one sample is needed.");

    /// <summary>The noise's standard deviation, as a share of the row's range.</summary>
    public double Noise { get; } = double.IsFinite(Noise) && Noise >= 0 ? Noise
        : throw new ArgumentOutOfRangeException(nameof(Noise), Noise, "The noise must be a number not below 0.");

    /// <summary>What is kept.</summary>
    public SmoothForm Form { get; } = Enum.IsDefined(Form) ? Form
        : throw new ArgumentOutOfRangeException(nameof(Form), Form, "There is no such form of smoothing.");

    /// <summary>
    /// Noise to take in place of drawn one, in units of the input, shape [<see cref="Samples"/>, row…]; null to draw it.
    /// </summary>
    public Drawn? Given { get; init; }

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var draws = Draws(question);
        Value Noisy(Value noise) => question.At(question.Input + noise, Method.Attribute);
        if (Form != SmoothForm.Variance)
            return question.Average(draws, noise => Form == SmoothForm.Square ? Noisy(noise).Pow(2) : Noisy(noise));

        // Deviations from the attribution without noise are small numbers, whose squares can be subtracted without loss.
        var centre = Method.Attribute(question);
        var moments = question.Average(draws, noise =>
        {
            var away = Noisy(noise) - centre;
            return Operators.Concat(2, away.Unsqueeze(2), away.Pow(2).Unsqueeze(2));
        });
        Value Moment(long i) => moments.Slice([i], [i + 1], [1]).Squeeze(1);
        return (Moment(1) - Moment(0).Pow(2)).Relu();
    }

    /// <summary>The mean of what the method promises at the noisy inputs; squares and variances promise nothing.</summary>
    public override Value? Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Form != SmoothForm.Mean || Method.Total(question) is null ? null
            : question.Average(Draws(question), noise => question.At(question.Input + noise, noisy => Method.Total(noisy)!));
    }

    /// <summary>The score less what the attributions should sum to.</summary>
    public override Value? BaseValue(Question question) => Total(question) is { } total ? Score(question) - total : null;

    private Variants Draws(Question question)
    {
        var input = question.Input;
        long[] row = [.. input.Shape.Skip(1).Select(d => d.Value)];
        var deviation = question.Range * Noise;
        return Given?.Of(question, Samples, row)
            ?? Variants.Numbered(Samples, numbers => deviation * SeededNoise.Normal(numbers, row, Seed, input.Type));
    }
}
