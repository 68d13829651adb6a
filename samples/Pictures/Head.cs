using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers;

namespace Pictures;

/// <summary>The featurizer's networks with a trained head behind them, as one network that starts at the pixels.</summary>
internal static class Head
{
    /// <summary>Pixels to scores of the classes.</summary>
    /// <param name="head">The trained head.</param>
    public static Network Behind(MulticlassPredictionTransformer<MaximumEntropyModelParameters> head)
    {
        // The package lays its files beside the program: one that prepares pixels, one that makes features of them.
        var preparation = Load("ResNetPrepOnnx", "ResNetPreprocess.onnx");
        var resNet = Load("ResNet18Onnx", "ResNet18.onnx");
        var graph = new Graph();
        var pixels = graph.Input("Pixels", ElementType.Float, new Shape(Dimension.Symbol("batch"), 3, 224, 224));
        var prepared = Applied(preparation, graph, pixels);
        var features = Applied(resNet, graph, prepared);

        VBuffer<float>[]? weights = null;
        head.Model.GetWeights(ref weights, out var classes);
        var count = weights![0].Length;
        var matrix = new float[count * classes];
        for (var c = 0; c < classes; c++)
            foreach (var (slot, weight) in weights[c].Items(all: true))
                matrix[slot * classes + c] = weight;
        var scores = features.Reshape(-1, count).MatMul(graph.Constant(Tensor.From(matrix, count, classes)))
            + graph.Constant(Tensor.From(head.Model.GetBiases().ToArray(), 1, classes));
        return Network.From(graph.ToModel([("Scores", scores)]));
    }

    private static Network Load(string folder, string file) =>
        // They were exported for one row at a time, but treat rows one by one.
        Network.Load(Path.Combine(AppContext.BaseDirectory, "DnnImageModels", folder, file), new NetworkOptions { OpensRows = true });

    private static Value Applied(Network network, Graph graph, Value value) =>
        network.Trace(graph, new Dictionary<string, Value> { [network.Inputs[0].Name] = value }).Output(network.OutputNames[0]);
}
