using System.Collections;
using System.Numerics;
using Parquet;
using Parquet.Meta;
using Parquet.Schema;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>The rows of a Parquet file, a row group in memory at a time.</summary>
internal sealed class ParquetRecords : IRecords
{
    // Row groups are read whole; writers make them of a million cells or so.
    private const long MostBytes = 1L << 31;

    private readonly string _path;
    private readonly ParquetWindow _window;
    private readonly ParquetPages _pages;
    private readonly ParquetReader _reader;
    private readonly DataField[] _fields;
    private readonly SchemaElement[] _elements;
    private readonly TypedColumn[] _columns;
    private int _group = -1;
    private long _row = -1, _rows;
    private long? _room;
    private int[] _levels = [];

    public ParquetRecords(string path)
    {
        _path = path;
        if (!File.Exists(path))
            throw new FileNotFoundException($"The data file '{path}' does not exist.", path);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        _window = new ParquetWindow(file);
        try
        {
            _pages = new ParquetPages(file, Foreseen(() => ParquetDescription.Check(file)));
            _reader = Foreseen(() => ParquetReader.CreateAsync(_window).GetAwaiter().GetResult());
            _fields = Foreseen(() => _reader.Schema.GetDataFields());
            if (Array.Find(_fields, f => f.MaxRepetitionLevel > 0 || f.Path.Length > 1) is { } nested)
                throw new InvalidDataException($"'{path}' has lists or structures in its column '{nested.Path}'; plain columns were "
                    + "expected. Write the items as columns of their own.");
            _elements = [.. _reader.Metadata!.Schema.Skip(1)];
            if (_elements.Length != _fields.Length || _elements.Zip(_fields).Any(pair => pair.First.Name != pair.Second.Name)
                || _fields.DistinctBy(f => f.Name).Count() != _fields.Length)
                throw Foreseen<Exception>(() => throw new InvalidDataException("two of its columns have one name."));
        }
        catch
        {
            Dispose();
            throw;
        }
        Names = [.. _fields.Select(f => f.Name)];
        _columns = new TypedColumn[_fields.Length];
    }

    public string[] Names { get; }

    public int Count => _fields.Length;

    public int Line { get; private set; }

    public double Progress => (_group + (double)_row / Math.Max(1, _rows)) / Math.Max(1, _reader.RowGroupCount);

    public string this[int column] => _columns[column].Text(_row);

    public string[] ToArray() => [.. _columns.Select(c => c.Text(_row))];

    public bool TryNumber<T>(int column, out T number) where T : unmanaged, INumber<T> => _columns[column].TryNumber(_row, out number);

    public bool MoveNext()
    {
        while (++_row >= _rows)
        {
            if (++_group >= _reader.RowGroupCount)
                return false;
            (_row, _rows) = (-1, Foreseen(ReadGroup));
        }
        Line++;
        return true;
    }

    // Groups that are gone over whole are not read.
    public long Skip(long records)
    {
        var gone = 0L;
        while (gone < records && _group < _reader.RowGroupCount)
        {
            var here = Math.Min(records - gone, Math.Max(0, _rows - 1 - _row));
            (gone, _row, Line) = (gone + here, _row + here, Line + (int)here);
            if (gone == records)
                break;
            if (_group + 1 < _reader.RowGroupCount && Foreseen(() => RowsOf(_group + 1)) is var next && next < records - gone)
                (_group, _row, _rows, gone, Line) = (_group + 1, next - 1, next, gone + next, Line + (int)next);
            else if (MoveNext())
                gone++;
            else
                break;
        }
        return gone;
    }

    public void Dispose() => _window.Dispose();

    private long RowsOf(int number)
    {
        using var group = _reader.OpenRowGroupReader(number);
        return group.RowCount;
    }

    private long ReadGroup()
    {
        using var group = _reader.OpenRowGroupReader(_group);
        var row = _fields.Sum(f => (long)SizeOf(f.ClrType));
        if (group.RowCount < 0 || group.RowCount > MostBytes / Math.Max(1, row))
            throw new InvalidDataException($"'{_path}' has a row group of {group.RowCount:N0} rows of {row:N0} bytes; at most "
                + $"{MostBytes:N0} are read at once. Write it with smaller row groups.");
        for (var i = 0; i < _fields.Length; i++)
            _columns[i] = ReadColumn(group, i);
        return group.RowCount;
    }

    private TypedColumn ReadColumn(ParquetRowGroupReader group, int number)
    {
        try
        {
            if (group.GetMetadata(_fields[number])?.MetaData is not { } chunk)
                throw new InvalidDataException("it is not there, or encrypted.");
            (var end, _room) = _pages.Check(chunk, _elements[number], group.RowCount);
            _window.EndAt(end);
            return Read(group, _fields[number]);
        }
        catch (Exception e)
        {
            throw new InvalidDataException($"row group {_group + 1}, column '{_fields[number].Name}': {e.Message}"
                + (e is NotSupportedException ? "; version 1 of the format holds it otherwise: write the file so." : ""), e);
        }
    }

