using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>The plain outputs of a network as a graph whose extents are known.</summary>
public static class NetworkOutputs
{
    /// <summary>Writes the graph.</summary>
    /// <param name="network">The network. What its options say of the final activation holds: probabilities where it is kept, else
    /// logits.</param>
    /// <param name="outputs">The outputs to give; null for all.</param>
    /// <param name="layers">Layers, or tensors inside the network, to give beside them, called as they are here.</param>
    /// <exception cref="ArgumentException">There is no such output, or layer.</exception>
    public static OnnxModel Compile(Network network, IReadOnlyList<string>? outputs = null, IReadOnlyList<string>? layers = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var trace = network.Trace(graph, inputs);
        var found = (outputs ?? network.OutputNames).Select(o => (o, trace.Output(o).Readable()));
        return graph.ToModel([.. found, .. (layers ?? []).Select(l => (l, trace.Layer(l).Readable()))], keepAllInputs: true);
    }
}
