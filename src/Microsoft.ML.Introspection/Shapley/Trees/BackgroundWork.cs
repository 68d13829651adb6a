using System.Numerics;
using Microsoft.ML.Introspection.Shapley.Trees.Lanes;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>Interventional Shapley values, of raw scores or of predictions.</summary>
internal sealed unsafe class BackgroundWork<TLanes, T> : BlockWork
    where TLanes : struct, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostRows = 64;

    private readonly BackgroundPlan _plan;
    private readonly BackgroundSweep<TLanes, T> _sweep;
    private readonly int[][] _codes;
    private readonly double[] _sums;

    // For each row, output and score: by how much of the score's difference from each background row the output differs.
    private readonly double[][]? _slopes;
    private readonly Buffer<T> _weights;
    private int _count;

    public BackgroundWork(BackgroundPlan plan)
    {
        _plan = plan;
        _sweep = new(plan.Levels, plan.MostPlayers, plan.Used.Length, plan.Codes.Sets);
        _codes = [.. Enumerable.Range(0, MostRows).Select(_ => new int[plan.Codes.Rows.Count])];
        _sums = new double[(long)MostRows * Outputs * plan.Used.Length];
        _slopes = plan.Output == TreeShapOutput.RawScore ? null
            : [.. Enumerable.Range(0, MostRows * Outputs * Outputs).Select(_ => new double[plan.Scores.Length])];
        _weights = new(TLanes.Count);
    }

    public override int Capacity => MostRows;

    private int Outputs => _plan.Ensemble.OutputCount;

    public override void Begin<TRow>(TRow* rows, int count)
    {
        _count = count;
        Array.Clear(_sums);
        var features = _plan.Ensemble.FeatureCount;
        for (var row = 0; row < count; row++)
        {
            var values = new ReadOnlySpan<TRow>(rows + (long)row * features, features);
            _plan.Codes.Write(values, _codes[row]);
            if (_slopes is not null)
                Slopes(row, values);
        }
    }

    public override void Pass(int tree)
    {
        var program = _plan.Programs[tree];
        for (var row = 0; row < _count; row++)
        {
            for (var chunk = 0; chunk < program.Chunks; chunk++)
            {
                _sweep.Run(program, chunk, _codes[row]);
                if (_slopes is not null)
                    TakeWeighted(program, row, chunk);
            }
            if (_slopes is null)
                Take(program, row);
        }
    }

    public override void AddTo(double* values)
    {
        var scale = 1.0 / _plan.Scores.Length;
        for (var row = 0; row < _count; row++)
        {
            for (var output = 0; output < Outputs; output++, values += _plan.PlayerCount)
            {
                var sums = SumsOf(row, output);
                for (var i = 0; i < sums.Length; i++)
                    values[_plan.Used[i]] += sums[i] * scale;
            }
        }
    }

    private Span<double> SumsOf(int row, int output) => _sums.AsSpan((row * Outputs + output) * _plan.Used.Length, _plan.Used.Length);

    private void Take(BackgroundProgram program, int row)
    {
        var sums = SumsOf(row, program.Output);
        foreach (var player in program.Players)
        {
            var share = _sweep.Shares + player * TLanes.Count;
            sums[player] += double.CreateTruncating(TLanes.Load(share).Sum());
            default(TLanes).Store(share);
        }
    }

    private void TakeWeighted(BackgroundProgram program, int row, int chunk)
    {
        for (var output = 0; output < Outputs; output++)
        {
            var slopes = _slopes![(row * Outputs + output) * Outputs + program.Output];
            var order = program.Order.AsSpan(chunk * TLanes.Count);
            for (var lane = 0; lane < TLanes.Count; lane++)
                _weights.At[lane] = lane < order.Length ? T.CreateTruncating(slopes[order[lane]]) : T.Zero;
            var weights = TLanes.Load(_weights.At);
            var sums = SumsOf(row, output);
            foreach (var player in program.Players)
                sums[player] += double.CreateTruncating((TLanes.Load(_sweep.Shares + player * TLanes.Count) * weights).Sum());
        }
        foreach (var player in program.Players)
            default(TLanes).Store(_sweep.Shares + player * TLanes.Count);
    }

    private void Slopes<TRow>(int row, ReadOnlySpan<TRow> values) where TRow : unmanaged, INumber<TRow>
    {
        var (wide, scores, slopes) = (new double[values.Length], new double[Outputs], new double[Outputs * Outputs]);
        for (var i = 0; i < wide.Length; i++)
            wide[i] = double.CreateTruncating(values[i]);
        _plan.Ensemble.Score(wide, scores);
        for (var b = 0; b < _plan.Scores.Length; b++)
        {
            _plan.Ensemble.Link.Slopes(_plan.Scores[b], scores, slopes);
            for (var i = 0; i < slopes.Length; i++)
                _slopes![row * slopes.Length + i][b] = slopes[i];
        }
    }
}
