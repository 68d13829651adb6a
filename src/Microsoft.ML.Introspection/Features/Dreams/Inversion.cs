using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How images are found of which a layer makes the same as of given ones.</summary>
public sealed record InversionOptions
{
    /// <summary>How it is told that the layer makes the same.</summary>
    public LikenessForm Likeness { get; init; } = LikenessForm.RelativeSquares;

    /// <summary>The channels that count; null for all.</summary>
    public IReadOnlyList<int>? Channels { get; init; }

    /// <summary>Where the window of positions begins that count; null for all.</summary>
    public IReadOnlyList<int>? Position { get; init; }

    /// <summary>The extents of the window; null for one position.</summary>
    public IReadOnlyList<int>? Window { get; init; }

    /// <summary>The power α of the penalty on values far from the middle.</summary>
    public double Power { get; init; } = 6;

    /// <summary>How much it counts, λ_α.</summary>
    public double PowerWeight { get; init => field = Weight(value, nameof(PowerWeight)); } = 1e-3;

    /// <summary>The power β of the penalty on differences of neighbours.</summary>
    public double RoughnessPower { get; init; } = 2;

    /// <summary>How much it counts, λ_TV.</summary>
    public double RoughnessWeight { get; init => field = Weight(value, nameof(RoughnessWeight)); } = 1e-4;

    /// <summary>The scale σ of natural images about their middle.</summary>
    public double Scale
    {
        get;
        init => field = double.IsFinite(value) && value > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Scale), value, "A scale above 0 was expected.");
    } = 0.5;

    /// <summary>The middle of their values.</summary>
    public double Centre { get; init; } = 0.5;

    /// <summary>
    /// How the gradient is followed; <see cref="GradientAscent"/> with momentum and <see cref="GradientAscent.Phases"/> is the paper's way.
    /// </summary>
    public Optimizer Optimizer { get; init => field = value ?? throw new ArgumentNullException(nameof(Optimizer)); } = new Adam();

    /// <summary>What is subtracted from images before the network, for each channel or for all; null for nothing.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>What they are divided by then; null for nothing.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }

    private static double Weight(double value, string name) => double.IsFinite(value) && value >= 0 ? value
        : throw new ArgumentOutOfRangeException(name, value, "A weight of at least 0 was expected.");
}

/// <summary>
/// Feature inversion (Mahendran, Vedaldi 2015, arXiv:1412.0035): what a layer still knows of an image is what all images share of which it
/// makes the same. From noise one is found, by −‖Φ(x) − Φ₀‖²/‖Φ₀‖² − λ_α/2σ² Σ|z|^α − λ_TV/2σ² Σ(d₁² + d₂² + …)^(β/2), where z is x less
/// the middle of values and d are differences of neighbours. One graph with a loop; the images are its input <c>reference</c>.
/// </summary>
public static class Inversion
{
    /// <summary>What is made large.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="options">How.</param>
    public static Objective ObjectiveOf(string layer, InversionOptions? options = null)
    {
        options ??= new InversionOptions();
        var squared = options.Scale * options.Scale;
        return new LikenessObjective(layer, null)
        {
            Form = options.Likeness, Channels = options.Channels, Position = options.Position, Window = options.Window,
        } + options.PowerWeight / squared * Penalty.Power(options.Power, options.Centre)
            + options.RoughnessWeight / squared * Penalty.Roughness(options.RoughnessPower);
    }

    /// <summary>How it is made large.</summary>
    /// <param name="options">How.</param>
    public static MaximizationOptions How(InversionOptions? options = null)
    {
        options ??= new InversionOptions();
        return new MaximizationOptions
        {
            Parametrisation = new Pixels { Mean = options.Centre, Noise = 0.1 * options.Scale }, Optimizer = options.Optimizer,
            Mean = options.Mean, Deviation = options.Deviation,
        };
    }

    /// <summary>Inverts what a layer makes of some images.</summary>
    /// <param name="network">The network; inputs besides the image's must be made constant.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="images">Shape [N, …], as the network takes them but for mean and deviation.</param>
    /// <param name="options">How.</param>
    /// <param name="steps">How many steps are taken.</param>
    /// <param name="seed">Other starts for every seed.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">There is no such layer, or the images are of another shape.</exception>
    public static MaximizedImages Run(Network network, string layer, Tensor images, InversionOptions? options = null, int steps = 512,
        long seed = 1, RuntimeOptions? runtime = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Maximization.Run(network, ObjectiveOf(layer, options), How(options), new MaximizationRun
        {
            Steps = steps, Reference = images, Seeds = [seed],
        }, runtime, cancellation);
    }
}
