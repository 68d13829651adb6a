using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Explains rows of numbers, and hands out what the columns show of it.</summary>
internal sealed class ShapScorer : RowScorer
{
    private readonly ShapColumns _columns;
    private readonly Explainer _explainer;
    private readonly ShapRows _rows;
    private readonly IDisposable? _owned;
    private readonly Explanations _explained;
    private readonly ShapContent[] _contents;
    private readonly string?[] _faults;
    private readonly float[] _shown;
    private readonly long[] _target = new long[1];
    private bool _hasPairs;

    /// <summary>Makes the buffers.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="explainer">What computes the values.</param>
    /// <param name="rows">What gathers rows.</param>
    /// <param name="count">How many rows at once; null for as many as suit the explainer.</param>
    /// <param name="owned">What is disposed of at the end.</param>
    public ShapScorer(ShapColumns columns, Explainer explainer, ShapRows rows, int? count, IDisposable? owned)
    {
        (_columns, _explainer, _rows, _owned, _contents) = (columns, explainer, rows, owned, [.. columns.Contents]);
        Capacity = count ?? explainer.RowsAtOnce();
        rows.Reserve(Capacity);
        _explained = explainer.Room(Capacity, _contents.Contains(ShapContent.Interactions));
        _faults = new string?[columns.Label is null ? 0 : Capacity];
        _shown = new float[columns.Outputs.Max(o => o.Type.Size)];
    }

    public override int Capacity { get; }

    public override void Bind(DataViewRow source, Func<string, ColumnBuffer?> kept) => _rows.Bind(source, kept);

    protected override void Clear()
    {
    }

    protected override void Read(int row) => _rows.Read(row);

    protected override string? Fault(int row) => _faults.Length > 0 ? _faults[row] : null;

    protected override void Score(int rows)
    {
        for (var row = 0; _faults.Length > 0 && row < rows; row++)
            _faults[row] = _rows.Fault(row);
        _explainer.Explain(Features(rows), _explained, _rows.Labels.AsSpan(0, Math.Min(rows, _rows.Labels.Length)), scored: false, cancellation: _columns.Options.Cancellation);
        _hasPairs = false;
        // Pairs are computed when they are asked for, and need the rows once more.
        if (!_explained.HasInteractions)
            _rows.Done();
    }

    protected override ReadOnlySpan<T> Result<T>(int output, int row)
    {
        var (explained, slots) = (_explained, _explained.Slots);
        switch (_contents[output])
        {
            case ShapContent.Target:
                _target[0] = explained.Outputs[row];
                return MemoryMarshal.Cast<long, T>(_target.AsSpan());
            case ShapContent.Values:
                return Shown<T>(explained.ValuesOf(row));
            case ShapContent.BaseValue:
                return Shown<T>(explained.BaseValues.Slice(row * slots, slots));
            case ShapContent.Score:
                return Shown<T>(explained.Scores.Slice(row * slots, slots));
            default:
                if (!_hasPairs)
                    _explainer.ExplainPairs(Features(explained.Count), explained, _columns.Options.Cancellation);
                _hasPairs = true;
                var size = slots * explained.Players * explained.Players;
                return Shown<T>(explained.Interactions.Slice(row * size, size));
        }
    }

    protected override void Release() => _owned?.Dispose();

    private ReadOnlySpan<float> Features(int rows) => _rows.Features.AsSpan(0, rows * _explainer.FeatureCount);

    private ReadOnlySpan<T> Shown<T>(ReadOnlySpan<double> numbers) where T : unmanaged
    {
        var shown = _shown.AsSpan(0, numbers.Length);
        TensorPrimitives.ConvertTruncating(numbers, shown);
        return MemoryMarshal.Cast<float, T>(shown);
    }
}
