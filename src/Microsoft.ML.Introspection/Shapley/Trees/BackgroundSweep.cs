using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Shapley.Trees.Lanes;
using Microsoft.ML.Introspection.Shapley.Trees.Tables;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// A walk through a tree with one row against as many background rows as a register has lanes.
/// </summary>
/// <remarks>
/// For a row x and a background row b the features of a path are of four kinds: both take all its edges, only x does (a of them), only b
/// does (c of them), or neither: then no mixture of the two reaches the leaf. A leaf of value v gives v·(a−1)!·c!/(a+c)! to each of the a
/// and takes v·a!·(c−1)!/(a+c)! from each of the c (Lundberg et al. 2020). On the way down b rows drop out by bits, and a is counted for
/// each
/// lane; c is the same for all. On the way back the leaves' two numbers are added up, and an edge hands those of the rows that
/// differ from x there for the first time to its player.
/// </remarks>
internal sealed unsafe class BackgroundSweep<TLanes, T>
    where TLanes : struct, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Buffer<uint> _alive;
    private readonly Buffer<int> _backgroundOnly;
    private readonly Buffer<byte> _rowTakes;
    private readonly Buffer<int> _places;
    private readonly Buffer<T> _rowOnly;
    private readonly Buffer<T> _gains;
    private readonly Buffer<T> _losses;
    private readonly Buffer<T> _shares;
    private readonly Buffer<T> _gain;
    private readonly Buffer<T> _loss;
    private readonly int _width;
    private readonly bool[][] _sets;

    /// <summary>Makes the memory.</summary>
    public BackgroundSweep(int levels, int mostPlayers, int players, IReadOnlyList<bool[]> sets)
    {
        (_alive, _backgroundOnly, _rowTakes, _places) = (new(levels + 1), new(levels + 1), new(levels + 1), new(levels + 1));
        (_rowOnly, _gains, _losses) = (Numbers(levels + 1), Numbers(levels + 1), Numbers(levels + 1));
        _shares = Numbers(Math.Max(1, players));
        _width = (mostPlayers + TLanes.Count) / TLanes.Count * TLanes.Count;
        (_gain, _loss) = (new((mostPlayers + 1L) * _width), new((mostPlayers + 1L) * _width));
        _sets = [.. sets];
        for (var c = 0; c <= mostPlayers; c++)
        {
            for (var a = 0; a <= mostPlayers - c; a++)
            {
                _gain.At[c * _width + a] = a == 0 ? T.Zero : T.CreateChecked(BackgroundGame.Weight(a - 1, c));
                _loss.At[c * _width + a] = c == 0 ? T.Zero : T.CreateChecked(BackgroundGame.Weight(a, c - 1));
            }
        }
        _rowTakes.At[0] = 1;

        static Buffer<T> Numbers(int count) => new((long)count * TLanes.Count);
    }

    /// <summary>What the walks give each player, added up until somebody clears it: [players, background rows of a chunk].</summary>
    public T* Shares => _shares.At;

    /// <summary>Adds what one tree gives.</summary>
    /// <param name="program">The tree.</param>
    /// <param name="chunk">Which background rows.</param>
    /// <param name="codes">The row's codes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(BackgroundProgram program, int chunk, ReadOnlySpan<int> codes)
    {
        fixed (BackgroundStep* steps = program.Steps)
        fixed (uint* allTakers = program.Takers)
        {
            var takers = allTakers + chunk * program.Edges;
            _alive.At[0] = takers[0];
            _backgroundOnly.At[0] = 0;
            default(TLanes).Store(_rowOnly.At);
            var end = steps + program.Steps.Length;
            for (var step = steps; step < end; step++)
            {
                var level = step->Level;
                if (step->Kind == BackgroundStepKind.Up)
                {
                    if (_places.At[level + 1] != _places.At[level])
                        HandOut(step, takers, TLanes.Load(GainsAt(level + 1)), TLanes.Load(LossesAt(level + 1)));
                    continue;
                }
                var before = _rowTakes.At[step->Previous] != 0;
                var takes = before && (step->Set < 0 ? codes[step->Row] < step->Limit : _sets[step->Set][codes[step->Row]]) != step->Right;
                var alive = _alive.At[level];
                var left = takes ? alive : alive & takers[step->Edge];
                if (left == 0)
                {
                    step += step->Length;
                    continue;
                }
                // Written for leaves as well: handing out asks for it.
                _alive.At[level + 1] = left;
                _rowTakes.At[level + 1] = takes ? (byte)1 : (byte)0;
                var parting = takes ? alive & takers[step->PreviousEdge] & ~takers[step->Edge] : 0;
                var backgroundOnly = _backgroundOnly.At[level] + (before && !takes ? 1 : 0);
                var isDown = step->Kind == BackgroundStepKind.Down;
                if (isDown)
                {
                    _backgroundOnly.At[level + 1] = backgroundOnly;
                    // Where all go the same way as before, the node below needs no numbers of its own.
                    if ((takes || !before) && parting == 0)
                    {
                        _places.At[level + 1] = _places.At[level];
                        continue;
                    }
                    _places.At[level + 1] = level + 1;
                }
                var rowOnly = TLanes.Load(RowOnlyAt(level));
                if (parting != 0)
                    rowOnly += TLanes.Mask(parting) & TLanes.All(T.One);
                if (isDown)
                {
                    rowOnly.Store(RowOnlyAt(level + 1));
                    default(TLanes).Store(GainsAt(level + 1));
                    default(TLanes).Store(LossesAt(level + 1));
                    continue;
                }
                var value = TLanes.All(T.CreateTruncating(step->Value)) & TLanes.Mask(left);
                HandOut(step, takers, value * Pick(_gain.At + backgroundOnly * _width, rowOnly),
                    value * Pick(_loss.At + backgroundOnly * _width, rowOnly));
            }
        }
    }

    // To the edge's player what it gains or loses, to the node above all of it. (The root's sums, at level 0, nobody reads.)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void HandOut(BackgroundStep* step, uint* takers, TLanes gains, TLanes losses)
    {
        var level = step->Level;
        if (_rowTakes.At[level + 1] != 0)
        {
            var parting = _alive.At[level] & takers[step->PreviousEdge] & ~takers[step->Edge];
            if (parting != 0)
                Add(_shares.At + step->Player * TLanes.Count, gains & TLanes.Mask(parting));
        }
        else if (_rowTakes.At[step->Previous] != 0)
        {
            var share = _shares.At + step->Player * TLanes.Count;
            (TLanes.Load(share) - losses).Store(share);
        }
        Add(GainsAt(level), gains);
        Add(LossesAt(level), losses);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLanes Pick(T* table, TLanes places) => _width == TLanes.Count ? TLanes.Pick(table, places) : PickFar(table, places);

    private static TLanes PickFar(T* table, TLanes places)
    {
        var picked = stackalloc T[TLanes.Count];
        places.Store(picked);
        for (var i = 0; i < TLanes.Count; i++)
            picked[i] = table[int.CreateTruncating(picked[i])];
        return TLanes.Load(picked);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(T* to, TLanes value) => (TLanes.Load(to) + value).Store(to);

    private T* RowOnlyAt(int level) => _rowOnly.At + _places.At[level] * TLanes.Count;

    private T* GainsAt(int level) => _gains.At + _places.At[level] * TLanes.Count;

    private T* LossesAt(int level) => _losses.At + _places.At[level] * TLanes.Count;
}
