using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>A layer whose numbers are left out at random.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Rate">The share that is left out, from 0 to below 1; what stays is divided by 1 − rate.</param>
public sealed record DroppedLayer(string Name, double Rate)
{
    /// <summary>The layer.</summary>
    public string Name { get; } = string.IsNullOrEmpty(Name) ? throw new ArgumentException("A layer has a name.", nameof(Name)) : Name;

    /// <summary>The share that is left out.</summary>
    public double Rate { get; } = Rate is >= 0 and < 1 ? Rate
        : throw new ArgumentOutOfRangeException(nameof(Rate), Rate, "A share from 0 to below 1 was expected.");

    /// <summary>
    /// Masks in the place of drawn ones, shape [passes, row…] (1 for an extent that all of it share): 0, or 1/(1 − rate). Null to draw
    /// them.
    /// </summary>
    public Drawn? Given { get; init; }
}

/// <summary>
/// Networks thinned by dropout, which is inserted where training had it: passes of Monte Carlo dropout (Gal, Ghahramani 2016,
/// arXiv:1506.02142). All rows go through the same thinned networks, one for each pass.
/// </summary>
public sealed record DropoutPasses : Passes
{
    /// <summary>How many thinned networks.</summary>
    public int Samples { get; init => field = Several(value); } = 30;

    /// <summary>
    /// The layers whose numbers are left out; null for the places that the file still tells by nodes of Dropout, with their rates.
    /// </summary>
    public IReadOnlyList<DroppedLayer>? Layers
    {
        get;
        init => field = value is null || value.Count > 0 && value.DistinctBy(l => l.Name).Count() == value.Count ? value
            : throw new ArgumentException("Different layers were expected, at least one.", nameof(Layers));
    }

    /// <summary>Whether whole channels of maps are left out, as spatial dropout does (Tompson et al. 2015, arXiv:1411.4280).</summary>
    public bool WholeChannels { get; init; }

    /// <summary>Other masks for every seed.</summary>
    public int Seed { get; init; } = 1;

    /// <inheritdoc/>
    public override int Count => Samples;

    /// <summary>The places where a file still tells of dropout.</summary>
    /// <param name="network">The network.</param>
    public static IReadOnlyList<DroppedLayer> In(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return [.. network.Layers.Where(l => l.Operator == "Dropout").Select(l => new DroppedLayer(l.Name,
            network.Definition(l.Output).Producer!.Inputs is [_, { Constant: { } rate }, ..] ? rate.ToDouble()[0] : 0.5))];
    }

    internal override Value Of(Question question, Func<Question, Value> answer)
    {
        var layers = Layers ?? In(question.Network);
        if (layers.Count == 0)
            throw new ArgumentException("The network's file tells no more where dropout was in training. Name the layers and their rates.");
        var rows = layers.Select(layer => Row(question, layer)).ToList();
        var sizes = rows.ConvertAll(Question.SizeOf);
        return question.Stack(Variants.Numbered(Samples, numbers => numbers),
            numbers => question.Thinned(Masks(numbers.Reshape(numbers.Shape[0].Value)), answer));

        Dictionary<string, Value> Masks(Value numbers)
        {
            var drawn = SeededNoise.Uniform(numbers, sizes.Sum(), Seed, 2).Split(1, [.. sizes]);
            return layers.Index().ToDictionary(l => l.Item.Name, l => Mask(l.Item, l.Index, drawn[l.Index]!, numbers));
        }

        Value Mask(DroppedLayer layer, int place, Value drawn, Value numbers)
        {
            var type = question.Trace.Layer(layer.Name).Type;
            return layer.Given is { } given ? given.Table(question, type, Samples, rows[place]).Gather(numbers)
                : (drawn.Greater(layer.Rate).AsNumber(type) * (1 / (1 - layer.Rate))).Reshape([-1, .. rows[place]]);
        }
    }

    private long[] Row(Question question, DroppedLayer layer)
    {
        var value = question.Trace.Layer(layer.Name);
        if (!value.Type.IsFloating() || value.ShapeOrNull is not { Rank: > 1 } shape || shape.Skip(1).Any(d => !d.IsKnown))
            throw new ArgumentException($"The layer '{layer.Name}' is {value}; numbers of known extents for each row were expected.");
        long[] row = [.. shape.Skip(1).Select(d => d.Value)];
        if (!WholeChannels || row.Length == 1)
            return row;
        var channels = Axes.Channels(question.Network.Definition(question.Network.TensorOf(layer.Name))) - 1;
        return [.. row.Select((extent, axis) => axis == channels ? extent : 1)];
    }
}
