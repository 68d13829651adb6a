using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>What was found.</summary>
/// <param name="Images">The images, as the network takes them but for mean and deviation: shape [N, …].</param>
/// <param name="Objectives">The objective of each image before each step, shape [steps, N].</param>
/// <param name="Parameters">The parameters behind the last step, shape [N, …]: to go on from.</param>
/// <param name="Frames">The images on the way, shape [frames, N, …]; null where they were not asked for.</param>
public sealed record MaximizedImages(Tensor Images, Tensor Objectives, Tensor Parameters, Tensor? Frames);

/// <summary>
/// Images that excite a unit, a channel, a class, a direction (activation maximisation: Erhan, Bengio, Courville, Vincent 2009; feature
/// visualisation: Olah, Mordvintsev, Schubert 2017, doi 10.23915/distill.00007). The whole optimisation is one ONNX graph with a loop that
/// any ONNX Runtime runs; the same seeds give the same images, alone or in a batch.
/// </summary>
public static class Maximization
{
    /// <summary>The inputs of the graph: the number of steps, a scalar, and a seed for each image, [N, 1]; 64-bit integers.</summary>
    public const string StepsInput = "steps", SeedInput = "seed", StartInput = "start";

    /// <summary>The input of the graph that gives the tokens to begin with, where the network takes tokens.</summary>
    public const string TokensInput = "tokens";

    /// <summary>The outputs of the graph.</summary>
    public const string ImageOutput = "image", ObjectiveOutput = "objective", ParametersOutput = "parameters", FramesOutput = "frames";

    /// <summary>Writes the optimisation as a model.</summary>
    /// <param name="network">The network; inputs besides the image's must be made constant.</param>
    /// <param name="objective">What is made large.</param>
    /// <param name="options">How.</param>
    /// <returns>
    /// A model that takes <c>steps</c>, <c>seed</c> [N, 1], where the objective asks for them <c>target</c> [N, 1] and <c>direction</c>,
    /// where it is given <c>start</c>; and gives <c>image</c>, <c>objective</c> [steps, N], <c>parameters</c>, and <c>frames</c> if asked
    /// for.
    /// </returns>
    /// <exception cref="ArgumentException">The network has further inputs; a layer, channel or extent is none of its.</exception>
    /// <exception cref="UnsupportedOperatorException">The gradient would have to pass an operator without a rule.</exception>
    public static OnnxModel Compile(Network network, Objective objective, MaximizationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(objective);
        return new MaximizationWriter(network, objective, options ?? new MaximizationOptions()).Write();
    }

    /// <summary>Compiles and runs the optimisation.</summary>
    /// <param name="network">The network.</param>
    /// <param name="objective">What is made large.</param>
    /// <param name="options">How.</param>
    /// <param name="run">How often, and for which targets.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <inheritdoc cref="Compile" path="/exception"/>
    public static MaximizedImages Run(Network network, Objective objective, MaximizationOptions? options = null,
        MaximizationRun? run = null, RuntimeOptions? runtime = null, CancellationToken cancellation = default)
    {
        (options, run) = (options ?? new MaximizationOptions(), run ?? new MaximizationRun());
        using var session = new ModelSession(Compile(network, objective, options), runtime);
        return Run(session, options, run, cancellation);
    }

    /// <summary>Runs an optimisation that was compiled before: for further targets, seeds, numbers of steps.</summary>
    /// <param name="session">The compiled model.</param>
    /// <param name="options">The options it was compiled with.</param>
    /// <param name="run">How often, and for which targets.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">Something is missing, or has another shape.</exception>
    public static MaximizedImages Run(
        ModelSession session, MaximizationOptions options, MaximizationRun run, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        if (options.FrameEvery > 0 && run.Steps % options.FrameEvery != 0)
            throw new ArgumentException($"{run.Steps} steps are no multiple of {options.FrameEvery}, after which a frame is kept.");
        var count = run.Targets?.Count ?? (int?)(run.Reference ?? run.Tokens ?? run.Directions ?? run.Start)?.Dimensions[0]
            ?? run.Seeds.Count;
        var seeds = run.Seeds.Count == count ? run.Seeds : run.Seeds.Count == 1 ? [.. Enumerable.Repeat(run.Seeds[0], count)]
            : throw new ArgumentException($"{run.Seeds.Count} seeds were given for {count} targets; one, or as many, were expected.");
        var inputs = new Dictionary<string, Tensor>
        {
            [StepsInput] = Tensor.Scalar((long)run.Steps), [SeedInput] = Tensor.From<long>([.. seeds], count, 1),
        };
        if (run.Targets is { } targets)
            inputs[Objective.TargetInput] = Tensor.From<long>([.. targets], count, 1);
        if (run.Directions is { } directions)
            inputs[DirectionObjective.VectorInput] = directions;
        if (run.Start is { } start)
            inputs[StartInput] = start;
        if (run.Reference is { } reference)
            inputs[Objective.ReferenceInput] = reference;
        if (run.Tokens is { } tokens)
            inputs[TokensInput] = tokens;
        var found = session.Run(inputs, cancellation);
        return new MaximizedImages(
            found[ImageOutput], found[ObjectiveOutput], found[ParametersOutput], found.GetValueOrDefault(FramesOutput));
    }
}

/// <summary>One run of an optimisation.</summary>
public sealed record MaximizationRun
{
    /// <summary>How many steps are taken.</summary>
    public int Steps
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Steps), value, "At least one step was expected.");
    } = 512;

    /// <summary>A seed for each image, or one for all; from 0 to 2³¹ − 1.</summary>
    public IReadOnlyList<long> Seeds
    {
        get;
        init => field = value is { Count: > 0 } && value.All(s => s is >= 0 and <= int.MaxValue) ? [.. value]
            : throw new ArgumentOutOfRangeException(nameof(Seeds), "Seeds from 0 to 2,147,483,647 were expected, one at least.");
    } = [1];

    /// <summary>The channel, unit or class of each image, where the objective leaves it open; null where it does not.</summary>
    public IReadOnlyList<long>? Targets
    {
        get;
        init => field = value is null ? null : value.Count > 0 && value.All(t => t >= 0) ? [.. value]
            : throw new ArgumentOutOfRangeException(nameof(Targets), "Targets from 0 on were expected, one at least.");
    }

    /// <summary>The direction of each image, [N, channels], where the objective leaves it open.</summary>
    public Tensor? Directions { get; init; }

    /// <summary>The parameters to begin with, [N, …], where the options say that they are given.</summary>
    public Tensor? Start { get; init; }

    /// <summary>
    /// The images that others are likened to where an objective does so, [N, …], as the network takes them but for mean and deviation.
    /// </summary>
    public Tensor? Reference { get; init; }

    /// <summary>The tokens to begin with, [N, …], where the network takes tokens.</summary>
    public Tensor? Tokens { get; init; }
}
