using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Shapley.Trees.Lanes;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// A sweep that gives interactions as well: ½·v·(o_i − z_i)·(o_j − z_j)·∫₀¹ Π_{k≠i,j} u_k dt of a leaf is ½·Σ_t v·G·h_i·h_j. So where an
/// edge adds Σ_t S·(h after − h before) to its feature, it adds Σ_t S·(h after − h before)·h_i to the pair with every feature i that the
/// path
/// has passed above it.
/// </summary>
internal sealed unsafe class InteractionSweep<TLanes, T> : PathSweep<TLanes, T>
    where TLanes : struct, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Buffer<T> _heights;
    private readonly Buffer<T> _shares;
    private readonly Buffer<T> _pairs;
    private readonly int _players;
    private readonly int _mostNodes;

    // The players on the path, each with the level of its last edge.
    private readonly (int Player, int Level)[] _path;
    private int _pathLength;

    /// <inheritdoc cref="PathSweep{TLanes, T}(int, int, int, IReadOnlyList{bool[]})"/>
    public InteractionSweep(int levels, int nodes, int players, IReadOnlyList<bool[]> sets) : base(levels, nodes, players, sets)
    {
        _heights = new((levels + 1L) * nodes * Rows);
        _shares = new((long)nodes * Rows);
        _pairs = new(Math.Max(1, (long)players * players * Rows));
        _path = new (int, int)[levels + 1];
        (_players, _mostNodes) = (players, nodes);
    }

    /// <summary>
    /// What a tree gives each pair of players, added up until somebody clears it: [players, players, rows]; a pair's number is in two
    /// parts, in both orders.
    /// </summary>
    public T* Pairs => _pairs.At;

    /// <inheritdoc/>
    protected override void Walk(PathStep* step, PathStep* end)
    {
        for (; step < end; step++)
        {
            switch (step->Kind)
            {
                case PathStepKind.Down:
                    Descend(step);
                    break;
                case PathStepKind.Up:
                    Ascend(step);
                    break;
                case PathStepKind.End:
                    Finish(step);
                    break;
                default:
                    Descend(step);
                    Finish(step + 1);
                    Ascend(step++);
                    break;
            }
        }
    }

    private void Descend(PathStep* step)
    {
        Down(step);
        Raise(step);
        var place = step->Previous == 0 ? _pathLength++ : PlaceOf(step->Previous);
        _path[place] = (step->Player, step->Level + 1);
    }

    private void Ascend(PathStep* step)
    {
        Up(step);
        Share(SumsAt(step->Level + 1), TableOf(step) + 2 * Nodes, TLanes.Load(StateAt(step->Level + 1)),
            TLanes.Load(StateAt(step->Previous)));
        if (step->Previous == 0)
            _pathLength--;
        else
            _path[PlaceOf(step->Level + 1)].Level = step->Previous;
        Pair(step);
    }

    private void Finish(PathStep* step)
    {
        End(step);
        Share(ProductsAt(step->Level), TableOf(step) + 2 * Nodes, Taken(step), TLanes.Load(StateAt(step->Previous)));
        Pair(step);
    }

    // h after an edge: h before it and the difference.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Raise(PathStep* step)
    {
        var nodes = Nodes;
        var heights = HeightsAt(step->Level + 1);
        var before = HeightsAt(step->Previous);
        var differences = TableOf(step) + 2 * nodes;
        var taken = TLanes.Load(StateAt(step->Level + 1));
        var remained = TLanes.Load(StateAt(step->Previous));
        for (var t = 0; t < nodes; t++)
            (TLanes.Load(before + t * Rows) + (Either(taken, differences, nodes, t) & remained)).Store(heights + t * Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Share(T* sums, T* differences, TLanes taken, TLanes remained)
    {
        var nodes = Nodes;
        for (var t = 0; t < nodes; t++)
            (TLanes.Load(sums + t * Rows) * (Either(taken, differences, nodes, t) & remained)).Store(_shares.At + t * Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pair(PathStep* step)
    {
        var nodes = Nodes;
        var shares = _shares.At;
        var pairs = Pairs + (long)step->Player * _players * Rows;
        for (var i = 0; i < _pathLength; i++)
        {
            var (player, level) = _path[i];
            if (player == step->Player)
                continue;
            var heights = HeightsAt(level);
            var product = default(TLanes);
            for (var t = 0; t < nodes; t++)
                product = TLanes.MultiplyAdd(TLanes.Load(shares + t * Rows), TLanes.Load(heights + t * Rows), product);
            var pair = pairs + (long)player * Rows;
            (TLanes.Load(pair) + product).Store(pair);
        }
    }

    // At level 0, where nothing was passed yet, they are and stay 0, whatever the tree's rule.
    private T* HeightsAt(int level) => _heights.At + (long)level * _mostNodes * Rows;

    private int PlaceOf(int level)
    {
        var place = _pathLength - 1;
        while (_path[place].Level != level)
            place--;
        return place;
    }
}
