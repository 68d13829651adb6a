using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Introspection.Shapley.Trees.Tables;

/// <summary>Adds lines of tables to the players whom they belong to.</summary>
internal unsafe class TableSums<T>
    where T : unmanaged, INumber<T>
{
    private readonly int _width;
    private readonly double[] _sums;

    /// <summary>Makes the memory.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="lines">How many lines of sums.</param>
    /// <param name="width">How many numbers a line has; at least the players that any tree asks.</param>
    protected TableSums(LeafTables<T> tables, int lines, int width) =>
        (Tables, _width, _sums) = (tables, width, new double[lines * width]);

    /// <summary>The tables.</summary>
    protected LeafTables<T> Tables { get; }

    /// <summary>The sums that suit this machine.</summary>
    public static TableSums<T> Of(LeafTables<T> tables, int lines) =>
        tables is LeafTables<float> singles && Avx512F.IsSupported && LaneSums.Suit(singles)
            ? (TableSums<T>)(object)new LaneSums(singles, lines) : new TableSums<T>(tables, lines, tables.Codes.Players.Length);

    /// <summary>A line, by places among the players that any tree asks.</summary>
    public Span<double> Of(int line) => _sums.AsSpan(line * _width, _width);

    /// <summary>Begins anew.</summary>
    public void Clear(int lines) => Array.Clear(_sums, 0, lines * _width);

    /// <summary>Adds what some sets give to a row.</summary>
    /// <param name="patterns">The row's pattern in every set.</param>
    /// <param name="first">The first set.</param>
    /// <param name="end">Behind the last.</param>
    /// <param name="line">Where to add.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public virtual void Add(ReadOnlySpan<ushort> patterns, int first, int end, int line)
    {
        fixed (double* sums = Of(line))
        fixed (LeafTable* tables = Tables.Tables)
        fixed (ushort* players = Tables.Players)
        {
            for (var set = first; set < end; set++)
            {
                var count = tables[set].Count;
                var own = players + tables[set].Players;
                var numbers = Tables.Numbers.At + tables[set].Start + patterns[set] * tables[set].Width;
                for (var i = 0; i < count; i++)
                    sums[own[i]] += double.CreateTruncating(numbers[i]);
            }
        }
    }
}

/// <summary>
/// The same for sixteen players at a time: each fetches its number, or zero, from the line. The sets of a tree are added up in single
/// precision, the trees in double.
/// </summary>
internal sealed unsafe class LaneSums : TableSums<float>
{
    // With more registers' worth of players most would fetch zeros.
    private const int Lanes = 16, MostPairs = 2, Nobody = Lanes - 1;

    // The place on the line for each player of a pair of registers and set, [pairs, sets, 2, lanes].
    private readonly byte[] _places;

    public LaneSums(LeafTables<float> tables, int lines) : base(tables, lines, Pairs(tables) * 2 * Lanes)
    {
        _places = new byte[Pairs(tables) * tables.Tables.Length * 2 * Lanes];
        Array.Fill(_places, (byte)Nobody);
        foreach (var (set, table) in tables.Tables.Index())
            for (var i = 0; i < table.Count; i++)
            {
                var (pair, lane) = Math.DivRem((int)tables.Players[table.Players + i], 2 * Lanes);
                _places[(pair * tables.Tables.Length + set) * 2 * Lanes + lane] = (byte)i;
            }
    }

    /// <summary>Whether all lines fit into a register beside a zero, and few registers hold all players.</summary>
    public static bool Suit(LeafTables<float> tables) =>
        Pairs(tables) <= MostPairs && Array.TrueForAll(tables.Tables, t => t.Width <= Lanes && t.Count < Lanes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Add(ReadOnlySpan<ushort> patterns, int first, int end, int line)
    {
        var numbers = Tables.Numbers.At;
        fixed (double* allSums = Of(line))
        fixed (LeafTable* tables = Tables.Tables)
        fixed (byte* allPlaces = _places)
        {
            var sums = allSums;
            var places = allPlaces;
            for (var pair = 0; pair < Pairs(Tables); pair++, places += Tables.Tables.Length * 2 * Lanes)
            {
                var (low, high) = (Vector512<float>.Zero, Vector512<float>.Zero);
                for (var set = first; set < end; set++)
                {
                    var at = numbers + tables[set].Start + patterns[set] * tables[set].Width;
                    var own = tables[set].Width <= Lanes / 2 ? Vector256.Load(at).ToVector512() : Vector512.Load(at);
                    low += Avx512F.PermuteVar16x32(own, Avx512F.ConvertToVector512Int32(Vector128.Load(places + set * 2 * Lanes)));
                    high += Avx512F.PermuteVar16x32(own, Avx512F.ConvertToVector512Int32(Vector128.Load(places + (set * 2 + 1) * Lanes)));
                }
                Store(low, ref sums);
                Store(high, ref sums);
            }
        }

        static void Store(Vector512<float> sum, ref double* sums)
        {
            var (low, high) = Vector512.Widen(sum);
            (low + Vector512.Load(sums)).Store(sums);
            (high + Vector512.Load(sums + Lanes / 2)).Store(sums + Lanes / 2);
            sums += Lanes;
        }
    }

    private static int Pairs(LeafTables<float> tables) => (tables.Codes.Players.Length + 2 * Lanes - 1) / (2 * Lanes);
}
