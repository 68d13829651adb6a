// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A data view with columns added to those of its source, computed as rows pass.</summary>
internal sealed class MappedDataView : IDataView, IRowToRowMapper
{
    private const int Threads = 2;
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly IRowMapper _mapper;
    private readonly ColumnBindings _bindings;

    public MappedDataView(IHost host, IDataView source, IRowMapper mapper)
    {
        _host = host;
        _source = source;
        _mapper = mapper;
        _bindings = new ColumnBindings(source.Schema, mapper.GetOutputColumns());
    }

    public bool CanShuffle => _source.CanShuffle;

    public DataViewSchema Schema => _bindings.Schema;

    public DataViewSchema InputSchema => _source.Schema;

    public DataViewSchema OutputSchema => _bindings.Schema;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = ActiveColumns.Of(columnsNeeded, Schema);
        var shuffled = CanShuffle ? rand : null;
        if (!BackgroundCursor.CanRead(Schema.Where(column => active[column.Index])))
            return new Cursor(_host, this, _source.GetRowCursor(_bindings.InputsFor(active, _mapper), shuffled), active);
        var cursors = GetRowCursorSet(columnsNeeded, Threads, shuffled);
        return cursors[0] is SynchronizedCursor { IsReadAhead: true } ? new BackgroundCursor(_host, cursors[0]) : cursors[0];
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = ActiveColumns.Of(columnsNeeded, Schema);
        var needed = _bindings.InputsFor(active, _mapper).ToArray();
        var inputs = _source.GetRowCursorSet(needed, n, rand);
        if (inputs is not [var input])
        {
            // Several are a source's right to give; one holds the same rows.
            foreach (var unused in inputs)
                unused.Dispose();
            input = _source.GetRowCursor(needed, rand);
        }
        var isReadAhead = input is BackgroundCursor or SynchronizedCursor { IsReadAhead: true };
        if (!isReadAhead && n > 1 && _bindings.Added.Any(column => active[column]) && BackgroundCursor.CanRead(input.Schema.Where(input.IsColumnActive)))
            input = new BackgroundCursor(_host, input);
        return [new Cursor(_host, this, input, active)];
    }

    IEnumerable<DataViewSchema.Column> IRowToRowMapper.GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => _bindings.InputsFor(ActiveColumns.Of(dependingColumns, Schema), _mapper);

    DataViewRow IRowToRowMapper.GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckValue(activeColumns, nameof(activeColumns));
        Contracts.Check(input.Schema == InputSchema, "The row must have the schema that the mapper was made for.");
        return new Row(this, input, ActiveColumns.Of(activeColumns, Schema));
    }

    private static ValueGetter<TValue> Typed<TValue>(Delegate getter, DataViewSchema.Column column)
        => getter as ValueGetter<TValue> ?? throw Contracts.ExceptGetterType<TValue>(column);

    private sealed class Row : DataViewRow
    {
        private readonly MappedDataView _parent;
        private readonly DataViewRow _input;
        private readonly Delegate[] _getters;
        private readonly Action _disposer;
        private bool _disposed;

        public Row(MappedDataView parent, DataViewRow input, bool[] active)
        {
            _parent = parent;
            _input = input;
            _getters = parent._mapper.CreateGetters(input, parent._bindings.ActiveAdded(active), out _disposer);
        }

        public override DataViewSchema Schema => _parent.Schema;

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column)
            => _parent._bindings.IsInput(column.Index, out var index) ? _input.IsColumnActive(_input.Schema[index]) : _getters[index] != null;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            => _parent._bindings.IsInput(column.Index, out var index)
                ? _input.GetGetter<TValue>(_input.Schema[index])
                : Typed<TValue>(_getters[index], column);

        protected override void Dispose(bool disposing)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (disposing)
            {
                _disposer?.Invoke();
                _input.Dispose();
            }
        }
    }

    private sealed class Cursor : SynchronizedCursor
    {
        private readonly MappedDataView _parent;
        private readonly bool[] _active;
        private readonly Delegate[] _getters;
        private readonly Action _disposer;
        private bool _disposed;

        public Cursor(IChannelProvider provider, MappedDataView parent, DataViewRowCursor input, bool[] active) : base(provider, input)
        {
            _parent = parent;
            _active = active;
            _getters = parent._mapper.CreateGetters(input, parent._bindings.ActiveAdded(active), out _disposer);
        }

        public override DataViewSchema Schema => _parent.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Contracts.Check(column.Index < _active.Length, $"Column '{column.Name}' is not part of this schema.");
            return _active[column.Index];
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.Check(IsColumnActive(column), $"Column '{column.Name}' was not asked for when the cursor was made.");
            return _parent._bindings.IsInput(column.Index, out var index)
                ? Input.GetGetter<TValue>(Input.Schema[index])
                : Typed<TValue>(_getters[index], column);
        }

        protected override void Dispose(bool disposing)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (disposing)
                _disposer?.Invoke();
            base.Dispose(disposing);
        }
    }
}
