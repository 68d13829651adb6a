using MathNet.Numerics;
using MathNet.Numerics.Random;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>Where expected gradients take their gradients: at which background rows, and how far on the way from them.</summary>
public enum GradientShapDraws
{
    /// <summary>
    /// Drawn, but spread evenly: every background row equally often (as nearly as the number allows), and one point in each of equal
    /// parts of the way (a Latin hypercube, McKay, Beckman, Conover 1979). Without bias like independent draws, and nearer.
    /// </summary>
    Stratified,

    /// <summary>Row and point drawn independently each time, as SHAP's and captum's explainers do.</summary>
    Independent,

    /// <summary>
    /// All background rows, each with a Gauss–Legendre rule of that many points: integrated gradients averaged over the background.
    /// </summary>
    Quadrature,
}

/// <summary>
/// Expected gradients, the expectation of (x − b)·∂f/∂x(b + α(x − b)) over background rows b and α from 0 to 1: integrated gradients
/// with the baseline averaged out, which are the Aumann–Shapley values of f over the background; shape of the input, unit of the
/// score, positive where the element speaks for it. The attributions of a row sum to f(x) less the background's mean score, as
/// closely as the samples tell. The draws are the same for every row and at every run.
/// Erion, Janizek, Sturmfels, Lundberg, Lee 2021, arXiv:1906.10670; Lundberg, Lee 2017, arXiv:1705.07874.
/// </summary>
/// <param name="Samples">
/// How many gradients are taken; with <see cref="GradientShapDraws.Quadrature"/> how many for each background row.
/// </param>
/// <param name="Draws">Where.</param>
/// <param name="Seed">Other draws for every seed.</param>
[Method("gradient-shap",
    "The gradient expected over paths from background rows, times the path: integrated gradients without a single baseline",
    "Erion, Janizek, Sturmfels, Lundberg, Lee 2021, arXiv:1906.10670")]
public sealed record GradientShap(
    [Option("How many gradients are taken; with quadrature how many for each background row.")]
    int Samples = 200,
    [Option("Where: spread evenly over rows and paths, drawn independently, or at all rows by Gauss and Legendre's rule.")]
    GradientShapDraws Draws = GradientShapDraws.Stratified,
    [Option("Other samples for every seed.")]
    int Seed = 1) : AttributionMethod
{
    /// <summary>How many gradients are taken.</summary>
    public int Samples { get; } = Samples >= 1 ? Samples
        : throw new ArgumentOutOfRangeException(nameof(Samples), Samples, "At least one sample is needed.");

    /// <summary>Where.</summary>
    public GradientShapDraws Draws { get; } = Enum.IsDefined(Draws) ? Draws
        : throw new ArgumentOutOfRangeException(nameof(Draws), Draws, "There is no such way to draw.");

    /// <summary>
    /// What the input is compared with: the background rows, <c>Baseline.Given</c> of shape [B, row…], or any other baseline.
    /// </summary>
    [Option("What the input is compared with: zero, a number, blur:SIGMA, or a .npy file of a row or of several, the background; several "
        + "with commas between them are averaged over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <summary>
    /// The standard deviation of normal noise added to the input in every sample, in units of the input (captum's <c>stdevs</c>);
    /// 0 for none.
    /// </summary>
    [Option("The standard deviation of noise that is added to the input in every sample.", Name = "input-noise")]
    public double Noise
    {
        get;
        init => field = double.IsFinite(value) && value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Noise), value, "The noise must be a number not below 0.");
    }

    /// <summary>
    /// Background rows to take in place of drawn ones: their numbers, whole numbers of shape [<see cref="Samples"/>]; null to draw them.
    /// Not with <see cref="GradientShapDraws.Quadrature"/>.
    /// </summary>
    public Drawn? GivenRows { get; init; }

    /// <summary>Places on the way, from 0 to 1, to take in place of drawn ones, shape [<see cref="Samples"/>]; null to draw them.</summary>
    public Drawn? GivenPoints { get; init; }

    /// <summary>Noise to take in place of drawn one, in units of the input, shape [<see cref="Samples"/>, row…]; null to draw it.</summary>
    public Drawn? GivenNoise { get; init; }

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var background = Baseline.Of(question);
        var draws = Plan(question, background, (int)background.Shape[0].Value);
        return Noise == 0 && GivenNoise is null
            ? question.Average(draws, (from, alpha) => Share(question, question.Input, from, alpha))
            : question.Average(
                draws.With(Noisy(question, draws.Count)),
                (from, alpha, noise) => Share(question, question.Input + noise, from, alpha));
    }

    // (x − b)·∂f/∂x(b + α(x − b))
    private static Value Share(Question question, Value to, Value from, Value alpha)
    {
        var way = to - from;
        return way * question.Gradient(from + alpha * way);
    }

    /// <summary>f(x) less the mean score of the background.</summary>
    public override Value Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Baseline.Change(question);
    }

    // Of another seed than the noise around this method, of which there may be some (Smooth).
    private Variants Noisy(Question question, int count)
    {
        long[] row = [.. question.Input.Shape.Skip(1).Select(d => d.Value)];
        return GivenNoise?.Of(question, count, row)
            ?? Variants.Numbered(count, numbers => SeededNoise.Normal(numbers, row, ~Seed, question.Input.Type) * Noise);
    }

    // Background rows, and how far on the way from them.
    private Variants Plan(Question question, Value background, int rows)
    {
        if (Draws == GradientShapDraws.Quadrature)
        {
            if (GivenRows is not null || GivenPoints is not null)
                throw new ArgumentException(
                    $"With {nameof(GradientShapDraws.Quadrature)} nothing is drawn, so that nothing can be given in its place.");
            return Variants.Of(background).Times(Quadrature.GaussLegendre.Over(Samples));
        }
        var random = new Xoshiro256StarStar(Seed);
        var (order, parts) = (Combinatorics.GeneratePermutation(rows, random), Combinatorics.GeneratePermutation(Samples, random));
        (long Row, double Point)[] drawn = [.. Enumerable.Range(0, Samples).Select(i => Draws == GradientShapDraws.Stratified
            ? (order[i % rows], (parts[i] + random.NextDouble()) / Samples)
            : (random.Next(rows), random.NextDouble()))];
        var numbers = GivenRows?.Table(question, ElementType.Int64, Samples, [])
            ?? question.Graph.Constant(Tensor.From(Array.ConvertAll(drawn, d => d.Row), Samples));
        return Variants.Numbered(Samples, draw => background.Gather(numbers.Gather(draw)))
            .With(GivenPoints?.Of(question, Samples) ?? Variants.Of(Array.ConvertAll(drawn, d => d.Point)));
    }
}
