using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Images.Pictures;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Images.Scoring;

/// <summary>
/// A cursor with two batches of images: while one is explained and handed out, the images of the other are decoded. What else the consumer
/// wants of these rows is kept meanwhile.
/// </summary>
internal sealed class ImageCursor : DataViewRowCursor
{
    private readonly SchemaBinding _binding;
    private readonly DataViewRowCursor _source;
    private readonly bool[] _active;
    private readonly PictureEngine _engine;
    private readonly SharedSession _session;
    private readonly BatchRunner _runner;
    private readonly PictureBatch[] _batches;
    private readonly ExceptionDispatchInfo?[] _failures = new ExceptionDispatchInfo?[2];
    private readonly Func<PictureValue> _images;
    private readonly ValueGetter<DataViewRowId> _sourceId;
    private readonly Dictionary<int, ColumnBuffer> _kept = [];
    private readonly Delegate?[] _getters;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _sourceBatches;
    private readonly RowPlace _place = new();
    private readonly int _capacity;
    private int _current = 1;
    private long _position = -1;
    private bool _ended;
    private bool _disposed;

    /// <summary>Opens a cursor on a source, which it disposes of at the end.</summary>
    public ImageCursor(SchemaBinding binding, DataViewRowCursor source, bool[] active, ImageExplanationTransformer transformer)
    {
        (_binding, _source, _active, _session) = (binding, source, active, transformer.Session);
        _engine = new PictureEngine(transformer.Plan, source.Schema, transformer.Host);
        _capacity = transformer.Plan.Options.Runtime.BatchSize;
        var opened = _session.Acquire();
        try
        {
            _runner = new BatchRunner(opened, transformer.Plan.Model, _capacity);
        }
        catch
        {
            _session.Release();
            throw;
        }
        var wanted = transformer.Wanted(binding, active);
        _batches = [new PictureBatch(_engine, _runner, _capacity, wanted), new PictureBatch(_engine, _runner, _capacity, wanted)];
        (_ids, _sourceBatches) = (new DataViewRowId[2 * _capacity], new long[2 * _capacity]);
        _images = ImageSource.Of(transformer.Plan, source);
        _sourceId = source.GetIdGetter();
        foreach (var column in binding.PassedThrough(active))
            _kept[column.Index] = ColumnBuffer.Of(source, source.Schema[column.Index], 2 * _capacity);
        _getters = [.. active.Select((isActive, i) => !isActive ? null
            : binding.IsPassedThrough(i, out var index) ? _kept[index].Getter(_place)
            : ImageGetters.Of(transformer.Plan.Columns[index], () => Result(index)))];
    }

    public override DataViewSchema Schema => _binding.Whole;

    public override long Position => _position;

    public override long Batch => _sourceBatches[_place.Current];

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[_binding.CheckedIndex(column)];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[_place.Current];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => ImageDataView.As<TValue>(
        _getters[_binding.CheckedIndex(column)]
            ?? throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the cursor was made."), column);

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        if (_place.Row >= 0 && _place.Row + 1 < First(_current) + _batches[_current].Count)
        {
            _place.Row++;
        }
        else if (!Advance())
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
            foreach (var batch in _batches)
                batch.Dispose();
            _engine.Dispose();
            _runner.Dispose();
            _session.Release();
            _source.Dispose();
        }
        base.Dispose(disposing);
    }

    private int First(int batch) => batch * _capacity;

    private object? Result(int column) => _batches[_current].Result(column, _place.Current - First(_current), _position);

    // The other batch was read while this one was handed out; now it is its turn, and this one reads on.
    private bool Advance()
    {
        if (_position < 0)
            Fill(0);
        _current = 1 - _current;
        if (_batches[_current].Count == 0)
        {
            _failures[_current]?.Throw();
            return false;
        }
        if (_failures[_current] is { } failure)
            (_failures[1 - _current], _ended) = (failure, true);
        Fill(1 - _current);
        _place.Row = First(_current);
        return true;
    }

    // A source that fails half way through a batch fails for its consumer when the consumer gets there.
    private void Fill(int batch)
    {
        var rows = _batches[batch];
        rows.Restart();
        try
        {
            while (!_ended && rows.Count < _capacity)
            {
                if (!_source.MoveNext())
                {
                    _ended = true;
                    break;
                }
                var row = First(batch) + rows.Count;
                foreach (var buffer in _kept.Values)
                    buffer.Read(row);
                _sourceId(ref _ids[row]);
                _sourceBatches[row] = _source.Batch;
                rows.Add(_images());
            }
        }
        catch (Exception e)
        {
            _failures[batch] = ExceptionDispatchInfo.Capture(e);
        }
    }
}
