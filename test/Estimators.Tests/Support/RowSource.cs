using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>Data whose values are functions of the row's number, and which remembers what was asked of it.</summary>
internal sealed class RowSource(int rows) : IDataView
{
    private readonly List<(string Name, DataViewType Type, Delegate Value, string[]? SlotNames, DataViewSchema.Annotations? Annotations)> _columns = [];
    private DataViewSchema? _schema;
    private int _rowsRead;
    private int _open;

    /// <summary>How many rows all cursors together have moved to.</summary>
    public int RowsRead => _rowsRead;

    /// <summary>How many cursors were made and not disposed of.</summary>
    public int OpenCursors => _open;

    /// <summary>The columns that the last cursor was asked for.</summary>
    public string[] LastAsked { get; private set; } = [];

    /// <summary>How often the value of a column was read.</summary>
    public Dictionary<string, int> ValuesRead { get; } = [];

    /// <summary>The row that cannot be read; -1 for none.</summary>
    public int FailingRow { get; init; } = -1;

    /// <summary>
    /// The batch number of a row. No two cursors of a set may share one: ML.NET brings the rows of a set back into order by it.
    /// </summary>
    public Func<int, long> BatchOf { get; init; } = row => row;

    public bool CanShuffle => false;

    public DataViewSchema Schema => _schema ??= MakeSchema();

    public RowSource Add<T>(string name, DataViewType type, Func<int, T> value, string[]? slotNames = null) =>
        Add(name, type, value, slotNames, null);

    public RowSource Add<T>(string name, DataViewType type, Func<int, T> value, DataViewSchema.Annotations annotations) =>
        Add(name, type, value, null, annotations);

    private RowSource Add(string name, DataViewType type, Delegate value, string[]? slotNames, DataViewSchema.Annotations? annotations)
    {
        _columns.Add((name, type, value, slotNames, annotations));
        ValuesRead[name] = 0;
        return this;
    }

    public long? GetRowCount() => rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        Open(columnsNeeded, 0, 1);

    /// <summary>Deals the rows out in turn.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [.. Enumerable.Range(0, n).Select(i => Open(columnsNeeded, i, n))];

    private Cursor Open(IEnumerable<DataViewSchema.Column> columns, int first, int step)
    {
        var asked = columns.ToList();
        LastAsked = [.. asked.Select(c => c.Name)];
        Interlocked.Increment(ref _open);
        return new Cursor(this, [.. asked.Select(c => c.Index)], first, step);
    }

    private DataViewSchema MakeSchema()
    {
        var builder = new DataViewSchema.Builder();
        foreach (var (name, type, _, slotNames, others) in _columns)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            if (slotNames is not null)
                annotations.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, slotNames.Length),
                    (ref VBuffer<ReadOnlyMemory<char>> value) =>
                        value = new VBuffer<ReadOnlyMemory<char>>(slotNames.Length, [.. slotNames.Select(s => s.AsMemory())]));
            builder.AddColumn(name, type, others ?? annotations.ToAnnotations());
        }
        return builder.ToSchema();
    }

    private sealed class Cursor(RowSource parent, HashSet<int> active, int first, int step) : DataViewRowCursor
    {
        private int _row = -1;
        private bool _disposed;

        public override DataViewSchema Schema => parent.Schema;

        public override long Position => _row < 0 ? -1 : (_row - first) / step;

        public override long Batch => parent.BatchOf(_row);

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_row, 7);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Assert.IsTrue(IsColumnActive(column), $"'{column.Name}' was not asked for.");
            var (name, _, value, _, _) = parent._columns[column.Index];
            var typed = (Func<int, TValue>)value;
            return (ref TValue result) =>
            {
                lock (parent.ValuesRead)
                    parent.ValuesRead[name]++;
                // As sources of images do.
                (result as IDisposable)?.Dispose();
                result = typed(_row);
            };
        }

        public override bool MoveNext()
        {
            if (_disposed)
                return false;
            _row = _row < 0 ? first : _row + step;
            if (_row == parent.FailingRow)
                throw new IOException($"Row {_row} cannot be read.");
            if (_row < parent.GetRowCount())
                Interlocked.Increment(ref parent._rowsRead);
            return _row < parent.GetRowCount();
        }

        protected override void Dispose(bool disposing)
        {
            if (!_disposed)
                Interlocked.Decrement(ref parent._open);
            _disposed = true;
        }
    }
}
