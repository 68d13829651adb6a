using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>Runs graphs and models in ONNX Runtime, node by node as they are written: nothing is folded or fused.</summary>
internal static class GraphRunner
{
    /// <summary>The values of some outputs of a graph under construction.</summary>
    public static Tensor[] Run(IReadOnlyList<Value> outputs, params IEnumerable<(string Input, Tensor Tensor)> feeds)
    {
        var graph = outputs[0].Graph;
        while (graph.Parent is not null)
            graph = graph.Parent;
        var results = Run(graph.ToModel(outputs.Select((o, i) => ($"output_{i}", o))), feeds);
        return [.. outputs.Select((_, i) => results[$"output_{i}"])];
    }

    /// <summary>The value of an output of a graph under construction.</summary>
    public static Tensor Run(Value output, params IEnumerable<(string Input, Tensor Tensor)> feeds) => Run([output], feeds)[0];

    /// <summary>The outputs of a model by name; feeds it does not know are passed over.</summary>
    public static IReadOnlyDictionary<string, Tensor> Run(OnnxModel model, params IEnumerable<(string Input, Tensor Tensor)> feeds)
    {
        using var session = Load(model);
        return session.Run(feeds.ToDictionary(f => f.Input, f => f.Tensor));
    }

    public static ModelSession Load(OnnxModel model) =>
        new(model, new RuntimeOptions { Threads = 1 }, GraphOptimizationLevel.ORT_DISABLE_ALL);
}
