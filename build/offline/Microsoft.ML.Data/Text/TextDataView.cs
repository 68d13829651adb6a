// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The lines of text files as rows.</summary>
internal sealed class TextDataView(IHost host, DataViewSchema schema, TextColumn[] columns, TextLoader.Options options, IMultiStreamSource source) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(host, schema, columns, options, source, ActiveColumns.Of(columnsNeeded, schema));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor : RootCursor
    {
        private readonly TextLoader.Options _options;
        private readonly TextLines _splitter;
        private readonly IEnumerator<(string Line, long Number, bool IsFirst)> _lines;
        private readonly Delegate[] _getters;
        private readonly List<Action> _parsers = [];
        private List<string> _fields;
        private long _number;

        public Cursor(IHost host, DataViewSchema schema, TextColumn[] columns, TextLoader.Options options, IMultiStreamSource source, bool[] active) : base(host)
        {
            Schema = schema;
            _options = options;
            _splitter = new TextLines(options);
            _lines = TextLines.Read(source).GetEnumerator();
            _getters = [.. columns.Select((column, i) => active[i]
                ? GenericCall.Invoke<Delegate>(typeof(Cursor), this, column.IsVector ? nameof(VectorGetter) : nameof(ScalarGetter), [column.ItemType.RawType], column)
                : null)];
        }

        public override DataViewSchema Schema { get; }

        public override long Batch => 0;

        public override ValueGetter<DataViewRowId> GetIdGetter()
            => (ref DataViewRowId id) =>
            {
                CheckHasRow();
                id = new DataViewRowId((ulong)Position, 0);
            };

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Contracts.Check(column.Index < _getters.Length, $"Column '{column.Name}' is not part of this schema.");
            return _getters[column.Index] != null;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.CheckParam(column.Index < _getters.Length, nameof(column), $"Column '{column.Name}' is not part of this schema.");
            Contracts.Check(IsColumnActive(column), $"Column '{column.Name}' was not asked for when the cursor was made.");
            return _getters[column.Index] as ValueGetter<TValue> ?? throw Contracts.ExceptGetterType<TValue>(column);
        }

        protected override bool MoveNextCore()
        {
            if (Position + 1 >= (_options.MaxRows ?? long.MaxValue))
                return false;
            do
            {
                if (!_lines.MoveNext())
                    return false;
            }
            while (_options.HasHeader && string.IsNullOrWhiteSpace(_options.HeaderFile) && _lines.Current.IsFirst);
            _fields = _splitter.Split(_lines.Current.Line);
            _number = _lines.Current.Number;
            // The whole line is read before it becomes the current row, so a bad field stops the cursor in front of it.
            foreach (var parse in _parsers)
                parse();
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _lines.Dispose();
            base.Dispose(disposing);
        }

        private Delegate ScalarGetter<T>(TextColumn column)
        {
            var parse = TextValues.ParserOf<T>(column.ItemType, _options);
            T current = default;
            _parsers.Add(() => current = Parse(parse, column, column.Runs[0].Min));
            return (ValueGetter<T>)((ref T value) =>
            {
                CheckHasRow();
                value = current;
            });
        }

        private Delegate VectorGetter<T>(TextColumn column)
        {
            var parse = TextValues.ParserOf<T>(column.ItemType, _options);
            VBuffer<T> current = default;
            _parsers.Add(() =>
            {
                var slots = column.Slots(_fields.Count).ToArray();
                var editor = VBufferEditor.Create(ref current, slots.Length);
                foreach (var (field, slot) in slots)
                    editor.Values[slot] = Parse(parse, column, field);
                current = editor.Commit();
            });
            return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
            {
                CheckHasRow();
                current.CopyTo(ref value);
            });
        }

        private T Parse<T>(TextParser<T> parse, TextColumn column, int field)
        {
            var text = field < _fields.Count ? _fields[field] : "";
            if (parse(text, out var value) || TextValues.HasMissing(column.ItemType))
                return value;
            throw Contracts.ExceptDecode("Text could not be read.", Contracts.Except($"'{text}' in line {_number} is no {column.ItemType} for column '{column.Name}'."));
        }
    }
}
