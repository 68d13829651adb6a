using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Imaging;

/// <summary>What a model says of how its pictures are prepared, or what is customary where it says nothing.</summary>
/// <param name="Preprocessing">The preparation.</param>
/// <param name="Reason">Why this one, for people.</param>
/// <param name="IsSaid">Whether the model says so; else it is an assumption.</param>
public sealed record PreprocessingGuess(Preprocessing Preprocessing, string Reason, bool IsSaid)
{
    // The keys of ONNX's own document of metadata, and what their values mean: scale and mean.
    private const string RangeKey = PictureMetadata.Range, FormatKey = PictureMetadata.Format;

    private static readonly Dictionary<string, (double Scale, double Mean)> Ranges = new()
    {
        ["NominalRange_0_255"] = (1, 0),
        ["Normalized_0_1"] = (1 / 255.0, 0),
        ["Normalized_1_1"] = (1 / 127.5, 1),
    };

    private static readonly Dictionary<string, ChannelOrder> Formats = new()
    {
        ["Gray8"] = ChannelOrder.Gray, ["Rgb8"] = ChannelOrder.Rgb, ["Bgr8"] = ChannelOrder.Bgr,
        ["Rgba8"] = ChannelOrder.Rgb, ["Bgra8"] = ChannelOrder.Bgr,
    };

    /// <summary>Reads what a model says: the metadata of ONNX, and whether the network scales pixels by itself.</summary>
    /// <param name="network">The network.</param>
    /// <param name="metadata">The texts that travel with its file.</param>
    /// <param name="input">The input; null for the only one of floating-point numbers.</param>
    /// <exception cref="ArgumentException">The input takes no pictures.</exception>
    public static PreprocessingGuess Of(Network network, IReadOnlyDictionary<string, string> metadata, string? input = null)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var picture = PictureInput.Of(network, input);
        var plain = Preprocessing.Named("plain", picture) with { Name = "as the model says" };
        if (metadata.TryGetValue(PictureMetadata.Resizing, out var way)
            && (way == "tensorflow" ? ResizeRule.TensorFlow : way == "torch" ? ResizeRule.Torch : (ResizeRule?)null) is { } rule)
            plain = plain with { Resizing = new Resizing(rule) };
        var order = metadata.TryGetValue(FormatKey, out var format) && Formats.TryGetValue(format, out var told)
            && (told == ChannelOrder.Gray) == (picture.Channels == 1) ? told : (ChannelOrder?)null;
        if (order is { } channels)
            plain = plain with { Channels = channels };
        if (metadata.TryGetValue(RangeKey, out var range) && Ranges.TryGetValue(range, out var scale))
            return new(plain with { Scale = scale.Scale, Mean = [scale.Mean] },
                $"the file says {RangeKey} = {range}{(order is null ? "" : $", {FormatKey} = {format}")}", true);
        if (!PictureInput.IsScaledElsewhere(network, network.Input(picture.Name)))
            return new(plain with { Scale = 1 }, "the network scales its pixels itself", true);
        var name = picture.Channels == 1 ? "plain" : picture.Layout == PixelLayout.ChannelsFirst ? "torchvision" : "tf";
        var customary = Preprocessing.Named(name, picture);
        return new(order is { } own ? customary with { Channels = own } : customary,
            "the model does not say how its pictures are prepared, this is what is customary", false);
    }
}
