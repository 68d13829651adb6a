using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>
/// A cursor that reads up to a batch of rows ahead of its consumer, so that the network sees them at once. What else the
/// consumer wants of these rows is kept meanwhile: values, ids, batch numbers.
/// </summary>
internal sealed class ReadAheadCursor : DataViewRowCursor
{
    private readonly SchemaBinding _binding;
    private readonly DataViewRowCursor _source;
    private readonly bool[] _active;
    private readonly RowScorer _scorer;
    private readonly ValueGetter<DataViewRowId> _sourceId;
    private readonly Dictionary<int, ColumnBuffer> _kept = [];
    private readonly ColumnBuffer[] _buffers;
    private readonly Delegate?[] _getters;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private readonly RowPlace _place = new();
    private ExceptionDispatchInfo? _failure;
    private long _position = -1;
    private int _rows;
    private bool _ended;
    private bool _disposed;

    private ReadAheadCursor(SchemaBinding binding, DataViewRowCursor source, bool[] active, RowScorer scorer,
        IReadOnlyList<OutputColumn> outputs)
    {
        (_binding, _source, _active, _scorer) = (binding, source, active, scorer);
        (_ids, _batches) = (new DataViewRowId[scorer.Capacity], new long[scorer.Capacity]);
        _sourceId = source.GetIdGetter();
        foreach (var column in binding.PassedThrough(active))
            _kept[column.Index] = ColumnBuffer.Of(source, source.Schema[column.Index], scorer.Capacity);
        _buffers = [.. _kept.Values];
        scorer.Bind(source, name => _kept.GetValueOrDefault(source.Schema[name].Index));
        _getters = [.. active.Select((isActive, i) => !isActive ? null
            : binding.IsPassedThrough(i, out var index) ? _kept[index].Getter(_place)
            : ResultGetters.Of(scorer, index, outputs[index].Type, _place))];
    }

    /// <summary>Opens a cursor on a source, which it disposes of at the end.</summary>
    /// <param name="binding">The columns.</param>
    /// <param name="source">The source.</param>
    /// <param name="active">Which columns are read.</param>
    /// <param name="transformer">What explains.</param>
    /// <param name="total">How many rows the source has; null where nobody knows.</param>
    public static ReadAheadCursor Open(SchemaBinding binding, DataViewRowCursor source, bool[] active, ExplanationTransformer transformer,
        long? total)
    {
        var scorer = transformer.BatchScorer();
        scorer.Expect(total);
        try
        {
            return new ReadAheadCursor(binding, source, active, scorer, transformer.Outputs);
        }
        catch
        {
            scorer.Dispose();
            throw;
        }
    }

    public override DataViewSchema Schema => _binding.Whole;

    public override long Position => _position;

    public override long Batch => _place.Row >= 0 ? _batches[_place.Row] : _source.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[_binding.CheckedIndex(column)];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[_place.Current];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => ResultGetters.As<TValue>(
        _getters[_binding.CheckedIndex(column)]
            ?? throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the cursor was made."), column);

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        if (_place.Row + 1 < _rows)
        {
            _place.Row++;
        }
        else if (ReadAhead())
        {
            _place.Row = 0;
        }
        else
        {
            Dispose();
            return false;
        }
        _position++;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        (_disposed, _place.Row, _position) = (true, -1, -1);
        if (disposing)
        {
            _scorer.Dispose();
            _source.Dispose();
        }
        base.Dispose(disposing);
    }

    // A source that fails half way through a batch fails for its consumer when the consumer gets there.
    private bool ReadAhead()
    {
        _failure?.Throw();
        (_place.Row, _rows) = (-1, 0);
        _scorer.Restart(_position + 1);
        try
        {
            while (!_ended && _rows < _ids.Length)
            {
                if (!_source.MoveNext())
                    _ended = true;
                else
                    Keep();
            }
        }
        catch (Exception e) when (_rows > 0)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        return _rows > 0;
    }

    private void Keep()
    {
        foreach (var buffer in _buffers)
            buffer.Read(_rows);
        _sourceId(ref _ids[_rows]);
        _batches[_rows] = _source.Batch;
        _scorer.Read();
        _rows++;
    }
}
