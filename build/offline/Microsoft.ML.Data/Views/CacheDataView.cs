// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Keeps the values of each column that is asked for, from the first pass over it.</summary>
internal sealed class CacheDataView(IHostEnvironment env, IDataView source) : IDataView
{
    private readonly Dictionary<int, Array> _columns = [];
    private long? _rows;

    public bool CanShuffle => true;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => _rows ?? source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = ActiveColumns.Of(columnsNeeded, Schema);
        lock (_columns)
            Fill([.. Schema.Where(column => active[column.Index] && !_columns.ContainsKey(column.Index))]);
        var order = rand == null ? null : Enumerable.Range(0, (int)_rows).ToArray();
        rand?.Shuffle(order);
        return new Cursor(env, this, active, order);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private void Fill(DataViewSchema.Column[] missing)
    {
        if (missing.Length == 0 && _rows != null)
            return;
        using var cursor = source.GetRowCursor(missing);
        var stores = missing
            .Select(column => GenericCall.Invoke<IStore>(typeof(CacheDataView), nameof(StoreOf), column.Type.RawType, cursor, column))
            .ToArray();
        var rows = 0L;
        for (; cursor.MoveNext(); rows++)
        {
            foreach (var store in stores)
                store.Add();
        }
        for (var i = 0; i < missing.Length; i++)
            _columns[missing[i].Index] = stores[i].ToArray();
        _rows = rows;
    }

    private static IStore StoreOf<T>(DataViewRowCursor cursor, DataViewSchema.Column column) => new Store<T>(cursor.GetGetter<T>(column));

    private interface IStore
    {
        void Add();

        Array ToArray();
    }

    private sealed class Store<T>(ValueGetter<T> get) : IStore
    {
        private readonly List<T> _values = [];

        public void Add()
        {
            T value = default;
            get(ref value);
            _values.Add(value);
        }

        public Array ToArray() => _values.ToArray();
    }

    private sealed class Cursor(IHostEnvironment env, CacheDataView parent, bool[] active, int[] order) : RootCursor(env)
    {
        private int Row => order?[Position] ?? (int)Position;

        public override DataViewSchema Schema => parent.Schema;

        public override long Batch => 0;

        public override ValueGetter<DataViewRowId> GetIdGetter()
            => (ref DataViewRowId id) =>
            {
                CheckHasRow();
                id = new DataViewRowId((ulong)Row, 0);
            };

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Contracts.CheckParam(column.Index < active.Length, nameof(column));
            return active[column.Index];
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.CheckParam(IsColumnActive(column), nameof(column), $"Column '{column.Name}' was not asked for when the cursor was made.");
            // Vectors are handed out as copies: callers write into what they were given.
            var (method, type) = column.Type is VectorDataViewType vector ? (nameof(BufferGetterOf), vector.ItemType.RawType) : (nameof(GetterOf), column.Type.RawType);
            var getter = GenericCall.Invoke<Delegate>(typeof(Cursor), this, method, [type], parent._columns[column.Index]);
            return getter as ValueGetter<TValue> ?? throw Contracts.ExceptGetterType<TValue>(column);
        }

        protected override bool MoveNextCore() => Position + 1 < parent._rows;

        private Delegate BufferGetterOf<T>(Array values)
        {
            var typed = (VBuffer<T>[])values;
            return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
            {
                CheckHasRow();
                typed[Row].CopyTo(ref value);
            });
        }

        private Delegate GetterOf<T>(Array values)
        {
            var typed = (T[])values;
            return (ValueGetter<T>)((ref T value) =>
            {
                CheckHasRow();
                value = typed[Row];
            });
        }
    }
}
