using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Runtime;

/// <summary>What runs a graph: a session of its own, or one that several graphs share.</summary>
internal interface IGraphRun : IDisposable
{
    /// <summary>Runs it once.</summary>
    IReadOnlyDictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs);
}
