using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>The largest and the mean of windows.</summary>
internal static class Pooling
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["MaxPool"] = s => Pool(s, 2, Windows(s, "ksize", 2), Windows(s, "strides", 2), (c, x, w, t, p) => c.MaxPool(x, w, t, p)),
        ["MaxPoolV2"] = s => Pool(s, 2, s.Constants(1)[1..^1], s.Constants(2)[1..^1], (c, x, w, t, p) => c.MaxPool(x, w, t, p)),
        ["MaxPool3D"] = s => Pool(s, 3, Windows(s, "ksize", 3), Windows(s, "strides", 3), (c, x, w, t, p) => c.MaxPool(x, w, t, p)),
        ["AvgPool"] = s => Pool(s, 2, Windows(s, "ksize", 2), Windows(s, "strides", 2), (c, x, w, t, p) => c.AveragePool(x, w, t, p)),
        ["AvgPool3D"] = s => Pool(s, 3, Windows(s, "ksize", 3), Windows(s, "strides", 3), (c, x, w, t, p) => c.AveragePool(x, w, t, p)),
    };

    private delegate Value Written(Channels channels, Value x, long[] windows, long[] strides, Padding padding);

    private static long[] Windows(OperatorSite s, string name, int places) => s.Attributes.Has(name) ? s.Places(name, places)
        : throw s.Wrong($"it has no '{name}'.");

    private static IReadOnlyList<Item> Pool(OperatorSite s, int places, long[] windows, long[] strides, Written pool)
    {
        var padding = s.Padding(places);
        if (places == 2 && windows[0] == 1 && strides[0] == 1 && ReferenceEquals(s.Channels, Channels.Last)
            && s.Attributes.Text("padding") != "EXPLICIT" && s.Translation.ExpandedAt(s.Node.Inputs[0], 1) is Item.Tensor line)
            return [s.Translation.Expand(new Item.Tensor(pool(s.Channels, line.Value, windows[1..], strides[1..], padding)), 1)];
        if (s.X.Rank != places + 2)
            throw s.Wrong($"it is given {s.X.Shape}; {places + 2} axes were expected.");
        return [new Item.Tensor(pool(s.Channels, s.X, windows, strides, padding))];
    }
}
