using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Layers that move elements.</summary>
internal static class ShapingLayers
{
    public static Dictionary<string, Rule> Rules { get; } = new Dictionary<string, Rule>
    {
        ["Flatten"] = One(Flatten),
        ["Reshape"] = One(s => s.Input.Reshape([0, .. Target(s)])),
        ["Permute"] = One(s => s.Input.Transpose([0, .. (s.Config.Wholes("dims") ?? throw s.Refused("has no 'dims'")).Select(d =>
            (int)d)])),
        ["RepeatVector"] = One(s => Operators.Emit("Tile", s.Input.Unsqueeze(1), s.Graph.Constant([1L, s.Whole("n"), 1L]))),
        ["Masking"] = Masking,
    }.Concat(Enumerable.Range(1, 3).SelectMany(axes => new Dictionary<string, Rule>
    {
        [$"ZeroPadding{axes}D"] = One(s => Around(s, "padding", axes) is var (before, after) ? s.Channels.Pad(s.Input, before, after)
            : null!),
        [$"Cropping{axes}D"] = One(s => Around(s, "cropping", axes) is var (before, after) ? s.Channels.Crop(s.Input, before, after)
            : null!),
        [$"UpSampling{axes}D"] = One(s => UpSampling(s, axes)),
    })).ToDictionary();

    /// <summary>All but the batch in one axis.</summary>
    private static Value Flatten(KerasLayer s)
    {
        var x = s.Input.Rank > 2 && s.Channels == Channels.First ? Channels.ChannelsLast(s.Input) : s.Input;
        if (x.Rank == 1)
            return x.Unsqueeze(1);
        return new Shape(x.Shape.Skip(1)).Size is { IsKnown: true } size ? x.Reshape([0, size.Value])
            : Operators.Emit("Flatten", Attributes.Of(("axis", 1)), x);
    }

    private static long[] Target(KerasLayer s) => s.Config.Wholes("target_shape") ?? s.Config.Wholes("dims") ?? throw s.Refused(
        "has no 'target_shape'");

    private static IReadOnlyList<KerasTensor> Masking(KerasLayer s)
    {
        var x = s.Input.Cast(ElementType.Float);
        var differs = x.EqualTo(x.Like(s.Number("mask_value", 0))).Not();
        // A moment counts where any of its features differs.
        var counts = differs.Cast(ElementType.Float).ReduceMax([-1]);
        return [new(x * counts, counts.Squeeze(-1).Greater(0.5))];
    }

    // One number for all sides, one for each axis, or two for each.
    private static (long[] Before, long[] After) Around(KerasLayer s, string name, int axes)
    {
        var given = s.Config.Wholes(name) ?? [1];
        if (given.Any(g => g is < 0 or > 1 << 24))
            throw s.Config.Odd(name, "numbers that are not negative");
        if (given.Length == 1)
            return ([.. Enumerable.Repeat(given[0], axes)], [.. Enumerable.Repeat(given[0], axes)]);
        if (given.Length == axes)
            return (given, given);
        return given.Length == 2 * axes ? ([.. given.Where((_, i) => i % 2 == 0)], [.. given.Where((_, i) => i % 2 == 1)])
            : throw s.Config.Odd(name, $"{2 * axes} numbers");
    }

    private static Value UpSampling(KerasLayer s, int axes)
    {
        var times = s.Config.Axes("size", axes, [2]);
        return s.Channels.Enlarge(s.Input, times, Method(s, s.Text("interpolation", "nearest")!));
    }

    public static string Method(KerasLayer s, string name) => name switch
    {
        "nearest" => "nearest", "bilinear" => "linear", "bicubic" => "cubic",
        _ => throw s.Refused($"interpolates by '{name}', which is not read; nearest, bilinear and bicubic are"),
    };
}
