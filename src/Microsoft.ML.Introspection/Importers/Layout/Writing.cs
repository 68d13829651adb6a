using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Layout;

/// <summary>How importers write nodes, beside the graph language itself.</summary>
internal static class Writing
{
    /// <summary>A graph for values whose channels stand last, in which transpositions cancel.</summary>
    public static Graph NewGraph(int opset = Graph.MinimumOpset) => new(opset) { Rewriting = new TransposeSinking() };

    /// <summary>A node with one output of the first input's type, whose shape is known to the writer.</summary>
    public static Value Known(this Value like, string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes, Shape shape) =>
        Known(like, operatorType, inputs, attributes, [(like.Type, shape)])[0];

    /// <summary>A node whose outputs' types and shapes are known to the writer.</summary>
    public static IReadOnlyList<Value> Known(this Value like, string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes,
        IReadOnlyList<(ElementType Type, Shape Shape)> outputs)
    {
        var scope = like.Graph.Scope;
        return like.Graph.Home([like, .. inputs]).Add(
            operatorType, "", scope.Length > 0 ? $"{scope}/{operatorType}" : "", inputs, attributes,
            [.. outputs.Select(o => ((string?)null, o.Type, (Shape?)o.Shape))]).Outputs;
    }
}
