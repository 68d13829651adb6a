using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>
/// Arrow: texts, whole numbers of 64 bits, real ones of double precision, not packed. Batches have as many rows wherever these come from,
/// so that the same rows make the same file.
/// </summary>
internal sealed class ArrowTableWriter : ITableWriter, IDisposable
{
    // Texts end a batch before the offsets of their bytes, of 32 bits, do.
    private const int BytesOfTextInBatch = 1 << 26;

    private readonly Column[] _columns;
    private readonly Schema _schema;
    private readonly ArrowStreamWriter _writer;
    private readonly int _rowsInBatch;
    private int _column, _rows;

    public ArrowTableWriter(Stream stream, IReadOnlyList<(string Name, CellKind Kind)> columns, bool isStream)
    {
        _rowsInBatch = ITableWriter.RowsInBlock(columns.Count);
        _columns =
        [
            .. columns.Select(c => c.Kind switch
            {
                CellKind.Whole => (Column)new Numbers<long>(_rowsInBatch, Int64Type.Default),
                CellKind.Real => new Numbers<double>(_rowsInBatch, DoubleType.Default),
                _ => new Texts(_rowsInBatch),
            }),
        ];
        _schema = new Schema(columns.Select((c, i) => new Field(c.Name, _columns[i].Type, nullable: false)), []);
        _writer = isStream ? new ArrowStreamWriter(stream, _schema, leaveOpen: true)
            : new ArrowFileWriter(stream, _schema, leaveOpen: true);
        _writer.WriteStart();
    }

    public void Cell(string text) => _columns[_column++].Add(text);

    public void Number<T>(T number) where T : unmanaged, INumber<T> => _columns[_column++].Add(number);

    public void EndRow()
    {
        _column = 0;
        if (++_rows >= _rowsInBatch || System.Array.Exists(_columns, c => c.Bytes >= BytesOfTextInBatch))
            WriteBatch();
    }

    /// <summary>Appends the rows of a batch of a file with the same columns.</summary>
    public void Append(RecordBatch batch)
    {
        for (var row = 0; row < batch.Length; row++)
        {
            for (var column = 0; column < _columns.Length; column++)
                _columns[column].Add(batch.Column(column), row);
            EndRow();
        }
    }

    public void Complete()
    {
        if (_rows > 0)
            WriteBatch();
        _writer.WriteEnd();
    }

    public void Dispose() => _writer.Dispose();

    private void WriteBatch()
    {
        using (var batch = new RecordBatch(_schema, _columns.Select(c => c.Build(_rows)), _rows))
            _writer.WriteRecordBatch(batch);
        _rows = 0;
    }

    private abstract class Column(ArrowType of)
    {
        public ArrowType Type => of;

        /// <summary>How many bytes of text there are.</summary>
        public virtual int Bytes => 0;

        public abstract void Add(string text);

        public abstract void Add<T>(T number) where T : unmanaged, INumber<T>;

        /// <summary>Adds a cell of another file.</summary>
        public abstract void Add(IArrowArray cells, int row);

        /// <summary>The cells as they are written, and begins anew.</summary>
        public abstract IArrowArray Build(int rows);
    }

    private sealed class Numbers<TCell>(int capacity, ArrowType type) : Column(type) where TCell : unmanaged, INumber<TCell>
    {
        private readonly byte[] _bytes = new byte[capacity * Marshal.SizeOf<TCell>()];
        private int _count;

        public override void Add(string text) => Append(TCell.Parse(text, CultureInfo.InvariantCulture));

        public override void Add<T>(T number) => Append(ITableWriter.TypedCell<T, TCell>(number));

        public override void Add(IArrowArray cells, int row) => Append(((PrimitiveArray<TCell>)cells).Values[row]);

        public override IArrowArray Build(int rows)
        {
            _count = 0;
            return ArrowArrayFactory.BuildArray(new ArrayData(Type, rows, 0, 0,
                [ArrowBuffer.Empty, new ArrowBuffer(_bytes.AsMemory(0, rows * Marshal.SizeOf<TCell>()))]));
        }

        private void Append(TCell cell) => MemoryMarshal.Cast<byte, TCell>(_bytes.AsSpan())[_count++] = cell;
    }

    private sealed class Texts(int capacity) : Column(StringType.Default)
    {
        private readonly byte[] _ends = new byte[(capacity + 1) * sizeof(int)];
        private byte[] _bytes = new byte[1 << 10];
        private int _count, _length;

        public override int Bytes => _length;

        public override void Add<T>(T number) => Add(number.ToString(null, CultureInfo.InvariantCulture));

        public override void Add(string text)
        {
            Grow(Encoding.UTF8.GetByteCount(text));
            End(Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length)));
        }

        public override void Add(IArrowArray cells, int row)
        {
            var text = ((StringArray)cells).GetBytes(row);
            Grow(text.Length);
            text.CopyTo(_bytes.AsSpan(_length));
            End(text.Length);
        }

        public override IArrowArray Build(int rows)
        {
            var bytes = _bytes.AsMemory(0, _length);
            (_count, _length) = (0, 0);
            return new StringArray(rows, new ArrowBuffer(_ends.AsMemory(0, (rows + 1) * sizeof(int))), new ArrowBuffer(bytes),
                ArrowBuffer.Empty);
        }

        private void Grow(int by)
        {
            if (checked(_length + by) > _bytes.Length)
                System.Array.Resize(ref _bytes, (int)Math.Min(System.Array.MaxLength, Math.Max(2L * _bytes.Length, _length + by)));
        }

        private void End(int length) => MemoryMarshal.Cast<byte, int>(_ends.AsSpan())[++_count] = _length += length;
    }
}
