using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Convolutions along one to three axes.</summary>
internal static class ConvolutionLayers
{
    public static Dictionary<string, Rule> Rules { get; } = new()
    {
        ["Conv1D"] = One(s => s.Activate(Conv(s, 1))), ["Conv2D"] = One(s => s.Activate(Conv(s, 2))),
        ["Conv3D"] = One(s => s.Activate(Conv(s, 3))),
        ["Conv1DTranspose"] = One(s => s.Activate(Transposed(s, 1))), ["Conv2DTranspose"] = One(s => s.Activate(Transposed(s, 2))),
        ["Conv3DTranspose"] = One(s => s.Activate(Transposed(s, 3))),
        ["DepthwiseConv1D"] = One(s => s.Activate(Depthwise(s, 1))), ["DepthwiseConv2D"] = One(s => s.Activate(Depthwise(s, 2))),
        ["SeparableConv1D"] = One(s => s.Activate(Separable(s, 1))), ["SeparableConv2D"] = One(s => s.Activate(Separable(s, 2))),
    };

    private static Value Conv(KerasLayer s, int axes)
    {
        var (kernel, groups, filters) = (s.Config.Axes("kernel_size", axes), s.Whole("groups", 1), s.Whole("filters"));
        var channels = Channels(s);
        if (groups < 1 || channels % groups != 0)
            throw s.Refused($"has {groups} groups for {channels} channels");
        return s.Channels.Conv(s.Input, Kernel(s, "kernel", [.. kernel, channels / groups, filters]), Bias(s, filters), Strides(s, axes),
            Dilations(s, axes), PaddingOf(s, kernel, axes), groups);
    }

    private static Value Transposed(KerasLayer s, int axes)
    {
        var (kernel, filters) = (s.Config.Axes("kernel_size", axes), s.Whole("filters"));
        var added = s.Config.Wholes("output_padding") is { } given ? given.Length == axes ? given : [.. Enumerable.Repeat(given[0], axes)]
            : null;
        return s.Channels.ConvTranspose(s.Input, Kernel(s, "kernel", [.. kernel, filters, Channels(s)]), Bias(s, filters), Strides(s, axes),
            Dilations(s, axes), PaddingOf(s, kernel, axes), added);
    }

    private static Value Depthwise(KerasLayer s, int axes)
    {
        var (kernel, times, channels) = (s.Config.Axes("kernel_size", axes), s.Whole("depth_multiplier", 1), Channels(s));
        return s.Channels.DepthwiseConv(s.Input, Kernel(s, "depthwise_kernel", [.. kernel, channels, times]), Bias(s, channels * times),
            Strides(s, axes), Dilations(s, axes), PaddingOf(s, kernel, axes));
    }

    private static Value Separable(KerasLayer s, int axes)
    {
        var (kernel, times, channels) = (s.Config.Axes("kernel_size", axes), s.Whole("depth_multiplier", 1), Channels(s));
        var (filters, ones) = (s.Whole("filters"), Enumerable.Repeat(1L, axes).ToArray());
        var deep = s.Channels.DepthwiseConv(s.Input, Kernel(s, "depthwise_kernel", [.. kernel, channels, times]), null, Strides(s, axes),
            Dilations(s, axes), PaddingOf(s, kernel, axes));
        return s.Channels.Conv(deep, Kernel(s, "pointwise_kernel", [.. ones, channels * times, filters]), Bias(s, filters), ones, ones,
            Padding.Valid);
    }

    private static long Channels(KerasLayer s) => s.Features(s.Input, s.Channels.Axis(s.Input));

    private static Value? Bias(KerasLayer s, long filters) => s.Flag("use_bias", true) ? s.Weight("bias", filters) : null;

    public static long[] Strides(KerasLayer s, int axes) => s.Config.Axes("strides", axes, [1]);

    public static long[] Dilations(KerasLayer s, int axes) => s.Config.Axes("dilation_rate", axes, [1]);

    public static Padding PaddingOf(KerasLayer s, long[] kernel, int axes) => s.Text("padding", "valid") switch
    {
        "valid" => Padding.Valid,
        "same" => Padding.Same,
        "causal" when axes == 1 => Padding.Causal(kernel, Dilations(s, axes)),
        var other => throw s.Refused($"has the padding '{other}', which is not known"),
    };

    // Kernels of files for Theano come in another order, and those of Keras 1 along one axis with an axis more.
    private static Value Kernel(KerasLayer s, string name, long[] shape)
    {
        var tensor = s.WeightTensor(s.Weights, name);
        var (rank, axes) = (shape.Length, shape.Length - 2);
        var extents = tensor.Dimensions.ToArray();
        if (extents.Length == rank + 1 && s.KerasVersion == 1 && extents.Contains(1))
            tensor = extents[1] == 1 ? tensor.Reshaped([extents[0], .. extents[2..]]) : tensor.Reshaped([.. extents[..^1]]);
        if (!tensor.Dimensions.SequenceEqual(shape) && axes > 0)
        {
            // [filters, channels, k₁, …] with the kernel turned round, as the oldest files have it.
            long[] turned = [shape[^1], shape[^2], .. shape[..axes]];
            if (tensor.Dimensions.SequenceEqual(turned) && s.KerasVersion < 3)
                tensor = ConstantShaping.Transpose(tensor, [.. Enumerable.Range(2, axes).Select(i => (long)i), 1, 0])!;
        }
        if (!tensor.Dimensions.SequenceEqual(shape))
            throw s.Refused($"has the weight '{name}' of shape {tensor.Shape} where {Shape.Of(shape)} was expected");
        var kernel = s.Graph.Constant(s.Translation.FlipsKernels ? Flipped(tensor, axes) : tensor, $"{s.Path}/{name}");
        return kernel;
    }

    private static Tensor Flipped(Tensor tensor, int axes)
    {
        var extents = tensor.Dimensions.ToArray();
        var (places, within) = (extents[..axes].Aggregate(1L, (a, b) => a * b), extents[axes..].Aggregate(1L, (a, b) => a * b));
        var from = tensor.As<float>();
        var to = new float[tensor.Count];
        for (var i = 0; i < places; i++)
            from.Slice((int)(i * within), (int)within).CopyTo(to.AsSpan((int)((places - 1 - i) * within)));
        return Tensor.From(to, extents);
    }
}