    private static int SizeOf(System.Type type) => System.Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean or TypeCode.SByte or TypeCode.Byte => 1,
        TypeCode.Int16 or TypeCode.UInt16 => 2,
        TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Single => 4,
        TypeCode.String or TypeCode.Decimal => 16,
        _ => 8,
    };

    private TypedColumn Read(ParquetRowGroupReader group, DataField field) => field.ClrType switch
    {
        var t when t == typeof(string) || t == typeof(ReadOnlyMemory<char>) => Texts(group, field),
        var t when t == typeof(bool) => TypedColumn.Truths(Cells<bool>(group, field)),
        var t when t == typeof(float) => Numbers<float>(group, field),
        var t when t == typeof(double) => Numbers<double>(group, field),
        var t when t == typeof(sbyte) => Numbers<sbyte>(group, field),
        var t when t == typeof(byte) => Numbers<byte>(group, field),
        var t when t == typeof(short) => Numbers<short>(group, field),
        var t when t == typeof(ushort) => Numbers<ushort>(group, field),
        var t when t == typeof(int) => Numbers<int>(group, field),
        var t when t == typeof(uint) => Numbers<uint>(group, field),
        var t when t == typeof(long) => Numbers<long>(group, field),
        var t when t == typeof(ulong) => Numbers<ulong>(group, field),
        var t when t == typeof(decimal) => Numbers<decimal>(group, field),
        var t when t == typeof(DateTime) => TypedColumn.Times(Cells<DateTime>(group, field)),
        var t when t == typeof(DateOnly) => TypedColumn.Dates(Cells<DateOnly>(group, field)),
        var t when t == typeof(TimeSpan) => TypedColumn.Spans(Cells<TimeSpan>(group, field)),
        // Only where it is read: a file may hold columns that nobody asks for.
        var t => new TypedColumn(_ => throw new InvalidDataException(
            $"'{_path}' has a column '{field.Name}' of type {t.Name}; numbers, texts, booleans and dates can be read.")),
    };

    private NumberColumn<T> Numbers<T>(ParquetRowGroupReader group, DataField field) where T : struct, INumber<T> =>
        new(Cells<T>(group, field));

    private Func<long, T?> Cells<T>(ParquetRowGroupReader group, DataField field) where T : struct
    {
        var values = new T[group.RowCount];
        if (!field.IsNullable)
        {
            group.ReadRawAsync(field, values.AsMemory(), null, null).AsTask().GetAwaiter().GetResult();
            return row => values[row];
        }
        var isThere = new BitArray(values.Length);
        ReadSpread(group, field, values, isThere);
        return row => isThere[(int)row] ? values[row] : null;
    }

    // Each text that occurs is held once, however often it does.
    private TypedColumn Texts(ParquetRowGroupReader group, DataField field)
    {
        var values = new ReadOnlyMemory<char>[group.RowCount];
        if (field.IsNullable)
            ReadSpread(group, field, values, null);
        else
            group.ReadRawAsync(field, values.AsMemory(), null, null).AsTask().GetAwaiter().GetResult();
        return new TypedColumn(row => values[row].ToString());
    }

    // The values that are there come one behind the other; each goes to its row, from behind.
    private void ReadSpread<T>(ParquetRowGroupReader group, DataField field, T[] values, BitArray? isThere) where T : struct
    {
        if (_levels.Length < values.Length)
            _levels = new int[values.Length];
        var levels = _levels.AsSpan(0, values.Length);
        group.ReadRawAsync(field, values.AsMemory(), _levels.AsMemory(0, values.Length), null).AsTask().GetAwaiter().GetResult();
        var next = levels.Count(field.MaxDefinitionLevel);
        CheckRoom(next);
        for (var row = values.Length - 1; row >= 0; row--)
        {
            var isHere = levels[row] == field.MaxDefinitionLevel;
            values[row] = isHere ? values[--next] : default;
            isThere?.Set(row, isHere);
        }
    }

    // Where pages are too short for the values that are said to be there, their reader gives others.
    private void CheckRoom(int found)
    {
        if (found > _room)
            throw new InvalidDataException($"it has {found:N0} values, and its pages have room for {_room:N0}.");
    }

    // The reader has exceptions of every kind for what is damaged.
    private T Foreseen<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (FileNotFoundException or UnauthorizedAccessException)
            && !(e is InvalidDataException && e.Message.StartsWith($"'{_path}'", StringComparison.Ordinal)))
        {
            throw new InvalidDataException($"'{_path}' is no Parquet file that can be read: {e.Message}", e);
        }
    }
}
