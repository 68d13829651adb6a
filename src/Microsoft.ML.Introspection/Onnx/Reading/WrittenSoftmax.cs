using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>
/// Softmax that a file writes in its parts: the exponential over its sum, with or without the largest taken away before, the exponential of
/// the logarithm of a softmax. It is read as the one operator that it is, so that rules of softmax serve it and logits before it are found.
/// </summary>
internal static class WrittenSoftmax
{
    /// <summary>A sum that begins at 1, as that of exponentials up to e⁰ does, is not changed by less.</summary>
    private const double Negligible = 1e-7;

    /// <summary>The model with such parts joined; nodes that nothing else reads are left out.</summary>
    public static OnnxModel Joined(OnnxModel model)
    {
        if (!model.Proto.Graph.Node.Any(n => Is(n, "Exp")))
            return model;
        var sites = new Sites(model.Proto.Graph);
        var joined = model.Proto.Graph.Node.Select(n => (Node: n, Found: sites.Find(n))).Where(f => f.Found is not null)
            .ToDictionary(f => f.Node.Output[0], f => f.Found!.Value);
        if (joined.Count == 0)
            return model;
        var proto = model.ProtoToChange();
        var graph = proto.Graph;
        var nodes = graph.Node.ToList();
        for (var i = 0; i < nodes.Count; i++)
            if (nodes[i].Output.Count > 0 && joined.TryGetValue(nodes[i].Output[0], out var softmax))
                nodes[i] = new NodeProto
                {
                    OpType = "Softmax", Name = nodes[i].Name, Input = { softmax.Of }, Output = { nodes[i].Output[0] },
                    Attribute = { Attributes.ToProto("axis", softmax.Axis) },
                };
        var parts = joined.Values.SelectMany(j => j.Parts).Except(joined.Keys).ToHashSet();
        var used = nodes.SelectMany(n => n.Input.Concat(Subgraphs.Captured(n.Attribute))).Concat(graph.Output.Select(o => o.Name))
            .CountBy(name => name).ToDictionary();
        for (var i = nodes.Count - 1; i >= 0; i--)
        {
            if (nodes[i].Output is not [var made] || !parts.Contains(made) || used.GetValueOrDefault(made) > 0)
                continue;
            foreach (var input in nodes[i].Input)
                used[input]--;
            nodes.RemoveAt(i);
        }
        graph.Node.Clear();
        graph.Node.Add(nodes);
        return new OnnxModel(proto);
    }

    private static bool Is(NodeProto node, string operatorType) => node.OpType == operatorType && node.Domain is "" or "ai.onnx";

    private sealed class Sites(GraphProto graph)
    {
        private readonly Dictionary<string, NodeProto> _makers = graph.Node.SelectMany(n => n.Output.Select(o => (o, n)))
            .Where(p => p.o.Length > 0).ToDictionary(p => p.o, p => p.n);

        private readonly Dictionary<string, TensorProto> _constants = graph.Initializer.Where(i => i.Dims.Count <= 1)
            .Select(i => (i.Name, Tensor: i))
            .Concat(graph.Node.Where(n => n is { OpType: "Constant", Output.Count: 1, Attribute: [{ T: not null }] })
                .Select(n => (Name: n.Output[0], Tensor: n.Attribute[0].T))).ToDictionary(c => c.Name, c => c.Tensor);

