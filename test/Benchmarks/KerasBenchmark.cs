using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>What a network that was read from a file of Keras costs, against the same one as ONNX.</summary>
internal static class KerasBenchmark
{
    public static void Run(double seconds)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            Load(Path.Combine(folder.FullName, "large"), seconds);
            MobileNet(Path.Combine(folder.FullName, "mobile.h5"), seconds);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Convolutions and dense layers of 26 million weights.
    private static void Load(string path, double seconds)
    {
        var file = new KerasFile(1, 56, 56, 64);
        var channels = 64L;
        foreach (var outputs in (long[])[256, 512, 512, 512, 512])
        {
            Conv(file, channels, outputs, 3, 2);
            channels = outputs;
        }
        file.Add("Flatten");
        Dense(file, 2 * 2 * channels, 4096);
        Dense(file, 4096, 1700);
        Dense(file, 1700, 1000);
        file.Save(path + ".h5");
        ModelFile.ReadNetwork(path + ".h5").Save(path + ".onnx");
        var graph = Pair.Time(() => new InferenceSession(path + ".onnx").Dispose(), () => ModelFile.ReadNetwork(path + ".h5"), seconds);
        var network = Pair.Time(() => new InferenceSession(path + ".onnx").Dispose(), () => ModelFile.LoadNetwork(path + ".h5"), seconds);
        Write($"load {new FileInfo(path + ".h5").Length / 1e6:0} MB of .h5", "ONNX Runtime opens the .onnx", graph);
        Write("the same, to a network that can be explained", "ONNX Runtime opens the .onnx", network);
    }

    // MobileNet (Howard et al. 2017) at 224 × 224 and full width, as Keras has it, and as torch writes it: channels first, batch
    // normalisation merged, what is put around within the convolution.
    private static void MobileNet(string path, double seconds)
    {
        var (file, graph) = (new KerasFile(2, 224, 224, 3), new Graph());
        var x = graph.Input("input", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, 224, 224));
        x = Block(file, x, 32, 3, 2, depthwise: false);
        foreach (var (channels, stride) in ((long, int)[])
            [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)])
            x = Block(file, Block(file, x, x.Shape[1].Value, 3, stride, depthwise: true), channels, 1, 1, depthwise: false);
        file.Add("GlobalAveragePooling2D");
        var dense = Dense(file, 1024, 1000);
        file.Save(path);
        x = Operators.Emit("Gemm", Operators.Emit("Flatten", Operators.Emit("GlobalAveragePool", x)),
            graph.Constant(Tensor.From(dense[0], 1024, 1000)), graph.Constant(Tensor.From(dense[1], 1000)));
        using var first = new FilledModel(graph.ToModel([("logits", x)]), 1);
        using var last = new FilledModel(NetworkOutputs.Compile(ModelFile.LoadNetwork(path)), 1);
        var pair = Pair.Time(last.Run, first.Run, seconds);
        Console.WriteLine(FormattableString.Invariant($"MobileNet: rate of Keras' against torch's {pair.Ratio:0.000} ({pair.Low:0.000} – {pair.High:0.000}), ")
            + FormattableString.Invariant($"{pair.Second * 1e3:0.0} ms as torch writes it"));
    }

    private static Value Block(KerasFile file, Value x, long outputs, int kernel, int stride, bool depthwise)
    {
        var (graph, inputs) = (x.Graph, x.Shape[1].Value);
        if (stride == 2)
            file.Add("ZeroPadding2D", new() { ["padding"] = new JsonArray(new JsonArray(0, 1), new JsonArray(0, 1)), ["data_format"] = "channels_last" });
        var deviation = Math.Sqrt(2.0 / (kernel * kernel * (depthwise ? 1 : inputs)));
        var weights = file.Add(depthwise ? "DepthwiseConv2D" : "Conv2D", Window(outputs, kernel, stride, stride == 2 ? "valid" : "same", false),
            depthwise ? ("depthwise_kernel", 0, deviation, [kernel, kernel, inputs, 1]) : ("kernel", 0, deviation, [kernel, kernel, inputs, outputs]))[0];
        var norm = file.Add("BatchNormalization", new() { ["axis"] = new JsonArray(3), ["epsilon"] = 1e-3, ["center"] = true, ["scale"] = true },
            ("gamma", 1, 0.1, [outputs]), ("beta", 0, 0.1, [outputs]), ("moving_mean", 0, 0.1, [outputs]), ("moving_variance", 1, 0.02, [outputs]));
        file.Add("ReLU", new() { ["max_value"] = 6.0, ["negative_slope"] = 0.0, ["threshold"] = 0.0 });
        // Merged: the filters by γ / √(σ² + ε), channels first.
        var (perFilter, places) = (depthwise ? 1 : inputs, kernel * kernel);
        var merged = new float[outputs * perFilter * places];
        var bias = new float[outputs];
        for (var o = 0; o < outputs; o++)
        {
            var factor = norm[0][o] / MathF.Sqrt(norm[3][o] + 1e-3f);
            bias[o] = norm[1][o] - norm[2][o] * factor;
            for (var i = 0; i < perFilter; i++)
            {
                for (var p = 0; p < places; p++)
                    merged[(o * perFilter + i) * places + p] = factor * weights[depthwise ? p * outputs + o : (p * inputs + i) * outputs + o];
            }
        }
        var around = kernel / 2;
        var convolved = Operators.Emit("Conv", Attributes.Of(("kernel_shape", (long[])[kernel, kernel]), ("strides", (long[])[stride, stride]),
            ("pads", stride == 2 ? (long[])[0, 0, 1, 1] : [around, around, around, around]), ("group", depthwise ? inputs : 1)),
            x, graph.Constant(Tensor.From(merged, outputs, perFilter, kernel, kernel)), graph.Constant(Tensor.From(bias, outputs)));
        return Operators.Emit("Clip", convolved, graph.Constant(Tensor.Scalar(0f)), graph.Constant(Tensor.Scalar(6f)));
    }

    private static void Conv(KerasFile file, long inputs, long outputs, int kernel, int stride) => file.Add("Conv2D",
        Window(outputs, kernel, stride, "same", true), ("kernel", 0, 0.02, [kernel, kernel, inputs, outputs]), ("bias", 0, 0.01, [outputs]));

    private static IReadOnlyList<float[]> Dense(KerasFile file, long inputs, long outputs) => file.Add("Dense",
        new() { ["units"] = outputs, ["activation"] = "linear", ["use_bias"] = true },
        ("kernel", 0, Math.Sqrt(1.0 / inputs), [inputs, outputs]), ("bias", 0, 0.01, [outputs]));

    private static JsonObject Window(long filters, int kernel, int stride, string padding, bool biased) => new()
    {
        ["filters"] = filters, ["kernel_size"] = new JsonArray(kernel, kernel), ["strides"] = new JsonArray(stride, stride),
        ["padding"] = padding, ["data_format"] = "channels_last", ["dilation_rate"] = new JsonArray(1, 1), ["groups"] = 1,
        ["activation"] = biased ? "relu" : "linear", ["use_bias"] = biased, ["depth_multiplier"] = 1,
    };

    private static void Write(string what, string against, Pair pair) => Console.WriteLine(FormattableString.Invariant(
        $"{what}: {pair.Second:0.000} s, {pair.Ratio:0.00} ({pair.Low:0.00} – {pair.High:0.00}) times as long as {against}"));
}
