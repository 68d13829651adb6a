using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Pooling of windows and of all places.</summary>
internal static class PoolingLayers
{
    public static Dictionary<string, Rule> Rules { get; } = Enumerable.Range(1, 3).SelectMany(axes => new Dictionary<string, Rule>
    {
        [$"MaxPooling{axes}D"] = One(s => s.Channels.MaxPool(s.Input, Window(s, axes), Strides(s, axes), Padding(s, axes))),
        [$"AveragePooling{axes}D"] = One(s => s.Channels.AveragePool(s.Input, Window(s, axes), Strides(s, axes), Padding(s, axes))),
        [$"GlobalMaxPooling{axes}D"] = One(s => s.Channels.GlobalMaxPool(s.Input, s.Flag("keepdims"))),
        [$"GlobalAveragePooling{axes}D"] = One(GlobalAverage),
    }).ToDictionary();

    private static long[] Window(KerasLayer s, int axes) => s.Config.Axes("pool_size", axes, [2]);

    private static long[] Strides(KerasLayer s, int axes) => s.Config.Axes("strides", axes, Window(s, axes));

    private static Layout.Padding Padding(KerasLayer s, int axes) => ConvolutionLayers.PaddingOf(s, Window(s, axes), axes);

    // Moments that are masked do not count.
    private static Value GlobalAverage(KerasLayer s)
    {
        if (s.Mask is not { } mask || s.Input.Rank != 3 || s.Channels != Layout.Channels.Last)
            return s.Channels.GlobalAveragePool(s.Input, s.Flag("keepdims"));
        var counts = mask.Cast(s.Input.Type).Unsqueeze(2);
        return (s.Input * counts).ReduceSum([1], s.Flag("keepdims")) / counts.ReduceSum([1], s.Flag("keepdims"));
    }
}
