using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>What of a layer as a whole is made large.</summary>
public enum LayerForm
{
    /// <summary>The mean of squares: what deep dream looks for.</summary>
    MeanSquare,

    /// <summary>The mean.</summary>
    Mean,

    /// <summary>Half the sum of squares, whose gradient by the layer is the layer itself.</summary>
    HalfSumOfSquares,
}

internal sealed record ChannelObjective(string OfLayer, int? Number) : Objective
{
    internal override Value Write(ObjectiveSite site) =>
        site.Channel(site.Maps(OfLayer), Number, TargetInput).MeanInOrder(1).Squeeze(1);
}

internal sealed record NeuronObjective(string OfLayer, int? Number, IReadOnlyList<int>? Position) : Objective
{
    internal override Value Write(ObjectiveSite site) =>
        site.Channel(Place.Of(site.Layer(OfLayer), OfLayer, Position), Number, TargetInput).Squeeze(1);
}

internal sealed record LogitObjective(int? Number, string? Output) : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var scores = Models.ScoreTable.Of(site.Trace, Output ?? site.Trace.Network.DefaultOutput);
        return site.Channel(scores.Unsqueeze(2), Number, TargetInput).Squeeze(1);
    }
}

internal sealed record LayerObjective(string OfLayer, LayerForm Form) : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var maps = site.Layer(OfLayer);
        return Form switch
        {
            LayerForm.MeanSquare => ObjectiveSite.Mean(maps * maps),
            LayerForm.Mean => ObjectiveSite.Mean(maps),
            _ => ObjectiveSite.Sum(maps * maps) * 0.5,
        };
    }
}

/// <summary>One position of maps.</summary>
internal static class Place
{
    /// <summary>The channels at a position; the middle where it is null.</summary>
    /// <returns>Shape [N, channels, 1].</returns>
    public static Value Of(Value maps, string layer, IReadOnlyList<int>? position) => Window(maps, layer, position, null);

    /// <summary>The channels in a window of positions.</summary>
    /// <returns>Shape [N, channels, positions].</returns>
    public static Value Window(Value maps, string layer, IReadOnlyList<int>? position, IReadOnlyList<int>? extents)
    {
        long[] space = [.. maps.Shape.Skip(2).Select(d => d.Value)];
        long[] from = position is null ? Array.ConvertAll(space, e => e / 2) : [.. position.Select(p => (long)p)];
        long[] to = [.. from.Select((p, axis) => p + (extents?[axis] ?? 1))];
        if (from.Length != space.Length || to.Length != space.Length || from.Any(p => p < 0) || to.Zip(space).Any(p => p.First > p.Second))
            throw new ArgumentOutOfRangeException(nameof(position), $"The maps of '{layer}' have the extents [{string.Join(", ", space)}]; "
                + $"there is no position [{string.Join(", ", from)}] to [{string.Join(", ", to.Select(p => p - 1))}] in them.");
        if (space.Length == 0)
            return maps.Unsqueeze(2);
        var window = maps.Slice(from, to, [.. Enumerable.Range(2, space.Length).Select(i => (long)i)]);
        return window.Reshape(-1, maps.Shape[1].Value, ObjectiveSite.PositionsOf(window));
    }
}