        /// <summary>
        /// What a node is a softmax of, along which axis, and the tensors that were made for it alone; null where it is none.
        /// </summary>
        public (string Of, long Axis, string[] Parts)? Find(NodeProto node)
        {
            if (Is(node, "Div") && Maker(node.Input[0], "Exp") is { } above)
                return Quotient(above, node.Input[1]);
            if (Is(node, "Mul"))
                foreach (var (one, other) in ((int, int)[])[(0, 1), (1, 0)])
                    if (Maker(node.Input[one], "Exp") is { } factor && Maker(node.Input[other], "Reciprocal") is { } inverse
                        && Quotient(factor, inverse.Input[0]) is { } found)
                        return found with { Parts = [.. found.Parts, node.Input[other]] };
            if (!Is(node, "Exp"))
                return null;
            if (Maker(node.Input[0], "LogSoftmax") is { } logarithm)
                return (logarithm.Input[0], Int(logarithm, "axis", -1), [node.Input[0]]);
            // x − log Σ eˣ
            if (Maker(node.Input[0], "Sub") is not { } difference)
                return null;
            var x = difference.Input[0];
            if (Reduced(difference.Input[1], "ReduceLogSumExp", x) is { } axis)
                return (x, axis, [node.Input[0], difference.Input[1]]);
            return Maker(difference.Input[1], "Log") is { } log && Maker(Sum(log.Input[0])?.Of ?? "", "Exp") is { } terms
                && terms.Input[0] == x
                ? (x, Sum(log.Input[0])!.Value.Axis, [node.Input[0], difference.Input[1], log.Input[0], terms.Output[0]]) : null;
        }

        private (string Of, long Axis, string[] Parts)? Quotient(NodeProto above, string below)
        {
            var (exponent, summed) = (above.Input[0], below);
            if (Maker(below, "Add") is { } shifted && Lowered(exponent) is not null && Number(shifted.Input[1]) is >= 0 and <= Negligible)
                summed = shifted.Input[0];
            if (Sum(summed) is not var (of, axis) || of != above.Output[0])
                return null;
            string[] parts = [above.Output[0], below, summed];
            return Lowered(exponent) is var (x, largest, along) && along == axis ? (x, axis, [.. parts, exponent, largest])
                : (exponent, axis, parts);
        }

        // x − max x along one axis.
        private (string X, string Largest, long Axis)? Lowered(string exponent) => Maker(exponent, "Sub") is { } node
            && Reduced(node.Input[1], "ReduceMax", node.Input[0]) is { } axis ? (node.Input[0], node.Input[1], axis) : null;

        private (string Of, long Axis)? Sum(string tensor) =>
            Maker(Maker(tensor, "Unsqueeze")?.Input[0] ?? tensor, "ReduceSum") is { } sum
            && Reduced(tensor, "ReduceSum", sum.Input[0]) is { } axis ? (sum.Input[0], axis) : null;

        // The only axis along which a tensor is reduced from another, the axis itself kept, or put in again.
        private long? Reduced(string tensor, string operatorType, string of)
        {
            var (inner, put) = Maker(tensor, "Unsqueeze") is { } unsqueeze ? (unsqueeze.Input[0], Axis(unsqueeze)) : (tensor, null);
            return Maker(inner, operatorType) is { } node && node.Input[0] == of && Axis(node) is { } axis
                && (put is null ? Int(node, "keepdims", 1) == 1 : put == axis && Int(node, "keepdims", 1) == 0) ? axis : null;
        }

        private long? Axis(NodeProto node) => (node.Attribute.FirstOrDefault(a => a.Name == "axes")?.Ints.ToArray()
            ?? (node.Input.Count > 1 && _constants.TryGetValue(node.Input[1], out var axes) ? Tensor.FromProto(axes).ToInt64() : null))
            is [var axis] ? axis : null;

        private double? Number(string tensor) => _constants.TryGetValue(tensor, out var proto)
            && Tensor.FromProto(proto) is { Count: 1, Opaque: null } only && only.Type.IsFloating() ? only.ToDouble()[0] : null;

        private NodeProto? Maker(string tensor, string operatorType)
        {
            while (_makers.TryGetValue(tensor, out var node))
            {
                if (Is(node, operatorType))
                    return node;
                if (!Is(node, "Identity"))
                    return null;
                tensor = node.Input[0];
            }
            return null;
        }

        private static long Int(NodeProto node, string name, long otherwise) => node.Attribute.FirstOrDefault(a => a.Name == name)?.I
            ?? otherwise;
    }
}
