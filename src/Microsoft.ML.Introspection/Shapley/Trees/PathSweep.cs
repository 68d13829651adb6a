using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Shapley.Trees.Lanes;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// A sweep through trees for as many rows at once as a register has lanes, with the memory that it needs: see <see cref="PathProgram{T}"/>.
/// </summary>
/// <remarks>Everything is laid out level by level, within a level node of the rule by node, and for each a number for every row.</remarks>
internal unsafe class PathSweep<TLanes, T>
    where TLanes : struct, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // What products are kept above: far below all that counts, far above the numbers that some processors take a hundred times as long for.
    private readonly T _least = T.CreateChecked(typeof(T) == typeof(float) ? Math.ScaleB(1, -80) : Math.ScaleB(1, -500));

    private readonly Buffer<T> _products;
    private readonly Buffer<T> _sums;
    private readonly Buffer<T> _states;
    private readonly Buffer<T> _members;
    private readonly Buffer<T> _shares;
    private readonly IReadOnlyList<bool[]> _sets;

    // Of the tree and the rows at hand.
    private int _nodes;
    private T* _codes;
    private T* _tables;

    /// <summary>Makes the memory.</summary>
    /// <param name="levels">The most levels of a tree.</param>
    /// <param name="nodes">The most nodes of a rule.</param>
    /// <param name="players">The number of players that are asked.</param>
    /// <param name="sets">The sets of codes that splits ask for.</param>
    public PathSweep(int levels, int nodes, int players, IReadOnlyList<bool[]> sets)
    {
        levels = Math.Max(levels, 1);
        var level = (long)nodes * Rows;
        (_products, _sums) = (new(levels * level), new(levels * level));
        _states = new((levels + 1L) * Rows);
        _members = new(Rows);
        _shares = new((long)players * Rows);
        _sets = sets;
        _states.Span[..Rows].Fill(T.AllBitsSet);
    }

    /// <summary>The number of rows in a sweep.</summary>
    public static int Rows => TLanes.Count;

    /// <summary>What a tree gives each player, added up until somebody clears it: [players, rows].</summary>
    public T* Shares => _shares.At;

    /// <summary>The nodes of the rule for the tree at hand.</summary>
    protected int Nodes => _nodes;

    /// <summary>Adds the Shapley values of one tree.</summary>
    /// <param name="program">The tree.</param>
    /// <param name="codes">The rows' codes, [code rows, rows].</param>
    public void Run(PathProgram<T> program, T* codes)
    {
        _nodes = program.Weights.Length;
        _codes = codes;
        for (var t = 0; t < _nodes; t++)
            TLanes.All(program.Weights[t]).Store(_products.At + t * Rows);
        fixed (PathStep* steps = program.Steps)
        fixed (T* tables = program.Tables)
        {
            _tables = tables;
            Walk(steps, steps + program.Steps.Length);
        }
    }

    /// <summary>Does some steps.</summary>
    protected virtual void Walk(PathStep* step, PathStep* end)
    {
        for (; step < end; step++)
        {
            switch (step->Kind)
            {
                case PathStepKind.Down: Down(step); break;
                case PathStepKind.Up: Up(step); break;
                case PathStepKind.End: End(step); break;
                default: Twig(step, ++step); break;
            }
        }
    }

    /// <summary>The numbers of a step.</summary>
    protected T* TableOf(PathStep* step) => _tables + step->Table;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void Down(PathStep* step)
    {
        var nodes = _nodes;
        var products = ProductsAt(step->Level);
        var next = ProductsAt(step->Level + 1);
        var table = TableOf(step);
        var (taken, least) = (Taken(step), TLanes.All(_least));
        if (step->Previous == 0)
        {
            taken.Store(StateAt(step->Level + 1));
            for (var t = 0; t < nodes; t++)
                TLanes.MultiplyAdd(TLanes.Load(products + t * Rows), Either(taken, table, nodes, t), least).Store(next + t * Rows);
            return;
        }
        var (before, ratio) = (TLanes.Load(StateAt(step->Previous)), TLanes.All(table[4 * nodes]));
        (taken & before).Store(StateAt(step->Level + 1));
        for (var t = 0; t < nodes; t++)
            TLanes.MultiplyAdd(TLanes.Load(products + t * Rows), TLanes.Select(before, Either(taken, table, nodes, t), ratio), least)
                .Store(next + t * Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void Up(PathStep* step)
    {
        var nodes = _nodes;
        var sums = SumsAt(step->Level);
        var below = SumsAt(step->Level + 1);
        var differences = TableOf(step) + 2 * nodes;
        var taken = TLanes.Load(StateAt(step->Level + 1));
        var share = default(TLanes);
        for (var t = 0; t < nodes; t++)
        {
            var sum = TLanes.Load(below + t * Rows);
            share = TLanes.MultiplyAdd(sum, Either(taken, differences, nodes, t), share);
            Put(step, sums + t * Rows, sum);
        }
        Add(step, step->Previous == 0 ? share : share & TLanes.Load(StateAt(step->Previous)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void End(PathStep* step)
    {
        var nodes = _nodes;
        var products = ProductsAt(step->Level);
        var sums = SumsAt(step->Level);
        var table = TableOf(step);
        var taken = Taken(step);
        var share = default(TLanes);
        if (step->Previous == 0)
        {
            for (var t = 0; t < nodes; t++)
            {
                var product = TLanes.Load(products + t * Rows);
                share = TLanes.MultiplyAdd(product, Either(taken, table + 2 * nodes, nodes, t), share);
                Put(step, sums + t * Rows, product * Either(taken, table, nodes, t));
            }
            Add(step, share);
            return;
        }
        var (before, value) = (TLanes.Load(StateAt(step->Previous)), TLanes.All(table[4 * nodes]));
        for (var t = 0; t < nodes; t++)
        {
            var product = TLanes.Load(products + t * Rows);
            share = TLanes.MultiplyAdd(product, Either(taken, table + 2 * nodes, nodes, t), share);
            Put(step, sums + t * Rows, product * TLanes.Select(before, Either(taken, table, nodes, t), value));
        }
        Add(step, share & before);
    }

    // Down, End and Up in one go: what they would hand to each other stays in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Twig(PathStep* edge, PathStep* end)
    {
        var nodes = _nodes;
        var products = ProductsAt(edge->Level);
        var sums = SumsAt(edge->Level);
        var table = TableOf(edge);
        var endTable = TableOf(end);
        var (taken, endTaken) = (Taken(edge), Taken(end));
        TLanes share = default, endShare = default;
        if (edge->Previous == 0 && end->Previous == 0)
        {
            for (var t = 0; t < nodes; t++)
            {
                var product = TLanes.Load(products + t * Rows) * Either(taken, table, nodes, t);
                var sum = product * Either(endTaken, endTable, nodes, t);
                endShare = TLanes.MultiplyAdd(product, Either(endTaken, endTable + 2 * nodes, nodes, t), endShare);
                share = TLanes.MultiplyAdd(sum, Either(taken, table + 2 * nodes, nodes, t), share);
                Put(edge, sums + t * Rows, sum);
            }
            Add(edge, share);
            Add(end, endShare);
            return;
        }
        var (before, endBefore) = (TLanes.Load(StateAt(edge->Previous)), TLanes.Load(StateAt(end->Previous)));
        var (ratio, value) = (TLanes.All(table[4 * nodes]), TLanes.All(endTable[4 * nodes]));
        for (var t = 0; t < nodes; t++)
        {
            var product = TLanes.Load(products + t * Rows) * TLanes.Select(before, Either(taken, table, nodes, t), ratio);
            var sum = product * TLanes.Select(endBefore, Either(endTaken, endTable, nodes, t), value);
            endShare = TLanes.MultiplyAdd(product, Either(endTaken, endTable + 2 * nodes, nodes, t), endShare);
            share = TLanes.MultiplyAdd(sum, Either(taken, table + 2 * nodes, nodes, t), share);
            Put(edge, sums + t * Rows, sum);
        }
        Add(edge, share & before);
        Add(end, endShare & endBefore);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static TLanes Either(TLanes taken, T* table, int nodes, int t) =>
        TLanes.Select(taken, TLanes.All(table[t]), TLanes.All(table[nodes + t]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(PathStep* step, T* sum, TLanes value) => (step->First ? value : TLanes.Load(sum) + value).Store(sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(PathStep* step, TLanes share)
    {
        var sum = Shares + step->Player * Rows;
        (TLanes.Load(sum) + share).Store(sum);
    }

    // Which rows take the step's edge (of an end with two leaves, the one to the left).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected TLanes Taken(PathStep* step)
    {
        var codes = _codes + step->Row * Rows;
        var left = step->Set < 0
            ? TLanes.Less(TLanes.Load(codes), TLanes.All(T.CreateTruncating(step->Limit)))
            : Members(codes, _sets[step->Set]);
        return step->Right ? left ^ TLanes.All(T.AllBitsSet) : left;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TLanes Members(T* codes, bool[] set)
    {
        for (var row = 0; row < Rows; row++)
            _members.At[row] = set[int.CreateTruncating(codes[row])] ? T.AllBitsSet : T.Zero;
        return TLanes.Load(_members.At);
    }

    protected T* ProductsAt(int level) => _products.At + (long)level * _nodes * Rows;

    protected T* SumsAt(int level) => _sums.At + (long)level * _nodes * Rows;

    protected T* StateAt(int level) => _states.At + (long)level * Rows;
}
