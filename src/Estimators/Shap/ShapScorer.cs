using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Scoring;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Explains rows of numbers, and chooses what the columns show of it.</summary>
internal sealed class ShapScorer : RowScorer
{
    // Values of double precision for a batch; what a row needs may be much.
    private const int MostValues = 1 << 22;

    private readonly ShapColumns _columns;
    private readonly ShapEngine _engine;
    private readonly ShapRows _rows;
    private readonly IDisposable? _owned;
    private readonly float[]?[] _results;
    private readonly long[] _targets;
    private readonly double[] _values;
    private readonly double[] _scores;
    private readonly float[] _order;
    private readonly string?[] _faults;
    private double[] _pairs = [];
    private int _count;
    private bool _hasPairs;

    /// <summary>Makes the buffers.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="engine">What computes the values.</param>
    /// <param name="rows">What gathers rows.</param>
    /// <param name="count">How many rows at once; null for as many as suit the engine.</param>
    /// <param name="owned">What is disposed of at the end.</param>
    public ShapScorer(ShapColumns columns, ShapEngine engine, ShapRows rows, int? count, IDisposable? owned = null)
    {
        (_columns, _engine, _rows, _owned) = (columns, engine, rows, owned);
        var (outputs, players) = (columns.Shape.Outputs, columns.Shape.Players);
        Capacity = count ?? (int)Math.Clamp(MostValues / ((long)outputs * players), 1, engine.RowsTogether);
        rows.Reserve(Capacity);
        (_values, _scores, _order) = (new double[checked(Capacity * outputs * players)], new double[Capacity * outputs], new float[players]);
        _targets = new long[Capacity];
        _faults = new string?[Capacity];
        // Pairs need room for themselves, and only if they are asked for.
        _results = [.. columns.Contents.Zip(columns.Outputs, (content, output) => content is ShapContent.Interactions or ShapContent.Target ? null : new float[checked(Capacity * output.Type.Size)])];
    }

    public override int Capacity { get; }

    public override void Bind(DataViewRow source, Func<string, ColumnBuffer?> kept) => _rows.Bind(source, kept);

    protected override void Clear()
    {
    }

    protected override void Read(int row) => _rows.Read(row);

    protected override string? Fault(int row) => _faults[row];

    protected override void Score(int rows)
    {
        var (outputs, players) = (_columns.Shape.Outputs, _columns.Shape.Players);
        (_count, _hasPairs) = (rows, false);
        var values = _values.AsSpan(0, rows * outputs * players);
        _engine.Values(_rows.Features.AsSpan(0, rows * _columns.Shape.Features), values, _columns.Options.Cancellation);
        var bases = _engine.BaseValues;
        for (var i = 0; i < rows * outputs; i++)
        {
            var sum = bases[i % outputs];
            foreach (var value in values.Slice(i * players, players))
                sum += value;
            _scores[i] = sum;
        }
        for (var row = 0; row < rows; row++)
        {
            _faults[row] = _rows.Fault(row);
            if (_faults[row] is null)
                Show(row, values, bases);
        }
        // Pairs are computed when they are asked for, and need the rows once more.
        if (!_columns.Contents.Contains(ShapContent.Interactions))
            _rows.Done();
    }

    protected override ReadOnlySpan<T> Result<T>(int output, int row)
    {
        var content = _columns.Contents[output];
        if (content == ShapContent.Target)
            return MemoryMarshal.Cast<long, T>(_targets.AsSpan(row, 1));
        if (content == ShapContent.Interactions && !_hasPairs)
            Pair(output);
        var size = _columns.Outputs[output].Type.Size;
        return MemoryMarshal.Cast<float, T>(_results[output]!.AsSpan(row * size, size));
    }

    protected override void Release() => _owned?.Dispose();

    private void Show(int row, ReadOnlySpan<double> values, IReadOnlyList<double> bases)
    {
        var (outputs, players) = (_columns.Shape.Outputs, _columns.Shape.Players);
        var scores = _scores.AsSpan(row * outputs, outputs);
        var (why, whyNot) = Pick(row);
        _targets[row] = Math.Max(why, 0);
        for (var i = 0; i < _results.Length; i++)
        {
            if (_results[i] is not { } room)
                continue;
            var size = _columns.Outputs[i].Type.Size;
            var to = room.AsSpan(row * size, size);
            switch (_columns.Contents[i])
            {
                case ShapContent.Values:
                    Choose(values.Slice(row * outputs * players, outputs * players), players, why, whyNot, to);
                    for (var block = 0; block < to.Length; block += players)
                        Strongest.Keep(to.Slice(block, players), _order, _columns.Options.NumberOfPositiveContributions, _columns.Options.NumberOfNegativeContributions, _columns.Options.Normalize);
                    break;
                case ShapContent.BaseValue:
                    for (var o = 0; o < to.Length; o++)
                        to[o] = (float)(why < 0 ? bases[o] : bases[why] - (whyNot < 0 ? 0 : bases[whyNot]));
                    break;
                default:
                    Choose(scores, 1, why, whyNot, to);
                    break;
            }
        }
    }

    private void Pair(int output)
    {
        var (outputs, players) = (_columns.Shape.Outputs, _columns.Shape.Players);
        var size = players * players;
        _pairs = _pairs.Length > 0 ? _pairs : new double[checked(Capacity * outputs * size)];
        _results[output] ??= new float[checked(Capacity * _columns.Outputs[output].Type.Size)];
        _engine.Interactions(_rows.Features.AsSpan(0, _count * _columns.Shape.Features), _pairs.AsSpan(0, _count * outputs * size), _columns.Options.Cancellation);
        var width = _columns.Outputs[output].Type.Size;
        for (var row = 0; row < _count; row++)
        {
            var (why, whyNot) = _faults[row] is null ? Pick(row) : (-1, -1);
            if (_faults[row] is null)
                Choose(_pairs.AsSpan(row * outputs * size, outputs * size), size, why, whyNot, _results[output]!.AsSpan(row * width, width));
        }
        _hasPairs = true;
    }

    // The outputs that are shown: all (-1), one, or the difference of two.
    private (int Why, int WhyNot) Pick(int row) => _columns switch
    {
        { Options.Target: { } target } => target.Pick(_scores.AsSpan(row * _columns.Shape.Outputs, _columns.Shape.Outputs), _rows.Labels.Length > 0 ? _rows.Labels[row] : 0),
        { IsSplit: true } => (-1, -1),
        _ => (0, -1),
    };

    private static void Choose(ReadOnlySpan<double> blocks, int size, int why, int whyNot, Span<float> to)
    {
        var from = why < 0 ? blocks : blocks.Slice(why * size, size);
        for (var i = 0; i < to.Length; i++)
            to[i] = (float)(whyNot < 0 ? from[i] : from[i] - blocks[whyNot * size + i]);
    }
}
