using System.Numerics;
using Microsoft.ML.Introspection.Shapley.Trees.Lanes;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>Path-dependent interaction values; the memory for all pairs allows one sweep at a time.</summary>
internal sealed unsafe class InteractionWork<TLanes, T> : BlockWork
    where TLanes : struct, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PathPlan<T> _plan;
    private readonly BlockCodes<T> _codes;
    private readonly InteractionSweep<TLanes, T> _sweep;
    private readonly Buffer<double> _sums;
    private readonly Buffer<double> _pairs;
    private int _count;

    public InteractionWork(PathPlan<T> plan)
    {
        _plan = plan;
        var used = (long)plan.Used.Length;
        _codes = new(plan.Codes, 1, TLanes.Count, plan.FeatureCount);
        _sweep = new(plan.Levels, plan.Nodes, plan.Used.Length, plan.Codes.Sets);
        _sums = new(Math.Max(1, plan.OutputCount * used * TLanes.Count));
        _pairs = new(Math.Max(1, plan.OutputCount * used * used * TLanes.Count));
    }

    public override int Capacity => _codes.Capacity;

    public override void Begin<TRow>(TRow* rows, int count)
    {
        _count = count;
        _codes.Fill(rows, count);
        _sums.Span.Clear();
        _pairs.Span.Clear();
    }

    public override void Pass(int tree)
    {
        var program = _plan.Programs[tree];
        var used = (long)_plan.Used.Length;
        _sweep.Run(program, _codes.Of(0));
        var sums = _sums.At + program.Output * used * TLanes.Count;
        var pairs = _pairs.At + program.Output * used * used * TLanes.Count;
        foreach (var player in program.Players)
        {
            Move(_sweep.Shares + player * TLanes.Count, sums + player * TLanes.Count);
            foreach (var other in program.Players)
            {
                var place = (player * used + other) * TLanes.Count;
                Move(_sweep.Pairs + place, pairs + place);
            }
        }
    }

    public override void AddTo(double* values)
    {
        var (used, players) = (_plan.Used, _plan.PlayerCount);
        for (var row = 0; row < _count; row++)
        {
            for (var output = 0; output < _plan.OutputCount; output++, values += (long)players * players)
            {
                var sums = _sums.At + (long)output * used.Length * TLanes.Count + row;
                var pairs = _pairs.At + (long)output * used.Length * used.Length * TLanes.Count + row;
                for (var i = 0; i < used.Length; i++)
                {
                    // What is left of a feature's value beside its interactions is its main effect.
                    var main = sums[i * TLanes.Count];
                    for (var j = 0; j < used.Length; j++)
                    {
                        if (i == j)
                            continue;
                        var half =
                            0.5 * (pairs[((long)i * used.Length + j) * TLanes.Count] + pairs[((long)j * used.Length + i) * TLanes.Count]);
                        values[(long)used[i] * players + used[j]] += half;
                        main -= half;
                    }
                    values[(long)used[i] * players + used[i]] += main;
                }
            }
        }
    }

    private static void Move(T* from, double* to)
    {
        TLanes.Load(from).AddTo(to);
        default(TLanes).Store(from);
    }
}
