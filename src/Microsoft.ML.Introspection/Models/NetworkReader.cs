using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Models;

/// <summary>Turns a settled model into a graph whose every value knows its type and shape.</summary>
internal static class NetworkReader
{
    /// <summary>
    /// The graph, and its values by the names of the file. A network that knows no batch takes one row: its inputs get an axis of extent 1
    /// in front, and its outputs should; one whose batch is open, and that runs with a single row alone, is told.
    /// </summary>
    public static (Graph Graph, Dictionary<string, Value> Tensors, bool IsOneRow, bool TakesOneRow) Read(OnnxModel model, TrialTime time)
    {
        var asked = ShapeProbe.Ask(model, time);
        var shapes = new Dictionary<string, TensorInfo>(asked.Tensors);
        model = IntegerDivision.Guarded(model, shapes);
        var graph = new Graph(model.Opset);
        foreach (var import in model.Proto.OpsetImport.Where(o => o.Domain is not ("" or "ai.onnx")))
            graph.Domains[import.Domain] = import.Version;
        var tensors = new Dictionary<string, Value>();
        var isOneRow = Axes.LacksBatch([.. model.Inputs.Select(i => i.Shape!)],
            model.Outputs.Select(o => shapes.GetValueOrDefault(o.Name)).FirstOrDefault(o => o?.Type.IsFloating() == true)?.Shape);
        foreach (var input in model.Inputs)
        {
            var extents = input.Shape!;
            tensors[input.Name] = isOneRow && extents.Rank > 0 && extents[0] != 1
                ? graph.Add("Squeeze", "", "", [graph.Input(input.Name, input.Type, new Shape([1, .. extents])), graph.Constant([0L])],
                    Attributes.None, [($"{input.Name} as it is", input.Type, extents)]).Outputs[0]
                : graph.Input(input.Name, input.Type, extents);
        }
        foreach (var initializer in model.Proto.Graph.Initializer)
            tensors[initializer.Name] = graph.Constant(Tensor.FromProto(initializer), initializer.Name);
        foreach (var node in model.Proto.Graph.Node)
        {
            var attributes = Attributes.FromProtos(node.Attribute);
            if (node.OpType == "Constant" && ConstantFolding.Literal(attributes) is { } literal)
            {
                tensors[node.Output[0]] = graph.Constant(literal, node.Output[0]);
                continue;
            }
            var named = node.Output.Select(o =>
                shapes.TryGetValue(o, out var info) ? (o, info.Type, info.Shape) : ((string?)o, ElementType.Undefined,
                    (Shape?)null)).ToList();
            Value?[] inputs = [.. node.Input.Select(i => i.Length == 0 ? null : tensors[i])];
            var domain = node.Domain == "ai.onnx" ? "" : node.Domain;
            if (!attributes.HasSubgraph && WrittenOut(graph, node, domain, inputs, attributes, named, tensors))
                continue;
            var added = graph.Add(node.OpType, domain, node.Name, inputs, attributes, named,
                captures: attributes.HasSubgraph ? Subgraphs.Captured(node.Attribute).ToDictionary(name => name, name => tensors[name])
                    : null,
                share: false);
            for (var i = 0; i < node.Output.Count; i++)
                if (node.Output[i].Length > 0)
                    tensors[node.Output[i]] = added.Outputs[i];
        }
        return (graph, tensors, isOneRow, asked.TakesOneRow);
    }

    // What holds many operators in one is read as these; the last of them bears the name of the node.
    private static bool WrittenOut(Graph graph, NodeProto node, string domain, Value?[] inputs, Attributes attributes,
        IReadOnlyList<(string? Name, ElementType Type, Shape? Shape)> named, Dictionary<string, Value> tensors)
    {
        var from = graph.Nodes.Count;
        var fused = new Node(graph, node.OpType, domain, node.Name, inputs, attributes);
        fused.Outputs = [.. named.Select((o, i) => new Value(graph, o.Name!, o.Type, o.Shape, fused, i, null))];
        if (FusedOperators.WrittenOut(fused) is not { } outputs)
            return false;
        for (var i = 0; i < named.Count; i++)
        {
            if (named[i].Name is not { Length: > 0 } name)
                continue;
            var last = graph.Add("Identity", "", i == 0 ? node.Name : "", [outputs[i]], Attributes.None,
                [(name, outputs[i]!.Type, outputs[i]!.ShapeOrNull is { HasUnknown: false } own ? own : named[i].Shape)], share: false);
            tensors[name] = last.Outputs[0];
        }
        foreach (var made in graph.Nodes.Skip(from).SelectMany(n => n.Outputs))
            tensors.TryAdd(made.Name, made);
        return true;
    }
}
