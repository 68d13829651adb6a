using System.Text.Json;

namespace Microsoft.ML.Introspection.Imaging;

/// <summary>Reads <see cref="Preprocessing"/> from JSON.</summary>
/// <remarks>
/// <c>{ "base": "torchvision", "resize": 256, "crop": 224, "fit": "crop", "anchor": "center", "rule": "pillow", "filter": "bicubic",
/// "antialias": false, "scale": 0.00392, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "channels": "rgb", "layout": "nchw" }</c>;
/// every entry may be left out. <c>resize</c> alone or with <c>fit</c> stretch or pad is the picture's own size, with <c>crop</c> the
/// short side.
/// </remarks>
public static class PreprocessingFile
{
    private const long MaximumBytes = 1 << 20;

    private static readonly string[] Entries =
    [
        "base", "resize", "crop", "fit", "anchor", "rule", "filter", "antialias", "scale", "mean", "std", "channels", "layout",
    ];

    private static readonly Dictionary<string, PixelLayout> Layouts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["nchw"] = PixelLayout.ChannelsFirst, ["chw"] = PixelLayout.ChannelsFirst,
        ["nhwc"] = PixelLayout.ChannelsLast, ["hwc"] = PixelLayout.ChannelsLast,
    };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="input">What the network takes; the file must agree with it.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is something else; the message says what is wrong with which entry.</exception>
    public static Preprocessing Load(string path, PictureInput input)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(input);
        if (new FileInfo(path) is var file && !file.Exists)
            throw new FileNotFoundException($"The preprocessing file '{path}' does not exist.", path);
        if (file.Length > MaximumBytes)
            throw new InvalidDataException($"The preprocessing file '{path}' has {file.Length} bytes; at most {MaximumBytes} are read.");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(document.RootElement, input) with { Name = Path.GetFileName(path) };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"The preprocessing file '{path}' cannot be used: {e.Message}", e);
        }
    }

    private static Preprocessing Read(JsonElement root, PictureInput input)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new FormatException("an object was expected, { \"scale\": …, \"mean\": […] }.");
        if (root.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => !Entries.Contains(n)) is { } unknown)
            throw new FormatException($"there is no entry \"{unknown}\"; there are {string.Join(", ", Entries)}.");
        var named = Preprocessing.Named(Text(root, "base") ?? "plain", input);
        var resize = Sides(root, "resize");
        var crop = Sides(root, "crop");
        if ((crop ?? (resize is { Single: false } ? resize : null)) is { } size && (size.Height, size.Width) != (input.Height, input.Width))
            throw new FormatException($"pictures of {size.Width} × {size.Height} are asked for; the input '{input.Name}' takes "
                + $"{input.Width} × {input.Height}.");
        var rule = Choice<ResizeRule>(root, "rule") ?? named.Resizing.Rule;
        var result = named with
        {
            Resizing = new Resizing(rule, Choice<ResizeFilter>(root, "filter")
                ?? (rule == named.Resizing.Rule ? named.Resizing.Filter : ResizeFilter.Bilinear))
            {
                Antialias = root.TryGetProperty("antialias", out var antialias) && antialias.GetBoolean(),
            },
            Scale = root.TryGetProperty("scale", out var scale) ? scale.GetDouble() : named.Scale,
            Mean = Numbers(root, "mean") ?? named.Mean,
            Deviation = Numbers(root, "std") ?? named.Deviation,
            Channels = Choice<ChannelOrder>(root, "channels") ?? named.Channels,
            Anchor = Choice<PictureAnchor>(root, "anchor") ?? named.Anchor,
            Layout = Text(root, "layout") is not { } layout ? named.Layout : Layouts.TryGetValue(layout, out var known) ? known
                : throw new FormatException($"\"layout\" is nchw or nhwc; '{layout}' was given."),
        };
        if (result.ChannelCount != input.Channels || result.Layout != input.Layout)
            throw new FormatException($"{result.ChannelCount} channels, {result.Layout}, are asked for; the input '{input.Name}' takes "
                + $"{input.Channels}, {input.Layout}.");
        var fitting = Choice<PictureFitting>(root, "fit")
            ?? (crop is not null ? PictureFitting.Crop : resize is not null ? PictureFitting.Stretch : named.Fitting);
        return result with
        {
            ShortSide = null,
        } with
        {
            Fitting = fitting,
            ShortSide = fitting != PictureFitting.Crop ? null : resize is { Single: true } ? resize.Value.Height : named.ShortSide,
        };
    }

    private static (int Height, int Width, bool Single)? Sides(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.Number)
            return (value.GetInt32(), value.GetInt32(), true);
        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2
            ? (value[0].GetInt32(), value[1].GetInt32(), false)
            : throw new FormatException($"\"{name}\" is one whole number, or [height, width].");
    }

    private static double[]? Numbers(JsonElement root, string name) => !root.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(n => n.GetDouble())] : [value.GetDouble()];

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static T? Choice<T>(JsonElement root, string name) where T : struct, Enum => Text(root, name) is not { } text ? null
        : Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]) ? value
        : throw new FormatException(
            $"\"{name}\" is one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}; '{text}' was given.");
}
