using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Input invariance: the largest |a − a′|, a′ being what the method says of x + shift where the network takes the shift away again; 0 of
/// methods that a constant shift of all rows means nothing to. Kindermans et al. 2017, arXiv:1711.00867.
/// </summary>
public static class InputInvariance
{
    /// <summary>A network that takes rows shifted by a number, and says what the network says of rows as they were.</summary>
    /// <param name="network">The network, of one input of floating-point numbers.</param>
    /// <param name="shift">What rows are shifted by.</param>
    public static Network Shifted(Network network, double shift)
    {
        ArgumentNullException.ThrowIfNull(network);
        var (graph, input) = (new Graph(network.Opset), network.DefaultInput);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var given = inputs[input.Name];
        inputs[input.Name] = given - shift;
        var trace = network.Trace(graph, inputs);
        var scores = ScoreTable.Of(trace, network.DefaultOutput);
        return Network.From(graph.ToModel([(graph.UniqueName("scores"), scores)], keepAllInputs: true));
    }

    /// <summary>The metric of every row.</summary>
    /// <param name="rows">The rows with what is said of them.</param>
    /// <param name="shifted">The method, of the shifted network.</param>
    /// <param name="shift">What rows are shifted by.</param>
    public static double[] Of(ExplainedRows rows, RowFunction shifted, double shift)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(shifted);
        double[] moved = [.. rows.Inputs.Select(x => x + shift)];
        var again = new ExplainedRows(rows.Inputs, shifted.Of(moved, rows.Targets), rows.Extents, null, rows.Targets);
        var result = new double[rows.Count];
        for (var i = 0; i < again.Attributions.Length; i++)
            result[i / rows.Features] = Math.Max(result[i / rows.Features], Math.Abs(again.Attributions[i] - rows.Attributions[i]));
        return result;
    }
}
