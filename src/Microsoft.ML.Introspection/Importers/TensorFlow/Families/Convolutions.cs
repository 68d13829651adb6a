using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Convolutions, what is added to them, and the dealing out of places that spreads their taps.</summary>
internal static class Convolutions
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["Conv2D"] = s => Convolution(s, 2, depthwise: false),
        ["Conv3D"] = s => Convolution(s, 3, depthwise: false),
        ["DepthwiseConv2dNative"] = s => Convolution(s, 2, depthwise: true),
        ["Conv2DBackpropInput"] = One(s => Transposed(s, 2)),
        ["Conv3DBackpropInputV2"] = One(s => Transposed(s, 3)),
        ["BiasAdd"] = Each(Bias),
        ["BiasAddV1"] = Each(Bias),
        ["SpaceToBatch"] = s => DealOut(s, Blocks(s), s.Constants(1)),
        ["BatchToSpace"] = s => DealIn(s, Blocks(s), s.Constants(1)),
        ["SpaceToBatchND"] = s => DealOut(s, s.Constants(1), s.Constants(2)),
        ["BatchToSpaceND"] = s => DealIn(s, s.Constants(1), s.Constants(2)),
    };

    private static IReadOnlyList<Item> Convolution(OperatorSite s, int places, bool depthwise)
    {
        var (kernel, strides, dilations) = (s.Input(1), s.Places("strides", places), s.Places("dilations", places));
        if (kernel.Rank != places + 2)
            throw s.Wrong($"its kernel has the shape {kernel.Shape}; {places + 2} axes were expected.");
        var padding = s.Padding(places);
        // A convolution along one axis is one along two of which the first has one place.
        if (places == 2 && s.Translation.ExpandedAt(s.Node.Inputs[0], 1) is { } line && kernel.Shape[0] == 1
            && !ReferenceEquals(s.Channels, Channels.First))
        {
            var flat = kernel.Squeeze(0);
            var along = Written(s, line, flat, strides[1..], dilations[1..],
                s.Attributes.Text("padding") == "EXPLICIT" ? null : padding, depthwise);
            if (along is not null)
                return [s.Translation.Expand(along, 1)];
        }
        return [Written(s, s.Item(0), kernel, strides, dilations, padding, depthwise)
            ?? new Item.Tensor(Convolved(s, s.X, kernel, strides, dilations, padding, depthwise))];
    }

    // Null where places that are dealt out have to be so in truth.
    private static Item? Written(
        OperatorSite s, Item item, Value kernel, long[] strides, long[] dilations, Padding? padding, bool depthwise)
    {
        if (padding is null)
            return null;
        if (item is not Item.Dealt dealt)
            return s.Translation.Value(item) is { } x
                ? new Item.Tensor(Convolved(s, x, kernel, strides, dilations, padding, depthwise)) : null;
        // Every window lies within one block; with taps spread, it is one of the whole.
        if (!ReferenceEquals(s.Channels, Channels.Last) || !ReferenceEquals(padding, Padding.Valid) || strides.Any(t => t != 1))
            return null;
        var (spread, before, after) = (dilations.ToArray(), new long[dilations.Length], new long[dilations.Length]);
        for (var i = 0; i < dealt.Blocks.Length; i++)
        {
            var place = dealt.First - 1 + i;
            if (place < 0 || place >= spread.Length)
                return null;
            (spread[place], before[place], after[place]) = (dilations[place] * dealt.Blocks[i], dealt.Before[i], dealt.After[i]);
        }
        long[] none = [.. dealt.Blocks.Select(_ => 0L)];
        return dealt with
        {
            Value = Convolved(s, dealt.Value, kernel, strides, spread, Padding.Explicit(before, after), depthwise),
            Before = none,
            After = none,
        };
    }

    private static Value Convolved(
        OperatorSite s, Value x, Value kernel, long[] strides, long[] dilations, Padding padding, bool depthwise)
    {
        if (depthwise)
            return s.Channels.DepthwiseConv(x, kernel, null, strides, dilations, padding);
        var (channels, taken) = (x.Shape[s.Channels.Axis(x)], kernel.Shape[-2]);
        if (!channels.IsKnown || !taken.IsKnown || taken.Value == 0 || channels.Value == 0 || channels.Value % taken.Value != 0)
            throw s.Wrong($"its kernel takes {taken} channels of {channels}.");
        return s.Channels.Conv(x, kernel, null, strides, dilations, padding, channels.Value / taken.Value);
    }

    // The extents of the result are an input; its rows are those of what goes in.
    private static Value Transposed(OperatorSite s, int places)
    {
        var (extents, kernel, x) = (s.Extents(0), s.Input(1), s.Input(2));
        var spatial = extents is null ? null : ReferenceEquals(s.Channels, Channels.Last) ? extents[1..^1] : extents[2..];
        return s.Channels.ConvTranspose(x, kernel, null, s.Places("strides", places), s.Places("dilations", places), s.Padding(places),
            extents: spatial is not null && Array.TrueForAll(spatial, e => e.IsKnown) ? Array.ConvertAll(spatial, e => e.Value) : null);
    }

    private static Value Bias(Value x, OperatorSite s)
    {
        var bias = s.Input(1);
        if (ReferenceEquals(s.Channels, Channels.First) && x.Rank > 2)
            bias = bias.Reshape([-1, .. Enumerable.Repeat(1L, x.Rank - 2)]);
        return s.Translation.Biased(x, bias) ?? x + bias;
    }

    private static long[] Blocks(OperatorSite s) => [s.Attributes.Int("block_size"), s.Attributes.Int("block_size")];

    private static IReadOnlyList<Item> DealOut(OperatorSite s, long[] blocks, long[] pads)
    {
        if (pads.Length != 2 * blocks.Length || blocks.Length >= s.X.Rank || blocks.Any(b => b < 1) || pads.Any(p => p < 0))
            throw s.Wrong($"blocks [{string.Join(", ", blocks)}] and pads [{string.Join(", ", pads)}] do not fit {s.X.Shape}.");
        return [new Item.Dealt(s.X, 1, blocks, [.. pads.Where((_, i) => i % 2 == 0)], [.. pads.Where((_, i) => i % 2 == 1)])];
    }

    private static IReadOnlyList<Item> DealIn(OperatorSite s, long[] blocks, long[] crops)
    {
        if (crops.Length != 2 * blocks.Length || blocks.Any(b => b < 1) || crops.Any(c => c < 0))
            throw s.Wrong($"blocks [{string.Join(", ", blocks)}] and crops [{string.Join(", ", crops)}] do not fit.");
        long[] before = [.. crops.Where((_, i) => i % 2 == 0)], after = [.. crops.Where((_, i) => i % 2 == 1)];
        return [new Item.Tensor(s.Item(0) is Item.Dealt { First: 1 } dealt && dealt.Blocks.SequenceEqual(blocks)
            ? Dealing.Cut(Dealing.Padded(dealt).Value, 1, before, after)
            : Dealing.In(s.X, blocks, before, after))];
    }
}
