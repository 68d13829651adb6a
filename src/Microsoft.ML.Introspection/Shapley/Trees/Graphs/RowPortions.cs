using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>Rows computed some at a time, however many there are, so that what is worked on stays small and near.</summary>
internal static class RowPortions
{
    /// <summary>Computes for some rows at a time.</summary>
    /// <param name="rows">Shape [N, …].</param>
    /// <param name="most">The most rows at a time. They are portioned evenly.</param>
    /// <param name="compute">Gives values of shape [n, …] for n rows.</param>
    /// <returns>The values of shape [N, …].</returns>
    public static IReadOnlyList<Value> Compute(Value rows, long most, Func<Value, IReadOnlyList<Value>> compute)
    {
        var graph = rows.Graph;
        var count = Operators.Emit("Shape", Attributes.Of(("start", 0L), ("end", 1L)), rows);
        var one = graph.Constant(1L);
        var turns = ((count + (most - 1)) / most).Maximum(one);
        var each = (count + (turns - one)) / turns;
        var offsets = each.Squeeze(0).Numbers();
        var portions = graph.Loop(turns, [], (turn, _) =>
        {
            // The last portion may lack some rows; it repeats the last one instead.
            var places = (offsets + turn * each).Minimum(count - one);
            var portion = Shaped(turn.Graph, "Gather", [rows, places], rows.Shape.With(0, Dimension.Symbol("portion")));
            return new LoopStep([], compute(portion));
        });
        return [.. portions.Select(p => Shaped(
            graph, "Slice", [p.Reshape([-1, .. p.Shape.Skip(2).Select(d => d.Value)]), graph.Constant([0L]), count],
            new Shape(p.Shape.Skip(2).Prepend(rows.Shape[0]))))];
    }

    // Only a run can tell how many rows there are, but their number has a name.
    private static Value Shaped(Graph graph, string operatorType, IReadOnlyList<Value> inputs, Shape shape) =>
        graph.Add(operatorType, "", "", inputs, Attributes.None, [(null, inputs[0].Type, shape)]).Outputs[0];
}
