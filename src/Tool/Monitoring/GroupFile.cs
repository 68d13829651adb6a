using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Monitoring;

/// <summary>The rows that were explained, in which the group of each is looked up by its number.</summary>
internal sealed class GroupFile : IDisposable
{
    private readonly CellTable _table;
    private readonly int _column;
    private long _row = -1;

    public GroupFile(string path, string column)
    {
        if (!DataFiles.IsTable(path))
            throw new UsageException($"--data takes a table with the column '{column}'; '{path}' is an array.");
        _table = new CellTable(path, new CsvOptions { HasHeader = true });
        try
        {
            _column = new CsvHeader(path, _table.Header, _table.Count).Find(column, "--group-column");
        }
        catch
        {
            _table.Dispose();
            throw;
        }
    }

    /// <summary>The group of a row, which does not stand before that asked for last.</summary>
    /// <param name="number">The row's number, from 0.</param>
    /// <param name="place">Where it is asked for, for messages.</param>
    public string At(long number, string place)
    {
        if (number < _row)
            throw new InvalidDataException(
                $"{place}: row {number} follows row {_row}; rows were expected in the order of '{_table.Path}'.");
        if (number > _row && _table.Advance(number - _row) < number - _row)
            throw new InvalidDataException(
                $"{place}: '{_table.Path}' has no row {number}; the rows that were explained were expected there.");
        _row = number;
        return _table[_column];
    }

    public void Dispose() => _table.Dispose();
}
