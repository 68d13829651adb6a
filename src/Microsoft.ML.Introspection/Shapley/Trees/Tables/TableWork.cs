using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Introspection.Shapley.Trees.Tables;

/// <summary>Looks values up where trees have tables, and leaves the others to others.</summary>
internal sealed unsafe class TableWork<T> : BlockWork
    where T : unmanaged, INumber<T>
{
    private const int MostRows = 64;

    private readonly LeafTables<T> _tables;
    private readonly BlockWork? _others;
    private readonly int _outputs, _players, _features;
    private readonly ushort[] _row, _patterns;
    private readonly double[] _sums;
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
        (_row, _patterns) = (new ushort[tables.Start.Length], new ushort[Capacity * tables.Start.Length]);
        _sums = new double[Capacity * outputs * Used];
    }

    public override int Capacity { get; }

    private int Used => _tables.Codes.Players.Length;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Begin<TRow>(TRow* rows, int count)
    {
        _count = count;
        _others?.Begin(rows, count);
        Array.Clear(_sums, 0, count * _outputs * Used);
        var sets = _tables.Start.Length;
        fixed (ushort* patterns = _row)
        fixed (Toggle* toggles = _tables.Toggles)
        fixed (LeafTable* tables = _tables.Tables)
        {
            for (var row = 0; row < count; row++, rows += _features)
            {
                _tables.Start.CopyTo(_row, 0);
                for (var i = 0; i < _tables.Features.Length; i++)
                {
                    var (feature, ends) = (_tables.Features[i], _tables.Ends[i]);
                    var end = toggles + ends[_tables.Codes.Of(feature, rows[feature]) + 1];
                    for (var toggle = toggles + ends[0]; toggle < end; toggle++)
                        patterns[toggle->Set] ^= (ushort)(1 << toggle->Bit);
                }
                for (var set = 0; set < sets; set++)
                    _patterns[set * count + row] = patterns[set];
                // What a single row needs is scattered over all tables: better asked for at once than waited for one by one.
                for (var set = 0; count == 1 && Sse.IsSupported && set < sets; set++)
                    Sse.Prefetch0(_tables.Numbers.At + tables[set].Start + patterns[set] * tables[set].Count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pass(int tree)
    {
        var (sets, output) = (_tables.Trees[tree], _tables.Outputs[tree]);
        if (sets.Start.Equals(sets.End))
        {
            _others?.Pass(tree);
            return;
        }
        fixed (ushort* allPatterns = _patterns)
        fixed (double* allSums = _sums)
        fixed (LeafTable* tables = _tables.Tables)
        fixed (ushort* allPlayers = _tables.Players)
        {
            // Whatever a row is together with, it meets the sets in this order.
            for (var set = sets.Start.Value; set < sets.End.Value; set++)
            {
                var count = tables[set].Count;
                var players = allPlayers + tables[set].Players;
                var table = _tables.Numbers.At + tables[set].Start;
                var sums = allSums + output * Used;
                var patterns = allPatterns + set * _count;
                for (var row = 0; row < _count; row++, sums += _outputs * Used)
                {
                    var numbers = table + patterns[row] * count;
                    for (var i = 0; i < count; i++)
                        sums[players[i]] += double.CreateTruncating(numbers[i]);
                }
            }
        }
    }

    public override void AddTo(double* values)
    {
        var (used, sum) = (_tables.Codes.Players, 0);
        for (var block = 0; block < _count * _outputs; block++)
            for (var i = 0; i < used.Length; i++)
                values[(long)block * _players + used[i]] += _sums[sum++];
        _others?.AddTo(values);
    }
}
