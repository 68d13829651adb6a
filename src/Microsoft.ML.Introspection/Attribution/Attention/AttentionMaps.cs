using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>The attention of a question's network: probabilities of its blocks and their gradients, [N, heads, queries, keys].</summary>
internal sealed class AttentionMaps
{
    private readonly Question _question;
    private readonly List<(AttentionBlock Block, Value Map, Value GradientOf, Value? Values)> _maps = [];
    private IReadOnlyList<Value>? _gradients;

    /// <summary>Finds the blocks.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public AttentionMaps(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        _question = question;
        var rows = question.Score.Shape[0];
        foreach (var block in AttentionBlock.Of(question.Network))
        {
            if (block.Node.OperatorType == "Attention")
            {
                var node = question.Trace.Traced(block.Node.Outputs[0]).Producer!;
                var (weights, values) = Differentiation.Rules.Attention.Parts(node);
                _maps.Add((block, weights, node.Outputs[0], values));
            }
            else
            {
                var weights = question.Trace.Traced(block.Probabilities);
                _maps.Add((block, ByHead(weights, rows), weights, null));
            }
        }
        if (_maps.Count == 0)
            throw new ArgumentException(NoBlocks(question.Network));
    }

    /// <summary>The blocks, in the order in which they are computed.</summary>
    public IReadOnlyList<AttentionBlock> Blocks => [.. _maps.Select(m => m.Block)];

    /// <summary>The probabilities of a block.</summary>
    public Value this[int block] => _maps[block].Map;

    /// <summary>The derivative of the score by the probabilities of a block.</summary>
    public Value Gradient(int block) => OfMap(block,
        (_gradients ??= Differentiation.Gradient.Of(_question.Score, [.. _maps.Select(m => m.GradientOf)]))[block]);

    /// <summary>The derivative of another number of each row by the probabilities of a block.</summary>
    public Value Gradient(int block, Value of) => OfMap(block, Differentiation.Gradient.Of(of, _maps[block].GradientOf));

    /// <summary>The relevance of the probabilities of every block, from 1 at the score.</summary>
    /// <param name="composite">Which layer follows which rule.</param>
    /// <param name="epsilon">What keeps the products of probabilities and values from 0.</param>
    public IReadOnlyList<Value> Relevances(RelevanceComposite composite, double epsilon)
    {
        var relevances =
            RelevancePropagation.Of(_question.Score, [.. _maps.Select(m => m.GradientOf)], composite, _question.Score.FullLike(1));
        return [.. _maps.Select((m, block) => m.Values is null ? OfMap(block, relevances[block])
            : m.Map * OfMap(block, relevances[block] * 0.5 / Signs.Stabilised(m.GradientOf, epsilon)))];
    }

    // An operator keeps its probabilities to itself; y = P·V tells ∂S/∂P = ∂S/∂y·Vᵀ.
    private Value OfMap(int block, Value gradient) => _maps[block] is { Values: { } values } map
        ? Differentiation.Rules.Attention.Heads(gradient, map.Map.Shape[1].Value).MatMul(values.TransposeMatrix())
        : ByHead(gradient, _question.Score.Shape[0]);

    // Heads and rows may lie side by side, [N·heads, queries, keys].
    private static Value ByHead(Value map, Dimension rows)
    {
        if (map.Rank == 4)
            return map;
        var heads = map.Shape[0].IsKnown && rows.IsKnown ? map.Shape[0].Value / rows.Value
            : map.Shape[0].IsKnown ? map.Shape[0].Value : map.Shape[0].Factor / rows.Factor;
        return map.Reshape(-1, heads, map.Shape[1].Value, map.Shape[2].Value);
    }

    private static string NoBlocks(Network network)
    {
        var kept = network.Layers.FirstOrDefault(l => l.Operator.Contains("Attention", StringComparison.Ordinal));
        return kept is not null
            ? $"The node '{kept.Name}' ({kept.Operator}) keeps its attention to itself. Export the network without ONNX Runtime's "
                + "optimiser of transformers."
            : "The network has no attention: no Softmax over the last axis whose input comes from a product of two computed tensors, and "
                + "that weighs a third, and no Attention operator.";
    }
}
