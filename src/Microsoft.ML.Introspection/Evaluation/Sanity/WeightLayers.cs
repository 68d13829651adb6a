using MathNet.Numerics.Distributions;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>What takes the place of trained weights.</summary>
public enum WeightDraw
{
    /// <summary>Normal numbers of the mean and the standard deviation of each tensor; scales of norms take their sizes.</summary>
    SameMoments,

    /// <summary>
    /// As before training, by the layer's kind (PyTorch's): even numbers up to 1/√inputs for convolutions, dense layers and their biases,
    /// up to 1/√units for recurrent ones, scale 1 and shift 0 for norms, standard normal numbers for embeddings, 0.25 for slopes.
    /// </summary>
    Initialisers,
}

/// <summary>A layer with trained weights.</summary>
/// <param name="Name">The operator's name in the file, or its output's.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Weights">The names of the initialisers that hold them, biases among them; statistics of batch norms are none.</param>
public sealed record WeightLayer(string Name, string Operator, IReadOnlyList<string> Weights);

/// <summary>The trained weights of a model's file, layer by layer.</summary>
public static class WeightLayers
{
    // Which inputs of an operator are trained.
    private static readonly Dictionary<string, int[]> Trained = new()
    {
        ["Conv"] = [1, 2], ["ConvTranspose"] = [1, 2], ["Gemm"] = [1, 2], ["MatMul"] = [0, 1], ["BatchNormalization"] = [1, 2],
        ["InstanceNormalization"] = [1, 2], ["LayerNormalization"] = [1, 2], ["GroupNormalization"] = [1, 2], ["LSTM"] = [1, 2, 3],
        ["GRU"] = [1, 2, 3], ["RNN"] = [1, 2, 3], ["PRelu"] = [1], ["Gather"] = [0],
    };

    /// <summary>The layers with trained weights, as they follow each other in the file.</summary>
    /// <param name="model">The model.</param>
    public static IReadOnlyList<WeightLayer> Of(OnnxModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var graph = model.Proto.Graph;
        var weights = graph.Initializer.Where(i => ((ElementType)i.DataType).IsFloating()).ToDictionary(i => i.Name);
        var (layers, taken, madeBy) = (new List<WeightLayer>(), new HashSet<string>(), new Dictionary<string, int>());
        foreach (var node in graph.Node)
        {
            string[] own = [.. (Trained.TryGetValue(node.OpType, out var places) ? places : [])
                .Where(p => p < node.Input.Count && weights.ContainsKey(node.Input[p])).Select(p => node.Input[p])];
            // A dense layer's bias is often added by the next operator.
            if (node.OpType == "Add" && node.Input.FirstOrDefault(weights.ContainsKey) is { } bias
                && node.Input.Where(madeBy.ContainsKey).Select(i => (int?)madeBy[i]).FirstOrDefault() is { } before && taken.Add(bias))
                layers[before] = layers[before] with { Weights = [.. layers[before].Weights, bias] };
            own = [.. own.Where(taken.Add)];
            if (own.Length == 0)
                continue;
            if (node.OpType == "MatMul")
                madeBy[node.Output[0]] = layers.Count;
            layers.Add(new WeightLayer(node.Name.Length > 0 ? node.Name : node.Output[0], node.OpType, own));
        }
        return layers.Count > 0 ? layers : throw new ArgumentException(
            "The model's file holds no trained weights as initialisers of its layers: there is nothing to draw anew.", nameof(model));
    }

    /// <summary>Draws the weights of a layer anew.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="draw">What takes their place.</param>
    /// <param name="seed">Other numbers for every seed; those of a layer are the same whichever others are drawn.</param>
    public static IReadOnlyDictionary<string, Tensor> Draw(OnnxModel model, WeightLayer layer, WeightDraw draw = WeightDraw.SameMoments,
        int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(layer);
        var graph = model.Proto.Graph;
        var node = graph.Node.First(n => n.OpType == layer.Operator && n.Input.Contains(layer.Weights[0]));
        var isNorm = layer.Operator.EndsWith("Normalization", StringComparison.Ordinal);
        var place = graph.Initializer.Select(i => i.Name).ToList();
        var first = Tensor.FromProto(graph.Initializer[place.IndexOf(layer.Weights[0])]);
        var drawn = new Dictionary<string, Tensor>();
        foreach (var name in layer.Weights)
        {
            var trained = Tensor.FromProto(graph.Initializer[place.IndexOf(name)]);
            var (numbers, random) = (trained.ToDouble(), Drawing.Of(seed, place.IndexOf(name)));
            // Layers share what is equal in the file, and then one of them has no scale, or no shift.
            var isScale = isNorm && name == node.Input[1];
            if (draw == WeightDraw.Initialisers)
            {
                var bound = 1 / Math.Sqrt(Math.Max(1, Inputs(node, layer.Weights[0], first.Dimensions)));
                for (var i = 0; i < numbers.Length; i++)
                    numbers[i] = layer.Operator switch
                    {
                        _ when isNorm => isScale ? 1 : 0,
                        "Gather" => Normal.Sample(random, 0, 1),
                        "PRelu" => 0.25,
                        _ => (2 * random.NextDouble() - 1) * bound,
                    };
            }
            else
            {
                var mean = numbers.Average();
                var deviation = Math.Sqrt(numbers.Average(n => (n - mean) * (n - mean)));
                for (var i = 0; i < numbers.Length; i++)
                {
                    var number = Normal.Sample(random, mean, deviation);
                    numbers[i] = isScale ? Math.Abs(number) : number;
                }
            }
            drawn[name] = Tensor.FromDoubles(trained.Type, numbers, trained.Dimensions);
        }
        return drawn;
    }

    /// <summary>The model with other weights.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="weights">What takes the place of initialisers, by their names: shapes as they are.</param>
    /// <exception cref="ArgumentException">There is no such initialiser, or its shape is another.</exception>
    public static OnnxModel Replace(OnnxModel model, IReadOnlyDictionary<string, Tensor> weights)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        var proto = model.Proto.Clone();
        var place = proto.Graph.Initializer.Index().ToDictionary(i => i.Item.Name, i => i.Index);
        foreach (var (name, tensor) in weights)
        {
            if (!place.TryGetValue(name, out var at))
                throw new ArgumentException($"The model has no initialiser '{name}'.", nameof(weights));
            var before = Tensor.FromProto(proto.Graph.Initializer[at]);
            if (!before.Dimensions.SequenceEqual(tensor.Dimensions))
                throw new ArgumentException($"The initialiser '{name}' has the shape {before.Shape}; {tensor.Shape} was given.",
                    nameof(weights));
            proto.Graph.Initializer[at] = (before.Type == tensor.Type ? tensor
                : Tensor.FromDoubles(before.Type, tensor.ToDouble(), tensor.Dimensions)).ToProto(name);
        }
        return new OnnxModel(proto);
    }

    // How many numbers a unit sums.
    // How many numbers one output sums; of recurrent layers how many units there are. A bias alone tells of nothing but itself.
    private static double Inputs(NodeProto node, string weights, ReadOnlySpan<long> shape)
    {
        var all = 1.0;
        foreach (var extent in shape)
            all *= extent;
        return shape.Length < 2 ? all : node.OpType switch
        {
            "MatMul" => weights == node.Input[1] ? shape[^2] : shape[^1],
            "Gemm" => shape[node.Attribute.Any(a => a.Name == "transB" && a.I != 0) == (weights == node.Input[1]) ? 1 : 0],
            "LSTM" => shape[1] / 4.0,
            "GRU" => shape[1] / 3.0,
            "RNN" => shape[1],
            _ => all / shape[0],
        };
    }
}
