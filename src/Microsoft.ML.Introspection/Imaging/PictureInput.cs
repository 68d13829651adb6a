using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Imaging;

/// <summary>How the channels of a picture lie in a row of numbers.</summary>
public enum PixelLayout
{
    /// <summary>A plane for each channel: [channels, height, width].</summary>
    ChannelsFirst,

    /// <summary>The channels of a pixel together: [height, width, channels].</summary>
    ChannelsLast,
}

/// <summary>An input of a network that takes pictures.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Height">Rows of a picture.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Layout">How they lie.</param>
public sealed record PictureInput(string Name, int Height, int Width, int Channels, PixelLayout Layout)
{
    // What leaves numbers as they are, and what scales them.
    private static readonly HashSet<string> Moving =
    [
        "Cast", "Crop", "Expand", "Flatten", "Identity", "Pad", "Reshape", "Resize", "Slice", "Squeeze", "Transpose", "Unsqueeze",
        "Upsample",
    ];

    private static readonly HashSet<string> Normalizing =
        ["BatchNormalization", "InstanceNormalization", "LayerNormalization", "LpNormalization", "MeanVarianceNormalization"];

    /// <summary>The extents of a row.</summary>
    public IReadOnlyList<int> RowShape => Layout == PixelLayout.ChannelsFirst ? [Channels, Height, Width] : [Height, Width, Channels];

    /// <summary>What an input takes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The input; null for the only one of floating-point numbers.</param>
    /// <exception cref="ArgumentException">It takes no pictures of one or three channels.</exception>
    public static PictureInput Of(Network network, string? input = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var info = input is null ? network.DefaultInput : network.Input(input);
        if (info.Shape is { Rank: 4 } shape && shape.Skip(1).All(d => d.IsKnown))
        {
            var extents = shape.Skip(1).Select(d => (int)Math.Min(d.Value, int.MaxValue)).ToArray();
            // A network without a Transpose in front may still name its channels last; where one or three stand is where they are.
            var last = network.ChannelsOf(info.Name) == 3 || extents[0] is not (1 or 3) && extents[2] is 1 or 3;
            var (channels, height, width) = last ? (extents[2], extents[0], extents[1]) : (extents[0], extents[1], extents[2]);
            if (channels is 1 or 3 && height > 0 && width > 0 && (long)height * width <= Raster.MaximumPixels)
                return new PictureInput(info.Name, height, width, channels,
                    last ? PixelLayout.ChannelsLast : PixelLayout.ChannelsFirst);
        }
        throw new ArgumentException($"The input '{info.Name}' {info.Shape} takes no pictures: [N, channels, height, width] or [N, height, "
            + "width, channels] with 1 or 3 channels was expected.");
    }

    /// <summary>
    /// Whether an input takes pictures of floating-point numbers, and the network does not scale them by itself: someone else has to.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The input.</param>
    public static bool IsScaledElsewhere(Network network, TensorInfo input)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(input);
        if (!input.Type.IsFloating() || input.Shape is not { Rank: > 2 })
            return false;
        var graph = new Graph();
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, i.Shape!));
        network.Trace(graph, inputs);
        var seen = new HashSet<Value> { inputs[input.Name] };
        foreach (var node in graph.Nodes.Where(n => n.Inputs.Any(i => i is not null && seen.Contains(i))))
        {
            if (Normalizing.Contains(node.OperatorType)
                || node.OperatorType is "Add" or "Sub" or "Mul" or "Div" && node.Inputs.Any(i => i?.Constant is not null))
                return false;
            if (Moving.Contains(node.OperatorType))
                seen.UnionWith(node.Outputs);
        }
        return true;
    }
}
