using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Introspection.Shapley.Trees.Tables;

/// <summary>Looks values up where trees have tables, and leaves the others to others.</summary>
internal sealed unsafe class TableWork<T> : BlockWork
    where T : unmanaged, INumber<T>
{
    private const int MostRows = 64;

    private readonly LeafTables<T> _tables;
    private readonly BlockWork? _others;
    private readonly TableSums<T> _sums;
    private readonly int _outputs, _players, _features, _sets;
    private readonly ushort[] _patterns;
    private readonly int[] _ends;
    private int _count;

    /// <summary>Makes the memory.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="features">The length of a row.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="players">How many players a row has values for.</param>
    /// <param name="others">What takes rows through trees that have none; null where all have.</param>
    public TableWork(LeafTables<T> tables, int features, int outputs, int players, BlockWork? others)
    {
        (_tables, _others, _features, _outputs, _players) = (tables, others, features, outputs, players);
        Capacity = others?.Capacity ?? MostRows;
        _sets = tables.Start.Length;
        (_patterns, _ends) = (new ushort[Capacity * _sets], new int[tables.Features.Length]);
        _sums = TableSums<T>.Of(tables, Capacity * outputs);
    }

    public override int Capacity { get; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Begin<TRow>(TRow* rows, int count)
    {
        _count = count;
        _others?.Begin(rows, count);
        _sums.Clear(count * _outputs);
        for (var row = 0; row < count; row++)
            Find(rows + (long)row * _features, _patterns.AsSpan(row * _sets, _sets));
    }

    // From the nearest stage of each feature, forwards or back: what was changed twice is as before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Find<TRow>(TRow* row, Span<ushort> patterns) where TRow : unmanaged, INumber<TRow>
    {
        _tables.Start.CopyTo(patterns);
        var stage = _tables.Stage;
        // All codes first: to find one is to wait, and they can be waited for together.
        for (var i = 0; i < _ends.Length; i++)
            _ends[i] = _tables.Ends[i][_tables.Codes.Of(_tables.Features[i], row[_tables.Features[i]]) + 1];
        fixed (Toggle* toggles = _tables.Toggles)
        fixed (ushort* own = patterns)
        {
            for (var i = 0; i < _ends.Length; i++)
            {
                var (begin, stages) = (_tables.Ends[i][0], _tables.Stages[i]);
                var end = _ends[i] - begin;
                var nearest = Math.Min((end + stage / 2) / stage, stages.Length);
                if (nearest > 0)
                    TensorPrimitives.Xor(patterns, stages[nearest - 1], patterns);
                var (from, to) = nearest * stage < end ? (nearest * stage, end) : (end, nearest * stage);
                for (var toggle = toggles + begin + from; toggle < toggles + begin + to; toggle++)
                    own[toggle->Set] ^= (ushort)(1 << toggle->Bit);
            }
        }
    }

    public override void Pass(int tree)
    {
        var sets = _tables.Trees[tree];
        if (sets.Start.Equals(sets.End))
            _others?.Pass(tree);
        // Whatever a row is together with, it meets the sets in this order.
        else
            for (var row = 0; row < _count; row++)
                _sums.Add(_patterns.AsSpan(row * _sets, _sets), sets.Start.Value, sets.End.Value, row * _outputs + _tables.Outputs[tree]);
    }

    public override void AddTo(double* values)
    {
        var used = _tables.Codes.Players;
        for (var block = 0; block < _count * _outputs; block++)
        {
            var sums = _sums.Of(block);
            for (var i = 0; i < used.Length; i++)
                values[(long)block * _players + used[i]] += sums[i];
        }
        _others?.AddTo(values);
    }
}
