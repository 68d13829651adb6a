using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>Single integers of a graph, of rank 0.</summary>
internal static class Scalars
{
    /// <summary>A constant of rank 0; <see cref="Graph.Constant(ReadOnlySpan{long})"/> makes a list of one.</summary>
    public static Value Scalar(this Graph graph, long number) => graph.Constant(Tensor.Scalar(number));
}
