using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>The attention of a question's network: probabilities of its blocks and their gradients, [N, heads, queries, keys].</summary>
internal sealed class AttentionMaps
{
    /// <summary>How far a sum may lie from 1: half precision, many keys.</summary>
    private const double Tolerance = 0.02;

    private readonly NetworkTrace _trace;
    private readonly Dimension _rows;
    private readonly Question? _asked;
    private readonly List<(AttentionBlock Block, Value Map, Value Weights)> _maps = [];
    private IReadOnlyList<Value>? _gradients;

    /// <summary>Finds the blocks.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public AttentionMaps(Question question) : this(question.Trace, question.Score.Shape[0]) => _asked = question;

    /// <summary>Finds the blocks of a network of which no score is asked.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public AttentionMaps(NetworkTrace trace, Dimension rows)
    {
        (_trace, _rows) = (trace, rows);
        foreach (var block in AttentionBlock.Of(trace.Network))
        {
            var weights = trace.Traced(block.Probabilities);
            _maps.Add((block, ByHead(weights, block), weights));
        }
        if (_maps.Count == 0)
            throw new ArgumentException(NoBlocks(trace.Network));
    }

    /// <summary>The network.</summary>
    public Network Network => _trace.Network;

    /// <summary>The blocks, in the order in which they are computed.</summary>
    public IReadOnlyList<AttentionBlock> Blocks => [.. _maps.Select(m => m.Block)];

    /// <summary>The probabilities of a block.</summary>
    public Value this[int block] => _maps[block].Map;

    /// <summary>The derivative of the score by the probabilities of a block.</summary>
    public Value Gradient(int block) => OfMap(block,
        (_gradients ??= Differentiation.Gradient.Of(Asked.Score, [.. _maps.Select(m => m.Weights)]))[block]);

    /// <summary>The derivative of another number of each row by the probabilities of a block.</summary>
    public Value Gradient(int block, Value of) => OfMap(block, Differentiation.Gradient.Of(of, _maps[block].Weights));

    /// <summary>The relevance of the probabilities of every block, from 1 at the score.</summary>
    /// <param name="composite">Which layer follows which rule.</param>
    public IReadOnlyList<Value> Relevances(RelevanceComposite composite)
    {
        var relevances =
            RelevancePropagation.Of(Asked.Score, [.. _maps.Select(m => m.Weights)], composite, Asked.Score.FullLike(1));
        return [.. relevances.Select((relevance, block) => OfMap(block, relevance))];
    }

    /// <summary>
    /// 0, computed from all maps: a run fails, and tells block and row, where probabilities do not sum to 1 over the keys, in the mean of
    /// the heads. A query that sees no key may have 0, and one that looks into a sink beside the keys less than 1.
    /// </summary>
    public Value Checked()
    {
        Value? nothing = null;
        foreach (var (block, map, _) in _maps)
        {
            var sums = map.Cast(ElementType.Float).MeanInOrder(1).SumInOrder(3);
            var isRight = (sums - 1).Less(Tolerance).And(sums.Greater(block.IsWhole ? 1 - Tolerance : -Tolerance));
            isRight = Operators.Emit("Or", isRight, sums.EqualTo(sums.Like(0)));
            var wrong = isRight.Not().AsNumber(ElementType.Float).ReduceMax([1, 2, 3], keepDimensions: false);
            // The number of the first wrong row, from 1; 0 for none, which is all there is to gather.
            var place = (wrong.ArgMax(0, keepDimensions: true) + 1) * wrong.ReduceMax([0]).Cast(ElementType.Int64);
            var gathered = map.Graph.Constant(Tensor.Filled(map.Type, 0, 1)).Gather(place);
            gathered.Producer!.Name = SessionErrors.AttentionOf + block.Name;
            nothing = nothing is null ? gathered : nothing + gathered;
        }
        return nothing!;
    }

    private Question Asked => _asked ?? throw new InvalidOperationException("No score is asked of these maps.");

    private Value OfMap(int block, Value of) => ByHead(of, _maps[block].Block);

    // Heads and rows may lie side by side, [N·heads, queries, keys], and the axes in another order.
    private Value ByHead(Value map, AttentionBlock block)
    {
        map = map.Transpose(block.Axes);
        if (map.Rank == 4)
            return map;
        var (rows, first) = (_rows, map.Shape[0]);
        var heads = map.Rank > 4 ? map.Shape.Skip(1).Take(map.Rank - 3).Aggregate(1L, (count, d) => count * d.Value)
            : first.IsKnown && rows.IsKnown ? first.Value / rows.Value : first.IsKnown ? first.Value : first.Factor / rows.Factor;
        return map.Reshape(-1, heads, map.Shape[^2].Value, map.Shape[^1].Value);
    }

    private static string NoBlocks(Network network) => AttentionBlock.LeftIn(network) is [var left, ..]
        ? $"The network has no attention that tells its probabilities. The node '{left.Name}' ({left.Operator}): {left.Reason}"
        : "The network has no attention: no softmax along one axis whose input comes from a product of two computed tensors, and that "
            + "weighs a third.";
}
