using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Gathers rows of numbers, explains them, and hands out what the columns show of it.</summary>
internal sealed class ShapScorer : RowScorer, IRowMemory
{
    private readonly ShapColumns _columns;
    private readonly Explainer _explainer;
    private readonly ShapFeed _feed;
    private readonly bool _owns;
    private readonly MlHost _host;
    private readonly SlowRows? _slow;
    private readonly Explanations _explained;
    private readonly ShapContent[] _contents;
    private readonly float[] _features;
    private readonly long[] _labels;
    private readonly string?[] _faults;
    private readonly float[] _shown;
    private readonly long[] _target = new long[1];
    private Action<int>? _read;
    private LabelReader? _label;
    private bool _hasPairs;

    /// <summary>Makes the buffers.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="explainer">What computes the values.</param>
    /// <param name="feed">Where rows come from.</param>
    /// <param name="count">How many rows at once; null for as many as suit the explainer.</param>
    /// <param name="owns">Whether the explainer is disposed of at the end.</param>
    /// <param name="host">Who can stop it, and is told how far a black box is.</param>
    public ShapScorer(ShapColumns columns, Explainer explainer, ShapFeed feed, int? count, bool owns, MlHost host)
    {
        _host = host;
        _slow = explainer.ScoresPerRow > 0 ? new SlowRows(host, columns.Outputs[0].Name, TimeProvider.System) : null;
        (_columns, _explainer, _feed, _owns, _contents) = (columns, explainer, feed, owns, [.. columns.Contents]);
        Capacity = count ?? explainer.RowsAtOnce();
        _explained = explainer.Room(Capacity, _contents.Contains(ShapContent.Interactions));
        _features = new float[checked(Capacity * explainer.FeatureCount)];
        var labelled = columns.Label is null ? 0 : Capacity;
        (_labels, _faults) = (new long[labelled], new string?[labelled]);
        _shown = new float[columns.Outputs.Max(o => o.Type.Size)];
    }

    public override int Capacity { get; }

    public override void Expect(long? total)
    {
        if (_slow is not null)
            _slow.Total = total;
    }

    public override void Bind(DataViewRow source, Func<string, ColumnBuffer?> kept)
    {
        _read = _feed.Reader(source, kept, this);
        _label = _columns.Label is { } label ? Label(label.Find(source.Schema)) : null;
        _label?.Bind(source);
    }

    // Numbers are classes counted from 0, whatever these are called.
    private LabelReader Label(DataViewSchema.Column column) => new(column, Columns.ColumnTypes.ItemOf(column.Type) is NumberDataViewType
        ? [.. Enumerable.Range(0, _explainer.OutputCount).Select(o => $"{o}")] : _columns.OutputNames);

    int IRowMemory.Size(int input) => _explainer.FeatureCount;

    Span<T> IRowMemory.Row<T>(int input, int row) =>
        MemoryMarshal.Cast<float, T>(_features.AsSpan(row * _explainer.FeatureCount, _explainer.FeatureCount));

    protected override void Clear()
    {
    }

    protected override void Read(int row)
    {
        _read!(row);
        if (_label is null)
            return;
        // A label that is no class is made harmless, so that the other rows do not suffer.
        var label = _label.Read(out var fault);
        _faults[row] = fault is null ? null : $"has {fault}";
        var isClass = label >= 0 && label < _explainer.OutputCount && label == Math.Floor(label);
        _labels[row] = isClass ? (long)label : 0;
        if (!isClass)
            _faults[row] ??= FormattableString.Invariant($"has {label} in the label column '{_columns.Label!.Name}', which is no class; ")
                + $"the model has {_explainer.OutputCount} classes, 0 to {_explainer.OutputCount - 1}.";
    }

    protected override string? Fault(int row) => _label is null ? null : _faults[row];

    protected override void Score(int rows)
    {
        _host.Run(_columns.Options.Cancellation, cancellation =>
        {
            if (_slow is null)
                Explain(null);
            else
                _slow.Work(rows, Explain);

            void Explain(Action<double>? progress) => _explainer.Explain(Features(rows), _explained,
                _labels.AsSpan(0, Math.Min(rows, _labels.Length)), scored: false, progress, cancellation);
        });
        _hasPairs = false;
        // Pairs are computed when they are asked for, and need the rows once more.
        if (!_explained.HasInteractions)
            _feed.Done();
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
                    _host.Run(_columns.Options.Cancellation,
                        cancellation => _explainer.ExplainPairs(Features(explained.Count), explained, cancellation));
                _hasPairs = true;
                var size = slots * explained.Players * explained.Players;
                return Shown<T>(explained.Interactions.Slice(row * size, size));
        }
    }

    protected override void Release()
    {
        if (_owns)
            _explainer.Dispose();
    }

    private ReadOnlySpan<float> Features(int rows) => _features.AsSpan(0, rows * _explainer.FeatureCount);

    private ReadOnlySpan<T> Shown<T>(ReadOnlySpan<double> numbers) where T : unmanaged
    {
        var shown = _shown.AsSpan(0, numbers.Length);
        TensorPrimitives.ConvertTruncating(numbers, shown);
        return MemoryMarshal.Cast<float, T>(shown);
    }
}
