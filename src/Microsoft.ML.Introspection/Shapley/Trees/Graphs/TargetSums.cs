using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>Sums over all that belongs to the same target: a feature, or a feature's share in an output.</summary>
internal sealed class TargetSums
{
    // Up to here a product with a matrix of zeros and ones is the fastest.
    private const int MostColumns = 256;

    private readonly int[] _used;
    private readonly Dictionary<int, int> _places;
    private readonly int _count;

    /// <summary>Numbers the targets that anything belongs to.</summary>
    /// <param name="used">Those targets, any number of times.</param>
    /// <param name="count">How many targets there are.</param>
    public TargetSums(IEnumerable<int> used, int count)
    {
        (_used, _count) = ([.. used.Distinct().Order()], count);
        _places = _used.Index().ToDictionary(p => p.Item, p => p.Index);
    }

    /// <summary>The targets that anything belongs to.</summary>
    public ReadOnlySpan<int> Targets => _used;

    /// <summary>Their number.</summary>
    public int Used => _used.Length;

    /// <summary>The place of a target among those.</summary>
    public int PlaceOf(int target) => _places[target];

    /// <summary>Sums.</summary>
    /// <param name="x">Shape [N, items].</param>
    /// <param name="places">The place of every item's target, 32-bit integers, of any shape.</param>
    /// <returns>Shape [N, used targets].</returns>
    public Value Sum(Value x, Value places) => Used <= MostColumns
        ? x.MatMul(places.Reshape(-1, 1).EqualTo(Numbers(x)).AsNumber(x.Type))
        : Nothing(x, 0).ScatterAdd(places.Reshape(1, -1).ExpandLike(x), x, 1);

    /// <summary>Sums of items that come first.</summary>
    /// <param name="x">Shape [items, N].</param>
    /// <param name="places">The place of every item's target, 32-bit integers, of any shape.</param>
    /// <returns>Shape [N, used targets].</returns>
    // ONNX Runtime 1.23 cannot run a product with a transposed left side in double precision, but one may transpose what comes of it.
    public Value SumFirst(Value x, Value places) => (Used <= MostColumns
        ? Numbers(x).Reshape(-1, 1).EqualTo(places.Reshape(1, -1)).AsNumber(x.Type).MatMul(x)
        : Nothing(x, 1).ScatterAdd(places.Reshape(-1, 1).ExpandLike(x), x, 0)).Transpose(1, 0);

    /// <summary>The sums of all targets, 0 for those that nothing belongs to.</summary>
    /// <param name="sums">Shape […, used targets].</param>
    /// <returns>Shape […, targets].</returns>
    public Value Spread(Value sums)
    {
        if (Used == _count)
            return sums;
        var places = new int[_count];
        Array.Fill(places, Used);
        for (var i = 0; i < _used.Length; i++)
            places[_used[i]] = i;
        var before = new long[sums.Rank];
        return sums.Pad(before, [.. before[1..], 1]).Gather(sums.Graph.Constant(Tensor.Vector<int>(places)), sums.Rank - 1);
    }

    private Value Numbers(Value like) => like.Graph.Constant(Tensor.Vector<int>([.. Enumerable.Range(0, Used)]));

    // ONNX Runtime adds to these one after the other, so that it does not matter how many meet.
    private Value Nothing(Value like, int rows) => rows == 0
        ? like.Slice([0], [1], [1]).FullLike(0) + like.Graph.Constant(Tensor.Filled(like.Type, 0, 1, Used))
        : like.Slice([0], [1], [0]).FullLike(0) + like.Graph.Constant(Tensor.Filled(like.Type, 0, Used, 1));
}
