using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>
/// The nodes between an input and a score, and what they are to relevance: which are linear layers, what is merged into these, which stand
/// first.
/// </summary>
internal sealed class LayerMap
{
    private readonly Dictionary<Node, LinearLayer> _linear = [];
    private readonly Dictionary<Node, WrittenNormalization> _written = [];
    private readonly HashSet<Node> _merged = [];
    private readonly HashSet<Node> _first = [];
    private readonly HashSet<Value> _values;
    private readonly ILookup<Value, Node> _consumers;

    public LayerMap(Value of, IReadOnlyList<Value> withRespectTo)
    {
        var (nodes, values, _, _) = Gradient.Between([of], withRespectTo);
        _values = values;
        _consumers = nodes.SelectMany(n => n.Inputs.OfType<Value>().Distinct().Select(i => (i, n))).ToLookup(p => p.i, p => p.n);
        foreach (var node in nodes)
            if (!_merged.Contains(node) && Weighted(node) is { } layer)
                _linear[node] = WithBefore(WithBehind(layer));
        foreach (var node in nodes)
            if (WrittenNormalization.Of(node, _consumers) is { } written && !written.Behind.Any(_merged.Contains))
                foreach (var part in written.Parts)
                    _written[part] = written;
        FindFirst(nodes);
    }

    /// <summary>The linear layer that a node is the heart of, or null.</summary>
    public LinearLayer? Linear(Node node) => _linear.GetValueOrDefault(node);

    /// <summary>The normalisation, written in its parts, that relevance passes at the node; null where it is part of none.</summary>
    public WrittenNormalization? Normalization(Node node) => _written.GetValueOrDefault(node);

    /// <summary>Whether the node is part of a linear layer beside it.</summary>
    public bool IsMerged(Node node) => _merged.Contains(node);

    /// <summary>Whether the node is a linear layer with no other before it.</summary>
    public bool IsFirst(Node node) => _first.Contains(node);

    /// <summary>Whether the input that is explained has a part in a value.</summary>
    public bool IsOnTheWay(Value? value) => value is not null && _values.Contains(value);

    private void FindFirst(List<Node> nodes)
    {
        var behind = new HashSet<Value>();
        foreach (var node in nodes)
        {
            var isBehind = node.Inputs.Any(i => i is not null && behind.Contains(i));
            if (_linear.ContainsKey(node) && !isBehind)
                _first.Add(node);
            if (isBehind || _linear.ContainsKey(node))
                behind.UnionWith(node.Outputs);
        }
    }

    private LinearLayer? Weighted(Node node)
    {
        if (node.Domain.Length > 0 || node.Inputs.Count < 2 || !IsOnTheWay(node.Inputs[0])
            || node.Inputs.Skip(1).Any(i => i is { Constant: null }))
            return null;
        var (x, w, bias) = (node.Inputs[0]!, node.Inputs[1]!, node.Inputs.Count > 2 ? node.Inputs[2] : null);
        switch (node.OperatorType)
        {
            case "Conv" or "ConvTranspose":
                return new LinearLayer(node, node.Attributes, x, node.Outputs[0], w, bias);
            case "Gemm" when node.Attributes.Int("transA") == 0:
                var shift =
                    bias is null ? null : (bias * node.Attributes.Float("beta", 1)).Reshape(-1) is { } flat
                        && flat.Shape[0] == node.Outputs[0].Shape[1] ? flat : null;
                if (bias is not null && shift is null)
                    return null;
                return new LinearLayer(
                    node, Attributes.Of(("transB", node.Attributes.Int("transB"))), x, node.Outputs[0],
                    w * node.Attributes.Float("alpha", 1), shift);
            case "MatMul" when w.Rank == 2 && x.Rank >= 2:
                return new LinearLayer(node, Attributes.None, x, node.Outputs[0], w, null);
            default:
                return null;
        }
    }

    // What follows and has no other source: a bias, then batch normalisation, as often as they come.
    private LinearLayer WithBehind(LinearLayer layer)
    {
        while (Only(layer.Output) is { } next)
        {
            var output = next.Outputs[0];
            if (next.OperatorType == "BatchNormalization" && ReferenceEquals(next.Inputs[0], layer.Output)
                && Affine(next) is var (factor, summand) && PerChannel(layer))
                layer = layer.Scaled(factor, summand, output);
            else if (next.OperatorType == "Add" && BiasOf(next, layer) is { } bias)
                layer = layer.Shifted(bias, output);
            else
                break;
            _merged.Add(next);
        }
        return layer;
    }

    private LinearLayer WithBefore(LinearLayer layer)
    {
        if (layer.Input.Producer is { OperatorType: "BatchNormalization", Domain: "" } before && !_merged.Contains(before)
            && Only(layer.Input) is not null && Affine(before) is var (factor, summand)
            && (layer.Kind == LayerKind.Convolution || layer.Input.Rank == 2) && layer.Input.Shape.Skip(1).All(d => d.IsKnown))
        {
            _merged.Add(before);
            return layer.Behind(factor, summand, before.Inputs[0]!);
        }
        return layer;
    }

    private Node? Only(Value value) => _consumers[value].Take(2).ToList() is [{ Domain: "" } only] ? only : null;

    private static bool PerChannel(LinearLayer layer) => layer.Kind == LayerKind.Convolution || layer.Output.Rank == 2;

    // A constant added to every row alike, one number for each unit of a dense layer.
    private static Value? BiasOf(Node add, LinearLayer layer)
    {
        var other = add.Inputs.FirstOrDefault(i => !ReferenceEquals(i, layer.Output));
        return other?.Constant is not null && layer.Kind == LayerKind.Dense && other.Rank == 1 && other.Shape[0] == layer.Output.Shape[-1]
            ? other : null;
    }

    // γ(x−μ)/√(σ²+ε) + β as a factor and a summand.
    private static (Value Factor, Value Summand)? Affine(Node node)
    {
        if (node.Attributes.Int("training_mode") != 0 || node.Inputs.Skip(1).Any(i => i?.Constant is null))
            return null;
        var factor = node.Inputs[1]! / (node.Inputs[4]! + node.Attributes.Float("epsilon", 1e-5f)).Sqrt();
        return (factor, node.Inputs[2]! - node.Inputs[3]! * factor);
    }
}
