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
/// <param name="Samples">How many gradients are taken; with <see cref="GradientShapDraws.Quadrature"/> how many for each background row.</param>
/// <param name="Draws">Where.</param>
/// <param name="Seed">Other draws for every seed.</param>
[Method("gradient-shap", "The gradient expected over paths from background rows, times the path: integrated gradients without a single baseline",
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

    /// <summary>What the input is compared with: the background rows, <c>Baseline.Given</c> of shape [B, row…], or any other baseline.</summary>
    [Option("What the input is compared with: zero, a number, blur:SIGMA, or a .npy file of a row or of several, the background; several with commas between them are averaged over.")]
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

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var input = question.Input;
        var background = Baseline.Of(input);
        var plan = Plan((int)background.Shape[0].Value);
        var rows = question.Graph.Constant(Tensor.Vector<long>([.. plan.Select(p => (long)p.Row)]));
        double[] points = [.. plan.Select(p => p.Point)], weights = [.. plan.Select(p => p.Weight)];
        return question.Sum(plan.Length, variants =>
        {
            var number = variants.Numbers;
            var from = background.Gather(rows.Gather(number));
            var way = Noisy(variants, input) - from;
            var at = question.At(variants.Flat(from + variants.Pick(points, number, way) * way));
            return variants.Flat(variants.Pick(weights, number, way) * way * variants.Apart(at.Gradient()));
        });
    }

    /// <summary>f(x) less the mean score of the background.</summary>
    public override Value Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Baseline.Change(question);
    }

    // Of another seed than the noise around this method, of which there may be some (Smooth).
    private Value Noisy(Variants variants, Value input) => Noise == 0
        ? input
        : input + SeededNoise.Normal(variants.Numbers, [.. input.Shape.Skip(1).Select(d => d.Value)], ~Seed, input.Type) * Noise;

    private (int Row, double Point, double Weight)[] Plan(int background)
    {
        if (Draws == GradientShapDraws.Quadrature)
        {
            var (points, weights) = Quadrature.GaussLegendre.Rule(Samples);
            return [.. Enumerable.Range(0, checked(background * Samples)).Select(i => (i / Samples, points[i % Samples], weights[i % Samples] / background))];
        }
        var random = new Xoshiro256StarStar(Seed);
        var (order, parts) = (Combinatorics.GeneratePermutation(background, random), Combinatorics.GeneratePermutation(Samples, random));
        return [.. Enumerable.Range(0, Samples).Select(i => Draws == GradientShapDraws.Stratified
            ? (order[i % background], (parts[i] + random.NextDouble()) / Samples, 1.0 / Samples)
            : (random.Next(background), random.NextDouble(), 1.0 / Samples))];
    }
}
