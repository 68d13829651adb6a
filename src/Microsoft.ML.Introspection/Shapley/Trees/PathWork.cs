using System.Numerics;
using Microsoft.ML.Introspection.Shapley.Trees.Lanes;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>The codes of a block of rows, sweep by sweep: [sweeps, code rows, rows of a sweep].</summary>
internal sealed unsafe class BlockCodes<T>(FeatureCodes codes, int sweeps, int rows, int features)
    where T : unmanaged, INumber<T>
{
    private readonly Buffer<T> _codes = new(Math.Max(1, (long)sweeps * codes.Rows.Count * rows));
    private readonly int[] _row = new int[codes.Rows.Count];

    /// <summary>The most rows.</summary>
    public int Capacity => sweeps * rows;

    /// <summary>The codes of a sweep.</summary>
    public T* Of(int sweep) => _codes.At + (long)sweep * _row.Length * rows;

    /// <summary>Works out the codes of some rows; what is left of the last sweep repeats the last row.</summary>
    public void Fill<TRow>(TRow* from, int count) where TRow : unmanaged, INumber<TRow>
    {
        for (var row = 0; row < (count + rows - 1) / rows * rows; row++)
        {
            if (row < count)
                codes.Write(new ReadOnlySpan<TRow>(from + (long)row * features, features), _row);
            var to = Of(row / rows) + row % rows;
            for (var i = 0; i < _row.Length; i++)
                to[i * rows] = T.CreateTruncating(_row[i]);
        }
    }
}

/// <summary>Path-dependent Shapley values.</summary>
internal sealed unsafe class PathWork<TLanes, T> : BlockWork
    where TLanes : struct, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Sweeps = 8;

    private readonly PathPlan<T> _plan;
    private readonly BlockCodes<T> _codes;
    private readonly PathSweep<TLanes, T> _sweep;
    private readonly Buffer<double> _sums;
    private int _count;

    public PathWork(PathPlan<T> plan)
    {
        _plan = plan;
        _codes = new(plan.Codes, Sweeps, TLanes.Count, plan.FeatureCount);
        _sweep = new(plan.Levels, plan.Nodes, plan.Used.Length, plan.Codes.Sets);
        _sums = new(Math.Max(1, (long)plan.OutputCount * plan.Used.Length * _codes.Capacity));
    }

    public override int Capacity => _codes.Capacity;

    // [sweeps, outputs, used players, rows of a sweep]
    private double* SumsOf(int sweep, int output) =>
        _sums.At + ((long)sweep * _plan.OutputCount + output) * _plan.Used.Length * TLanes.Count;

    public override void Begin<TRow>(TRow* rows, int count)
    {
        _count = count;
        _codes.Fill(rows, count);
        _sums.Span.Clear();
    }

    public override void Pass(int tree)
    {
        var program = _plan.Programs[tree];
        for (var sweep = 0; sweep * TLanes.Count < _count; sweep++)
        {
            _sweep.Run(program, _codes.Of(sweep));
            var sums = SumsOf(sweep, program.Output);
            foreach (var player in program.Players)
            {
                var share = _sweep.Shares + player * TLanes.Count;
                TLanes.Load(share).AddTo(sums + player * TLanes.Count);
                default(TLanes).Store(share);
            }
        }
    }

    public override void AddTo(double* values)
    {
        for (var row = 0; row < _count; row++)
        {
            for (var output = 0; output < _plan.OutputCount; output++, values += _plan.PlayerCount)
            {
                var sums = SumsOf(row / TLanes.Count, output) + row % TLanes.Count;
                for (var i = 0; i < _plan.Used.Length; i++)
                    values[_plan.Used[i]] += sums[i * TLanes.Count];
            }
        }
    }
}
