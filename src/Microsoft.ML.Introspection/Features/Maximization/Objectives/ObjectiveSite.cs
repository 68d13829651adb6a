using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>What an objective is written with.</summary>
/// <param name="trace">The network, applied to the transformed image.</param>
/// <param name="image">The image as it is before transformations, shape [N, channels, D₁, …]: gradients are taken by it.</param>
/// <param name="constant">The same image, of which no gradient is taken.</param>
/// <param name="inputs">Inputs of the graph by their names; an objective that names one gets it.</param>
/// <param name="reference">The image that others are likened to, and the network applied to it.</param>
internal sealed class ObjectiveSite(NetworkTrace trace, Value image, Value constant, Func<string, ElementType, Shape, Value> inputs,
    Func<(Value Image, NetworkTrace Trace)> reference)
{
    /// <summary>The network, applied to the transformed image.</summary>
    public NetworkTrace Trace { get; } = trace;

    /// <summary>The image, shape [N, channels, D₁, …].</summary>
    public Value Image { get; } = image;

    /// <summary>The same image, constant for the gradient.</summary>
    public Value Constant { get; } = constant;

    /// <summary>The number of images in the batch, a scalar of 64-bit integers.</summary>
    public Value Count => Operators.Emit("Shape", Attributes.Of(("start", 0L), ("end", 1L)), Image).Squeeze(0);

    /// <summary>The numbers of the images in the batch, from 0: 64-bit integers, shape [N].</summary>
    public Value Numbers
    {
        get
        {
            var numbers = Count.Numbers();
            return numbers.Graph.Add("Identity", "", "", [numbers], Attributes.None,
                [(null, numbers.Type, new Shape([Image.Shape[0]]))]).Outputs[0];
        }
    }

    /// <summary>What a layer makes, its channels behind the batch, positions one behind the other: [N, channels, positions].</summary>
    public Value Maps(string layer)
    {
        var maps = Layer(layer);
        return maps.Rank == 2 ? maps.Unsqueeze(2) : maps.Reshape(-1, maps.Shape[1].Value, PositionsOf(maps));
    }

    /// <summary>What a layer makes, its channels behind the batch.</summary>
    /// <exception cref="ArgumentException">It makes no floating-point numbers of shape [N, channels, …].</exception>
    public Value Layer(string layer) => Layer(Trace, layer);

    /// <summary>What a layer makes of the reference, its channels behind the batch; constant for the gradient.</summary>
    /// <inheritdoc cref="Layer(string)" path="/exception"/>
    public Value ReferenceLayer(string layer) => Layer(reference().Trace, layer);

    /// <summary>The image that others are likened to, shape [N, channels, D₁, …].</summary>
    public Value ReferenceImage => reference().Image;

    internal static Value Layer(NetworkTrace trace, string layer)
    {
        var maps = trace.Layer(layer);
        if (!maps.Type.IsFloating() || maps.ShapeOrNull is not { Rank: > 1 } shape || shape.Skip(1).Any(d => !d.IsKnown))
            throw new ArgumentException($"The layer '{layer}' makes {maps}; an objective needs floating-point numbers of shape [N, …].");
        var channels = Axes.Channels(trace.Network.Definition(trace.Network.TensorOf(layer)));
        return channels == 1 ? maps
            : maps.Transpose([0, channels, .. Enumerable.Range(1, maps.Rank - 1).Where(axis => axis != channels)]);
    }

    /// <summary>One channel or class of some numbers, row by row where an input tells it.</summary>
    /// <param name="of">Shape [N, channels, positions].</param>
    /// <param name="channel">The channel; null for that which the input tells.</param>
    /// <param name="input">The name of that input, 64-bit integers [N, 1].</param>
    /// <returns>Shape [N, positions].</returns>
    public Value Channel(Value of, int? channel, string input)
    {
        var count = of.Shape[1].Value;
        if (channel is { } known)
            return known < count ? of.Slice([known], [known + 1], [1]).Squeeze(1)
                : throw new ArgumentOutOfRangeException(nameof(channel), known, $"There are {count} channels, 0 to {count - 1}.");
        var told = inputs(input, ElementType.Int64, new Shape([Image.Shape[0], 1]));
        // A product with a row of zeros and a one: its gradient needs no scattering.
        return told.OneHot(count, of.Type).MatMul(of).Squeeze(1);
    }

    /// <summary>An input of the graph.</summary>
    public Value Input(string name, ElementType type, params ReadOnlySpan<long> row) =>
        inputs(name, type, new Shape([Image.Shape[0], .. row.ToArray().Select(e => (Dimension)e)]));

    /// <summary>How many positions maps have.</summary>
    public static long PositionsOf(Value maps) => maps.Shape.Skip(2).Aggregate(1L, (size, d) => size * d.Value);

    /// <summary>All elements of each image: [N, …] becomes [N, elements].</summary>
    public static Value Flat(Value value) => value.Reshape(-1, value.Shape.Skip(1).Aggregate(1L, (size, d) => size * d.Value));

    /// <summary>The sum over each image's elements, shape [N].</summary>
    public static Value Sum(Value value) => Flat(value).SumInOrder(1).Squeeze(1);

    /// <summary>The mean over each image's elements, shape [N].</summary>
    public static Value Mean(Value value) => Flat(value).MeanInOrder(1).Squeeze(1);
}
