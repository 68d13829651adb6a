using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Networks of well-known shapes with seeded weights, built in the graph language: speed does not ask what they learnt.</summary>
internal sealed class SeededNetworks(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>ResNet-18 (He et al. 2015) with its batch normalisations, 1000 classes.</summary>
    public static OnnxModel ResNet18(int imageSize = 224)
    {
        var (make, graph) = (new SeededNetworks(18), new Graph());
        var input = graph.Input("input", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, imageSize, imageSize));
        var x = make.Stem(input);
        foreach (var (channels, stride) in ((int, int)[])[(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)])
        {
            var shortcut = stride == 1 ? x : make.Normalised(x, channels, 1, stride);
            x = (make.Normalised(make.Normalised(x, channels, 3, stride).Relu(), channels, 3, 1) + shortcut).Relu();
        }
        x = Operators.Emit("Flatten", Operators.Emit("GlobalAveragePool", x));
        return graph.ToModel([("logits", make.Dense(x, 1000))]);
    }

    /// <summary>ResNet-152 (He et al. 2015) with its batch normalisations, 1000 classes.</summary>
    public static OnnxModel ResNet152(int imageSize = 224)
    {
        var (make, graph) = (new SeededNetworks(152), new Graph());
        var input = graph.Input("input", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, imageSize, imageSize));
        var x = make.Stem(input);
        foreach (var (width, blocks, first) in ((long, int, long)[])[(64, 3, 1), (128, 8, 2), (256, 36, 2), (512, 3, 2)])
        {
            for (var i = 0; i < blocks; i++)
            {
                var stride = i == 0 ? first : 1;
                var shortcut = i == 0 ? make.Normalised(x, 4 * width, 1, stride) : x;
                var inner = make.Normalised(make.Normalised(x, width, 1, 1).Relu(), width, 3, stride).Relu();
                x = (make.Normalised(inner, 4 * width, 1, 1) + shortcut).Relu();
            }
        }
        x = Operators.Emit("Flatten", Operators.Emit("GlobalAveragePool", x));
        return graph.ToModel([("logits", make.Dense(x, 1000))]);
    }

    /// <summary>VGG-16 (Simonyan, Zisserman 2014), 1000 classes.</summary>
    public static OnnxModel Vgg16(int imageSize = 224)
    {
        var (make, graph) = (new SeededNetworks(16), new Graph());
        var x = graph.Input("input", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, imageSize, imageSize));
        foreach (var (channels, layers) in ((int, int)[])[(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)])
        {
            for (var i = 0; i < layers; i++)
                x = make.Conv(x, channels, 3, 1).Relu();
            x = x.MaxPool([2, 2], [2, 2]);
        }
        x = Operators.Emit("Flatten", x);
        x = make.Dense(make.Dense(x, 4096).Relu(), 4096).Relu();
        return graph.ToModel([("logits", make.Dense(x, 1000))]);
    }

    /// <summary>A small dense network for tables.</summary>
    public static OnnxModel Mlp(int features, int classes, params IEnumerable<int> hidden)
    {
        var (make, graph) = (new SeededNetworks(3), new Graph());
        var x = graph.Input("input", ElementType.Float, new Shape(Dimension.Symbol("N"), features));
        return graph.ToModel([("logits", make.Dense(hidden.Aggregate(x, (before, units) => make.Dense(before, units).Relu()), classes))]);
    }

    private Value Stem(Value input) => Operators.Emit(
        "MaxPool", Attributes.Of(("kernel_shape", (long[])[3, 3]), ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1, 1])),
        Normalised(input, 64, 7, 2).Relu());

    private Value Conv(Value x, long outputs, long kernel, long stride)
    {
        var inputs = x.Shape[1].Value;
        var weights = x.Graph.Constant(Random(Math.Sqrt(2.0 / (inputs * kernel * kernel)), 0, outputs, inputs, kernel, kernel));
        var pad = kernel / 2;
        return Operators.Emit(
            "Conv",
            Attributes.Of(("kernel_shape", (long[])[kernel, kernel]), ("strides", (long[])[stride, stride]),
                ("pads", (long[])[pad, pad, pad, pad])),
            x, weights, x.Graph.Constant(Random(0.01, 0, outputs)));
    }

    private Value Normalised(Value x, long outputs, long kernel, long stride)
    {
        var graph = x.Graph;
        return Operators.Emit(
            "BatchNormalization", Conv(x, outputs, kernel, stride),
            graph.Constant(Random(0.1, 1, outputs)), graph.Constant(Random(0.1, 0, outputs)),
            graph.Constant(Random(0.1, 0, outputs)), graph.Constant(Random(0.02, 1, outputs)));
    }

    private Value Dense(Value x, long outputs)
    {
        var inputs = x.Shape[1].Value;
        return Operators.Emit(
            "Gemm", Attributes.Of(("transB", 1L)), x,
            x.Graph.Constant(Random(Math.Sqrt(2.0 / inputs), 0, outputs, inputs)), x.Graph.Constant(Random(0.01, 0, outputs)));
    }

    // Uniform of the given deviation: what counts is that activations neither vanish nor explode.
    private Tensor Random(double deviation, double mean, params long[] extents)
    {
        var elements = new float[extents.Aggregate(1L, (p, d) => p * d)];
        for (var i = 0; i < elements.Length; i++)
            elements[i] = (float)(mean + deviation * Math.Sqrt(3) * (2 * _random.NextDouble() - 1));
        return Tensor.From(elements, extents);
    }
}
