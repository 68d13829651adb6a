using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How icons of directions are found.</summary>
public sealed record IconOptions
{
    /// <summary>How images are found.</summary>
    public MaximizationOptions Search
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Search));
    } = new();

    /// <summary>How many steps are taken.</summary>
    public int Steps
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Steps), value, "At least one step was expected.");
    } = 128;

    /// <summary>The power of the cosine that directions are multiplied by.</summary>
    public double Power
    {
        get;
        init => field = double.IsFinite(value) && value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Power), value, "A power of at least 0 was expected.");
    } = 2;

    /// <summary>The seed of all icons, so that what differs between them is what they are of.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How many are found at once.</summary>
    public int AtOnce
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(AtOnce), value, "One at least was expected.");
    } = 16;

    /// <summary>Finds an icon for each direction in the space of a layer's channels, in one graph.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="directions">Shape [directions, channels].</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="progress">Is told which share of them is found.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <returns>Shape [directions, …].</returns>
    /// <exception cref="ArgumentException">The layer has another number of channels.</exception>
    public Tensor Find(Network network, string layer, Tensor directions, RuntimeOptions? runtime = null, Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(directions);
        var objective = Objective.Direction(layer, null, Power);
        using var session = new ModelSession(Maximization.Compile(network, objective, Search), runtime);
        var (count, width) = ((int)directions.Dimensions[0], (int)directions.Dimensions[1]);
        var type = network.Definition(network.TensorOf(layer)).Type;
        var (numbers, icons, row) = (directions.ToDouble(), new List<double>(), Array.Empty<long>());
        for (var start = 0; start < count; start += AtOnce)
        {
            var some = Math.Min(AtOnce, count - start);
            var found = Maximization.Run(session, Search, new MaximizationRun
            {
                Steps = Steps, Seeds = [.. Enumerable.Repeat(Seed, some)],
                Directions = Tensor.FromDoubles(type, numbers[(start * width)..((start + some) * width)], some, width),
            }, cancellation);
            icons.AddRange(found.Images.ToDouble());
            row = [.. found.Images.Dimensions[1..]];
            progress?.Invoke((double)(start + some) / count);
        }
        return Tensor.FromDoubles(ElementType.Float, [.. icons], [count, .. row]);
    }
}
