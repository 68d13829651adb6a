using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Preparation that is arithmetic. What prepares texts is not translated.</summary>
internal static class PreprocessingLayers
{
    public static Dictionary<string, Rule> Rules { get; } = new()
    {
        ["Rescaling"] = One(s => Numbers(s, s.Input * Setting(s, "scale", 1)) + Setting(s, "offset", 0)),
        ["Normalization"] = One(Normalization),
        ["CenterCrop"] = One(CenterCrop),
        ["Resizing"] = One(Resizing),
        ["CategoryEncoding"] = One(CategoryEncoding),
        ["Discretization"] = One(Discretization),
        ["RandomFlip"] = One(ActivationLayers.Same), ["RandomRotation"] = One(ActivationLayers.Same),
            ["RandomZoom"] = One(ActivationLayers.Same),
        ["RandomTranslation"] = One(ActivationLayers.Same), ["RandomContrast"] = One(ActivationLayers.Same),
        ["RandomBrightness"] = One(ActivationLayers.Same),
    };

    private static Value Numbers(KerasLayer s, Value x) => x.Type.IsFloating() ? x : throw s.Refused($"is given {x.Type}");

    // A number, or one for each channel.
    private static Value Setting(KerasLayer s, string name, double otherwise) => s.Config.Numbers(name) switch
    {
        null => s.Input.Like(otherwise),
        [var one] => s.Input.Like(one),
        var several => s.Graph.Constant(Tensor.FromDoubles(ElementType.Float, several, several.Length)),
    };

    private static Value Normalization(KerasLayer s)
    {
        var rank = s.Input.Rank;
        long[] axes = [.. (s.Config.Wholes("axis") ?? (s.Config["axis"] is null ? [] : [-1L])).Select(a => a < 0 ? a + rank : a).Order()];
        long[] shape = [.. Enumerable.Range(0, rank).Select(i => axes.Contains(i) ? s.Features(s.Input, i) : 1)];
        Value mean, variance;
        if (s.Has("mean"))
            (mean, variance) = (Given(s, "mean", shape), Given(s, "variance", shape));
        else
        {
            long[] extents = [.. axes.Select(a => shape[a])];
            (mean, variance) = (s.Weight("mean", extents).Reshape(shape), s.Weight("variance", extents).Reshape(shape));
            s.Weights.Next();
        }
        var deviation = variance.Sqrt().Maximum(variance.Like(1e-7));
        return s.Flag("invert") ? mean + s.Input * deviation : (s.Input - mean) / deviation;
    }

    private static Value Given(KerasLayer s, string name, long[] shape)
    {
        var numbers = s.Config.Numbers(name) ?? throw s.Config.Odd(name, "a list of numbers");
        var count = shape.Aggregate(1L, (a, b) => a * b);
        return s.Graph.Constant(Tensor.FromDoubles(ElementType.Float,
            numbers.Length == count ? numbers : numbers.Length == 1 ? [.. Enumerable.Repeat(numbers[0], (int)count)]
                : throw s.Config.Odd(name, $"{count} numbers"), shape));
    }

    private static Value CenterCrop(KerasLayer s)
    {
        var (places, height, width) = (s.Channels.Places(s.Input), s.Whole("height"), s.Whole("width"));
        if (places.Length != 2 || places[0] < height || places[1] < width)
            throw s.Refused($"crops {s.Input.Shape} to {height} × {width}, which is not smaller; that is not read");
        long top = (places[0] - height) / 2, left = (places[1] - width) / 2;
        return s.Channels.Crop(s.Input, [top, left], [places[0] - height - top, places[1] - width - left]);
    }

    private static Value Resizing(KerasLayer s)
    {
        if (s.Flag("crop_to_aspect_ratio") || s.Flag("pad_to_aspect_ratio") || s.Flag("antialias"))
            throw s.Refused("resizes with cropping, padding or smoothing, which is not read");
        return s.Channels.Resize(s.Input, [s.Whole("height"), s.Whole("width")],
            ShapingLayers.Method(s, s.Text("interpolation", "bilinear")!));
    }

    private static Value CategoryEncoding(KerasLayer s)
    {
        if (s.Flag("sparse") || s.Keywords.ContainsKey("count_weights"))
            throw s.Refused("gives sparse or weighted codes, which are not read");
        var (numbers, count) = (s.Input.Cast(ElementType.Int64), s.Whole("num_tokens"));
        var codes = numbers.OneHot(count, ElementType.Float);
        switch (s.Text("output_mode", "multi_hot"))
        {
            case "one_hot" or "onehot":
                return numbers.Rank > 1 && numbers.Shape[-1] == 1 ? codes.Squeeze(numbers.Rank - 1) : codes;
            case "multi_hot" or "binary":
                return numbers.Rank > 1 ? codes.ReduceMax([numbers.Rank - 1], keepDimensions: false) : codes;
            case "count":
                return numbers.Rank > 1 ? codes.ReduceSum([numbers.Rank - 1], keepDimensions: false) : codes;
            default:
                throw s.Refused($"encodes by '{s.Text("output_mode")}', which is not read");
        }
    }

    private static Value Discretization(KerasLayer s)
    {
        if (s.Config.Numbers("bin_boundaries") is not { Length: > 0 } bounds || s.Text("output_mode", "int") != "int" || s.Flag("sparse"))
            throw s.Refused("has no bounds in its settings, or gives codes, which are not read");
        var x = s.Input.Cast(ElementType.Float).Unsqueeze(s.Input.Rank);
        var bound = s.Graph.Constant(Tensor.FromDoubles(ElementType.Float, bounds, bounds.Length));
        return x.GreaterOrEqual(bound).Cast(ElementType.Float).ReduceSum([s.Input.Rank], keepDimensions: false).Cast(ElementType.Int64);
    }
}
