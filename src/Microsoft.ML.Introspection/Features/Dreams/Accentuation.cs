using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How images are changed so that they excite more.</summary>
public sealed record AccentuationOptions
{
    /// <summary>How much it counts that the image stays as it is; at 1 both pull alike.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The layer in whose activations the distance to the image is measured; null for the image's elements.</summary>
    public string? Layer { get; init; }

    /// <summary>How images are found; its parametrisation is one that can be turned round.</summary>
    public MaximizationOptions Search
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Search));
    } = new();
}

/// <summary>
/// Feature accentuation (Hamblin, Fel, Saha, Konkle, Alvarez 2024, arXiv:2402.10039): what in an image would excite a unit more. It begins
/// at the image, and a penalty holds it there, whose gradient is made as long as the objective's before it is weighed.
/// </summary>
public static class Accentuation
{
    /// <summary>Accentuates some images.</summary>
    /// <param name="network">The network; inputs besides the image's must be made constant.</param>
    /// <param name="objective">What is made large.</param>
    /// <param name="images">Shape [N, …], as the network takes them but for mean and deviation; of values that the search keeps.</param>
    /// <param name="options">How.</param>
    /// <param name="run">How many steps, and for which targets, image by image.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">A layer, channel or extent is none of the network's.</exception>
    public static MaximizedImages Run(Network network, Objective objective, Tensor images, AccentuationOptions? options = null,
        MaximizationRun? run = null, RuntimeOptions? runtime = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(images);
        (options, run) = (options ?? new AccentuationOptions(), run ?? new MaximizationRun { Steps = 100 });
        var search = options.Search with { StartIsGiven = true };
        var input = search.Input is { } named ? network.Input(named) : network.DefaultInput;
        var penalty = options.Layer is { } layer ? new LikenessObjective(layer, null) : Penalty.Distance;
        var isLast = images.Dimensions.Length > 2 && network.ChannelsOf(input.Name) != 1;
        var start = search.Parametrisation.ParametersOf(isLast ? ChannelOrder.First(images) : images);
        return Maximization.Run(network, Objective.Balanced(objective, penalty, options.Weight), search, run with
        {
            Reference = images, Start = Tensor.FromDoubles(input.Type, start.ToDouble(), start.Dimensions),
        }, runtime, cancellation);
    }
}
