using System.Globalization;
using Parquet;
using Parquet.Schema;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Parquet: texts, whole numbers of 64 bits, real ones of double precision.</summary>
internal sealed class ParquetTableWriter : ITableWriter
{
    private const int CellsInGroup = 1 << 20;

    private readonly Column[] _columns;
    private readonly ParquetWriter _writer;
    private readonly int _rowsInGroup;
    private int _column, _rows;

    public ParquetTableWriter(Stream stream, IReadOnlyList<(string Name, CellKind Kind)> columns)
    {
        _columns =
        [
            .. columns.Select(c => c.Kind switch
            {
                CellKind.Whole => (Column)new Numbers<long>(c.Name),
                CellKind.Real => new Numbers<double>(c.Name),
                _ => new Texts(c.Name),
            }),
        ];
        _writer = ParquetWriter.CreateAsync(new ParquetSchema(_columns.Select(c => c.Field)), stream).GetAwaiter().GetResult();
        _rowsInGroup = Math.Max(1, CellsInGroup / columns.Count);
    }

    public void Cell(string text) => _columns[_column++].Add(text);

    public void EndRow()
    {
        _column = 0;
        if (++_rows >= _rowsInGroup)
            WriteGroup();
    }

    public void Complete()
    {
        if (_rows > 0)
            WriteGroup();
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private void WriteGroup()
    {
        using var group = _writer.CreateRowGroup();
        foreach (var column in _columns)
            column.Write(group).GetAwaiter().GetResult();
        _rows = 0;
    }

    private abstract class Column(DataField of)
    {
        public DataField Field => of;

        public abstract void Add(string text);

        public abstract Task Write(ParquetRowGroupWriter group);
    }

    private sealed class Texts(string name) : Column(new DataField<string>(name))
    {
        private readonly List<string> _cells = [];

        public override void Add(string text) => _cells.Add(text);

        public override async Task Write(ParquetRowGroupWriter group)
        {
            await group.WriteAsync(Field, _cells, null);
            _cells.Clear();
        }
    }

    private sealed class Numbers<T>(string name) : Column(new DataField<T>(name)) where T : struct, IParsable<T>
    {
        private readonly List<T> _cells = [];

        public override void Add(string text) => _cells.Add(T.Parse(text, CultureInfo.InvariantCulture));

        public override async Task Write(ParquetRowGroupWriter group)
        {
            await group.WriteAsync<T>(Field, _cells.ToArray(), null, null, default);
            _cells.Clear();
        }
    }
}
