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

    /// <summary>A vision transformer (Dosovitskiy et al. 2020) of patches of 16 × 16 with a class token, 1000 classes.</summary>
    public static OnnxModel VisionTransformer(int blocks, int heads, int width, int imageSize = 224)
    {
        var (make, graph) = (new SeededNetworks(12), new Graph());
        var input = graph.Input("input", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, imageSize, imageSize));
        var count = imageSize / 16 * (imageSize / 16);
        var patches = Operators.Emit("Conv", Attributes.Of(("kernel_shape", (long[])[16, 16]), ("strides", (long[])[16, 16])), input,
            graph.Constant(make.Random(0.04, 0, width, 3, 16, 16)));
        var tokens = patches.Reshape(0, width, count).Transpose(0, 2, 1);
        var first = graph.Constant(make.Random(0.02, 0, 1, 1, width));
        // The class token, once for each row.
        var rows = tokens.Slice([0], [1], [1]) * 0 + first;
        var x = Operators.Concat(1, rows, tokens) + graph.Constant(make.Random(0.02, 0, 1, count + 1, width));
        x = make.Blocks(x, blocks, heads);
        return graph.ToModel([("logits", make.Projected(x.Gather(graph.Constant(Tensor.Scalar(0L)), 1), 1000))]);
    }

    /// <summary>An encoder of tokens that are given as vectors, its mean classified.</summary>
    public static OnnxModel Encoder(int blocks, int heads, int width, int tokens)
    {
        var (make, graph) = (new SeededNetworks(13), new Graph());
        var x = make.Blocks(graph.Input("input", ElementType.Float, new Shape(Dimension.Symbol("N"), tokens, width)), blocks, heads);
        return graph.ToModel([("logits", make.Projected(x.ReduceMean([1], keepDimensions: false), 10))]);
    }

    private Value Blocks(Value x, int blocks, int heads)
    {
        var (graph, width) = (x.Graph, x.Shape[2].Value);
        for (var block = 0; block < blocks; block++)
        {
            var normed = Layer(x);
            Value Heads() => Projected(normed, width).Reshape(0, 0, heads, width / heads).Transpose(0, 2, 1, 3);
            var (q, k, v) = (Heads(), Heads(), Heads());
            var weights = (q.MatMul(k.TransposeMatrix()) * Math.Sqrt((double)heads / width)).Softmax(3);
            x += Projected(weights.MatMul(v).Transpose(0, 2, 1, 3).Reshape(0, 0, width), width);
            x += Projected(Operators.Emit("Gelu", Projected(Layer(x), 4 * width)), width);
        }
        return Layer(x);

        // ONNX Runtime joins these into one.
        Value Layer(Value of)
        {
            var centred = of - of.ReduceMean([-1]);
            return centred / ((centred * centred).ReduceMean([-1]) + 1e-5).Sqrt() * graph.Constant(Random(0.1, 1, width))
                + graph.Constant(Random(0.1, 0, width));
        }
    }

    private Value Projected(Value x, long outputs)
    {
        var inputs = x.Shape[^1].Value;
        return x.MatMul(x.Graph.Constant(Random(Math.Sqrt(1.0 / inputs), 0, inputs, outputs))) + x.Graph.Constant(Random(0.01, 0, outputs));
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
