using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>What a file must fulfil before we work with it: single assignment, order, sizes, operators that exist.</summary>
internal static class ModelCheck
{
    /// <summary>The oldest operator set that can be read.</summary>
    public const int OldestOpset = 7;

    /// <summary>The newest operator set that can be read.</summary>
    public const int NewestOpset = 28;

    /// <summary>Throws where the model is not whole and sound.</summary>
    /// <exception cref="InvalidModelException">Says what is wrong and where.</exception>
    /// <exception cref="UnsupportedOperatorException">The standard has no such operator.</exception>
    public static void Check(ModelProto model)
    {
        if (model.Graph is null || model.Graph.Output.Count == 0)
            throw new InvalidModelException("It holds no graph with an output; it is not an ONNX model, or it is truncated.");
        var opset = model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version
            ?? throw new InvalidModelException("It does not say which ONNX operator set it uses. Standard operators mean "
                + "different things from one set to the next: export the network again.");
        if (opset is < OldestOpset or > NewestOpset)
            throw new InvalidModelException($"It uses the ONNX operator set {opset}; {OldestOpset} to {NewestOpset} can be read. Export "
                + "the network again with one of these.");

        var domains = model.OpsetImport.Select(o => o.Domain).ToHashSet();
        var functions = model.Functions.Select(f => (f.Domain, f.Name)).ToHashSet();
        if (Tensors(model).FirstOrDefault(t => t.DataLocation == TensorProto.Types.DataLocation.External) is { } external)
            throw new InvalidModelException(
                $"The tensor '{external.Name}' lies in another file, and there is no folder to look in. Load the model from its file.");
        if (model.Graph.Output.GroupBy(o => o.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidModelException($"Two outputs are named '{twice.Key}'.");
        Check(model.Graph, new NodeScope(null), opset, domains, functions);
    }

    /// <summary>Every tensor of the model, in bodies and attributes too.</summary>
    public static IEnumerable<TensorProto> Tensors(ModelProto model) =>
        model.Graph is null ? [] : Tensors(model.Graph).Concat(
            model.Functions.SelectMany(f => f.Node.SelectMany(n => n.Attribute).Concat(f.AttributeProto)).SelectMany(Tensors));

    private static IEnumerable<TensorProto> Tensors(GraphProto graph) =>
        graph.Initializer.Concat(graph.Node.SelectMany(n => n.Attribute).SelectMany(Tensors));

    private static IEnumerable<TensorProto> Tensors(AttributeProto a) =>
        (a.T is null ? a.Tensors : a.Tensors.Prepend(a.T)).Concat(Subgraphs.Of(a).SelectMany(Tensors));

    private static void Check(GraphProto graph, NodeScope defined, long opset, HashSet<string> domains,
        HashSet<(string, string)> functions)
    {
        foreach (var input in graph.Input)
        {
            if (input.Name.Length == 0 || !defined.Add(input.Name))
                throw new InvalidModelException($"Two inputs are named '{input.Name}', or an input has no name.");
        }
        foreach (var input in graph.Input)
            defined.Inputs[input.Name] = input;
        foreach (var tensor in graph.Initializer)
        {
            if (tensor.Name.Length == 0 || !defined.Add(tensor.Name) && !defined.Inputs.ContainsKey(tensor.Name))
                throw new InvalidModelException($"Two tensors are named '{tensor.Name}', or a tensor has no name.");
            Tensor.FromProto(tensor);
            defined.Constants[tensor.Name] = tensor;
        }
        if (graph.SparseInitializer.Count > 0)
            throw new InvalidModelException("It holds sparse tensors, which are not supported. Export the network with dense weights.");

        foreach (var node in graph.Node)
        {
            var place = node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "";
            if (node.Domain is "" or "ai.onnx")
            {
                if (OperatorFacts.Of(node.OpType) is null && !functions.Contains((node.Domain, node.OpType)))
                    throw new UnsupportedOperatorException(OpsetConversion.Newer.TryGetValue(node.OpType, out var since)
                        ? $"The operator '{node.OpType}' of the node '{place}' came with opset {since}, and ONNX Runtime does not know it. "
                            + "Export the network with an older opset, which writes it in other operators."
                        : $"The operator '{node.OpType}' of the node '{place}' is not in the ONNX "
                        + $"standard (opset {opset}). If it is a custom operator, export the network with standard ones in its place.");
            }
            else if (!domains.Contains(node.Domain) && node is not { Domain: "com.microsoft", OpType: "ExpandDims" })
            {
                throw new InvalidModelException(
                    $"The operator '{node.Domain}:{node.OpType}' of the node '{place}' comes from a domain that the file does not import.");
            }
            foreach (var input in node.Input.Concat(Subgraphs.Captured(node.Attribute)))
            {
                if (input.Length > 0 && !defined.Contains(input))
                    throw new InvalidModelException($"The node '{place}' ({node.OpType}) uses '{input}', which nothing before it makes.");
            }
            NodeCheck.Check(node, place, defined);
            foreach (var body in node.Attribute.SelectMany(Subgraphs.Of))
                Check(body, new NodeScope(defined), opset, domains, functions);
            foreach (var output in node.Output.Where(o => o.Length > 0))
            {
                if (!defined.Add(output))
                    throw new InvalidModelException($"Two nodes make '{output}'; the second is '{place}' ({node.OpType}).");
            }
        }
        foreach (var output in graph.Output)
        {
            if (!defined.Contains(output.Name))
                throw new InvalidModelException($"Nothing makes the output '{output.Name}'.");
        }
    }
}
