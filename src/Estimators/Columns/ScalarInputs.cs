using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>
/// ML.NET's <c>OnnxTransformer</c> gives the value of a scalar column the shape [1, 1]. A network that wants it as [N], or with
/// more axes, gets it reshaped inside the graph, so that a saved pipeline reads scalar columns too.
/// </summary>
internal static class ScalarInputs
{
    /// <summary>The network with these inputs as [N, 1].</summary>
    public static Network AsRows(Network network, IReadOnlySet<string> scalars)
    {
        if (network.Inputs.All(i => i.Shape!.Rank == 2 || !scalars.Contains(i.Name)))
            return network;
        var graph = new Graph(network.Opset);
        var trace = network.Trace(graph, network.Inputs.ToDictionary(i => i.Name, i => scalars.Contains(i.Name)
            ? Reshaped(graph.Input(i.Name, i.Type, new Shape(i.Shape![0], 1)), i.Shape!.Rank)
            : graph.Input(i.Name, i.Type, i.Shape!)));
        var model = graph.ToModel(network.OutputNames.Select(name => (name, trace.FileOutput(name))), keepAllInputs: true);
        return Network.From(model, new NetworkOptions
        {
            KeepFinalActivation = network.Options.KeepFinalActivation, ClassAxis = network.Options.ClassAxis,
        });
    }

    private static Value Reshaped(Value column, int rank) => rank switch
    {
        1 => column.Squeeze(1),
        2 => column,
        _ => column.Unsqueeze([.. Enumerable.Range(2, rank - 2).Select(axis => (long)axis)]),
    };
}
