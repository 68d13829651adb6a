using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>Copies the nodes of a network's own graph into another, with other values for its inputs.</summary>
internal static class Tracer
{
    /// <summary>For every value of the definition its counterpart in the graph.</summary>
    /// <param name="definition">The network's own graph.</param>
    /// <param name="graph">The graph to copy into.</param>
    /// <param name="inputs">A value for each input of the definition.</param>
    /// <param name="replaced">Inner values of the definition that are not computed but given.</param>
    /// <param name="factors">What inner values are multiplied by, of their own shape; null for nothing.</param>
    public static Dictionary<Value, Value> Trace(
        Graph definition, Graph graph, IReadOnlyDictionary<string, Value> inputs, IReadOnlyDictionary<Value, Value> replaced,
        IReadOnlyDictionary<Value, Value>? factors = null)
    {
        foreach (var (domain, version) in definition.Domains)
            graph.Domains[domain] = version;
        if (graph.Opset < definition.Opset)
            throw new ArgumentException($"The network is written for opset {definition.Opset}, the graph for {graph.Opset}. Start the "
                + "graph at the network's opset.", nameof(graph));
        var traced = new Dictionary<Value, Value>();
        Dimension? batch = null;
        foreach (var input in definition.Inputs)
        {
            if (!inputs.TryGetValue(input.Name, out var value))
                throw new ArgumentException($"The network wants a value for its input '{input.Name}'.", nameof(inputs));
            Fit($"input '{input.Name}'", input, value, ref batch);
            traced[input] = value;
        }
        foreach (var (inner, value) in replaced)
            Fit($"layer '{inner.Name}'", inner, value, ref batch);
        foreach (var node in definition.Nodes)
        {
            Value?[] mapped = [.. node.Inputs.Select(i => i is null ? null : Counterpart(i))];
            var outputs =
                node.Domain.Length == 0 && ConstantFolding.TryFold(graph, node.OperatorType, mapped, node.Attributes) is { } folded
                ? folded
                : graph.Home(mapped).Add(
                    node.OperatorType, node.Domain, node.Name, mapped, node.Attributes,
                    [.. node.Outputs.Select(o => ((string?)o.Name, o.Type, Shape(o)))],
                    captures: node.Captures.Count == 0 ? null : node.Captures.ToDictionary(c => c.Key, c => Counterpart(c.Value))).Outputs;
            for (var i = 0; i < outputs.Count; i++)
                traced[node.Outputs[i]] = replaced.GetValueOrDefault(node.Outputs[i],
                    factors?.GetValueOrDefault(node.Outputs[i]) is { } factor ? outputs[i] * factor : outputs[i]);
        }
        return traced;

        Value Counterpart(Value value)
        {
            if (value.Constant is { } constant && !traced.ContainsKey(value))
                traced[value] = graph.Constant(constant, value.Name);
            return traced[value];
        }

        Shape? Shape(Value value) => batch is { } actual ? value.ShapeOrNull?.Substitute(InputShapes.Batch, actual) : value.ShapeOrNull;
    }

    private static void Fit(string place, Value input, Value value, ref Dimension? batch)
    {
        if (value.Type != input.Type)
            throw Misfit();
        if (input.Rank != value.Rank)
            throw Misfit();
        for (var axis = 0; axis < input.Rank; axis++)
        {
            if (axis == 0 && input.Shape[0].Name == InputShapes.Batch)
            {
                if (batch is { } other && other != value.Shape[0])
                    throw new ArgumentException($"The inputs have different batch sizes: {other} and {value.Shape[0]} ('{input.Name}').");
                batch = value.Shape[0];
            }
            else if (input.Shape[axis] != value.Shape[axis])
            {
                throw Misfit();
            }
        }

        ArgumentException Misfit() =>
            new($"The network's {place} is {input.Type}{input.Shape}; the value given is {value.Type}{value.Shape}.");
    }
}
