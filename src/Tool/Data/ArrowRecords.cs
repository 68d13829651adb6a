using System.Globalization;
using System.Numerics;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>The rows of a file of Arrow, a batch in memory at a time. Lists of one length are several cells, V[0], V[1], ….</summary>
internal sealed class ArrowRecords : IRecords
{
    private const long MostCells = 1L << 28;
    private const int MostColumns = 1 << 20;

    private readonly ArrowBatches _batches;
    private TypedColumn[] _columns = [];
    private long _row = -1, _rows;

    public ArrowRecords(string path)
    {
        _batches = new ArrowBatches(path);
        try
        {
            var fields = _batches.Schema.FieldsList;
            if (fields.Sum(f => (long)Width(f)) is var columns and (0 or > MostColumns))
                throw _batches.Damaged($"it has {columns:N0} columns; 1 to {MostColumns:N0} were expected.");
            Names = [.. fields.SelectMany(NamesOf)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string[] Names { get; }

    public int Count => Names.Length;

    public int Line { get; private set; }

    public double Progress => _batches.Progress;

    public string this[int column]
    {
        get
        {
            try
            {
                return _columns[column].Text(_row);
            }
            catch (Exception e) when (e is not InvalidDataException)
            {
                throw Damaged(column, e);
            }
        }
    }

    public string[] ToArray() => [.. Enumerable.Range(0, Count).Select(c => this[c])];

    public bool TryNumber<T>(int column, out T number) where T : unmanaged, INumber<T>
    {
        try
        {
            return _columns[column].TryNumber(_row, out number);
        }
        catch (Exception e) when (e is not InvalidDataException)
        {
            throw Damaged(column, e);
        }
    }

    public bool MoveNext()
    {
        while (++_row >= _rows)
        {
            (_row, _rows) = (-1, 0);
            if (!MoveToBatch())
                return false;
        }
        Line++;
        return true;
    }

    // Batches that are gone over whole are read, and no cell of them is looked at.
    public long Skip(long records)
    {
        var gone = 0L;
        while (gone < records)
        {
            var here = Math.Min(records - gone, Math.Max(0, _rows - 1 - _row));
            (gone, _row, Line) = (gone + here, _row + here, Line + (int)here);
            if (gone == records || !MoveNext())
                break;
            gone++;
        }
        return gone;
    }

    public void Dispose() => _batches.Dispose();

    private static int Width(Field field) => field.DataType is FixedSizeListType list ? list.ListSize : 1;

    private static IEnumerable<string> NamesOf(Field field) => field.DataType is not FixedSizeListType list ? [field.Name]
        : Enumerable.Range(0, list.ListSize).Select(i => string.Create(CultureInfo.InvariantCulture, $"{field.Name}[{i}]"));

    private bool MoveToBatch()
    {
        if (!_batches.MoveNext())
            return false;
        var batch = _batches.Current!;
        if (batch.Length > MostCells / Count)
            throw _batches.Damaged($"a batch has {batch.Length:N0} rows and {Count:N0} columns; at most {MostCells:N0} cells are read at "
                + "once. Write it in smaller batches.");
        if (batch.ColumnCount != _batches.Schema.FieldsList.Count
            || Enumerable.Range(0, batch.ColumnCount).Any(c => batch.Column(c).Length != batch.Length))
            throw _batches.Damaged("its columns are not of one length.");
        try
        {
            _columns = [.. _batches.Schema.FieldsList.SelectMany((field, c) => batch.Column(c) is FixedSizeListArray lists
                ? ArrowColumns.Of(field.Name, lists) : [ArrowColumns.Of(field.Name, batch.Column(c))])];
        }
        catch (Exception e) when (e is not InvalidDataException)
        {
            throw _batches.Damaged(e.Message, e);
        }
        _rows = batch.Length;
        return true;
    }

    private InvalidDataException Damaged(int column, Exception cause) => _batches.Damaged(cause is NotSupportedException ? cause.Message
        : string.Create(CultureInfo.InvariantCulture, $"row {Line}, column '{Names[column]}' is damaged: {cause.Message}"), cause);
}
