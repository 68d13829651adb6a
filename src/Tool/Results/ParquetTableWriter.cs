using System.Globalization;
using System.Numerics;
using Parquet;
using Parquet.Schema;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>
/// Parquet: texts, whole numbers of 64 bits, real ones of double precision. Groups have as many rows wherever these come from, so that the
/// same rows make the same file. A group is packed and written while the next one is filled.
/// </summary>
internal sealed class ParquetTableWriter : ITableWriter, IDisposable
{
    private readonly Column[] _columns;
    private readonly ParquetWriter _writer;
    private readonly int _rowsInGroup;
    private int _column, _rows;
    private Task _writing = Task.CompletedTask;

    public ParquetTableWriter(Stream stream, IReadOnlyList<(string Name, CellKind Kind)> columns)
    {
        _rowsInGroup = ITableWriter.RowsInBlock(columns.Count);
        _columns =
        [
            .. columns.Select(c => c.Kind switch
            {
                CellKind.Whole => (Column)new Numbers<long>(c.Name, _rowsInGroup),
                CellKind.Real => new Numbers<double>(c.Name, _rowsInGroup),
                _ => new Texts(c.Name, _rowsInGroup),
            }),
        ];
        _writer = ParquetWriter.CreateAsync(new ParquetSchema(_columns.Select(c => c.Field)), stream).GetAwaiter().GetResult();
    }

    public void Cell(string text) => _columns[_column++].Add(text);

    public void Number<T>(T number) where T : unmanaged, INumber<T> => _columns[_column++].Add(number);

    public void EndRow()
    {
        _column = 0;
        if (++_rows >= _rowsInGroup)
            WriteGroup();
    }

    /// <summary>Appends the rows of a group of a file with the same columns.</summary>
    public void Append(ParquetRowGroupReader group, IReadOnlyList<DataField> fields)
    {
        var count = checked((int)group.RowCount);
        for (var column = 0; column < _columns.Length; column++)
            _columns[column].Read(group, fields[column], count);
        for (var first = 0; first < count;)
        {
            var few = Math.Min(count - first, _rowsInGroup - _rows);
            foreach (var column in _columns)
                column.AddRead(first, few);
            (first, _rows) = (first + few, _rows + few);
            if (_rows >= _rowsInGroup)
                WriteGroup();
        }
    }

    public void Complete()
    {
        if (_rows > 0)
            WriteGroup();
        _writing.GetAwaiter().GetResult();
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Waits until nothing is written any more. What went wrong then was told, or goes with what ended the job.</summary>
    public void Dispose() => ((IAsyncResult)_writing).AsyncWaitHandle.WaitOne();

    private void WriteGroup()
    {
        _writing.GetAwaiter().GetResult();
        var rows = _rows;
        foreach (var column in _columns)
            column.Turn();
        _writing = Task.Run(async () =>
        {
            using var group = _writer.CreateRowGroup();
            foreach (var column in _columns)
                await column.Write(group, rows);
        });
        _rows = 0;
    }

    private abstract class Column(DataField of)
    {
        public DataField Field => of;

        public abstract void Add(string text);

        public abstract void Add<T>(T number) where T : unmanaged, INumber<T>;

        public abstract void Read(ParquetRowGroupReader group, DataField field, int rows);

        public abstract void AddRead(int first, int count);

        /// <summary>Lays the cells aside to be written, and begins anew.</summary>
        public abstract void Turn();

        public abstract Task Write(ParquetRowGroupWriter group, int rows);
    }

    private abstract class Column<T>(DataField of, int capacity) : Column(of)
    {
        private T[] _cells = new T[capacity];
        private int _count;

        protected T[] Full { get; private set; } = [];

        protected T[] Foreign { get; set; } = [];

        public override void AddRead(int first, int count)
        {
            Foreign.AsSpan(first, count).CopyTo(_cells.AsSpan(_count));
            _count += count;
        }

        public override void Turn() =>
            (Full, _cells, _count) = (_cells, Full.Length == 0 ? new T[capacity] : Full, 0);

        protected void Append(T cell) => _cells[_count++] = cell;
    }

    private sealed class Texts(string name, int capacity) : Column<string>(new DataField<string>(name), capacity)
    {
        public override void Add<T>(T number) => Append(number.ToString(null, CultureInfo.InvariantCulture));

        public override void Add(string text) => Append(text);

        public override void Read(ParquetRowGroupReader group, DataField field, int rows)
        {
            Foreign = new string[rows];
            group.ReadAsync(field, ((string?[])Foreign).AsMemory()!).AsTask().GetAwaiter().GetResult();
            for (var i = 0; i < rows; i++)
                Foreign[i] ??= "";
        }

        public override Task Write(ParquetRowGroupWriter group, int rows) =>
            group.WriteAsync(Field, new ArraySegment<string>(Full, 0, rows), null);
    }

    private sealed class Numbers<TCell>(string name, int capacity) : Column<TCell>(new DataField<TCell>(name), capacity)
        where TCell : unmanaged, INumber<TCell>
    {
        public override void Add(string text) => Append(TCell.Parse(text, CultureInfo.InvariantCulture));

        public override void Add<T>(T number) => Append(ITableWriter.TypedCell<T, TCell>(number));

        public override void Read(ParquetRowGroupReader group, DataField field, int rows)
        {
            Foreign = new TCell[rows];
            group.ReadAsync(field, Foreign.AsMemory()).AsTask().GetAwaiter().GetResult();
        }

        public override async Task Write(ParquetRowGroupWriter group, int rows) =>
            await group.WriteAsync<TCell>(Field, Full.AsMemory(0, rows), null, null, default);
    }
}
