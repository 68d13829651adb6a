using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>A file of cells with the names of its columns told apart from its rows.</summary>
internal sealed class CellTable : IDisposable
{
    private readonly Queue<string> _further;
    private readonly int _files;
    private IRecords _records;
    private string _file;
    private readonly CsvOptions _options;

    // Rows that were read to see what the columns are, with their lines.
    private readonly Queue<(string[] Cells, int Line)> _ahead = new();
    private (string[] Cells, int Line)? _current;
    private InvalidDataException? _fault;
    private bool _isRead;

    /// <summary>Opens the file and reads the names of its columns, and the first row.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is read.</param>
    /// <exception cref="InvalidDataException">It holds no row.</exception>
    public CellTable(string path, CsvOptions options)
    {
        (Path, _options) = (path, options);
        _further = new(DataFiles.Named(path));
        _files = _further.Count;
        // Of several files some may be empty, as programs that share work leave them.
        do
        {
            _records?.Dispose();
            _file = _further.Dequeue();
            _records = IRecords.Open(_file, options);
            try
            {
                Header = ReadHeader(mayBeEmpty: _further.Count > 0);
                if (_ahead.Count == 0 && !ReadAhead() && _further.Count == 0)
                    throw new InvalidDataException(
                        $"'{_file}' holds no rows: its only line was taken for the names of the columns. If it is a row, say --no-header.");
            }
            catch
            {
                _records.Dispose();
                throw;
            }
        }
        while (_ahead.Count == 0);
        FirstRow = _ahead.Peek().Cells;
    }

    /// <summary>The file, or files, as the user named them.</summary>
    public string Path { get; }

    /// <summary>The names of the columns; null where the file has none.</summary>
    public string[]? Header { get; }

    /// <summary>The first row, which shows what the columns hold.</summary>
    public string[] FirstRow { get; }

    /// <summary>How many columns there are.</summary>
    public int Count => _records.Count;

    /// <summary>Whether commas separate cells, where something has to.</summary>
    public bool IsSplitByCommas => _records is CsvRecords { Delimiter: ',' };

    /// <summary>How much of the file has been read, from 0 to 1.</summary>
    public double Progress => (_files - 1 - _further.Count + _records.Progress) / _files;

    /// <summary>The line on which the current row ends, from 1.</summary>
    public int Line => _current?.Line ?? _records.Line;

    /// <summary>A cell of the current row.</summary>
    public string this[int column] => _current is { } row ? row.Cells[column] : Whole[column];

    // Of a damaged row there are no cells.
    private IRecords Whole => _fault is null ? _records : throw _fault;

    /// <inheritdoc cref="IRecords.TryNumber"/>
    public bool TryNumber<T>(int column, out T number) where T : unmanaged, INumber<T>
    {
        number = default;
        return _current is null && Whole.TryNumber(column, out number);
    }

    /// <summary>Where the current row stands.</summary>
    public string Place => $"{_file}, {(_records is ParquetRecords or ArrowRecords or SqlRecords ? "row" : "line")} {Line}";

    /// <summary>All cells of the current row.</summary>
    public string[] Cells => _current is { } row ? row.Cells : Whole.ToArray();

    /// <summary>A cell that is carried along; of a damaged row, where such are passed, it may be empty.</summary>
    public string CarriedCell(int column)
    {
        try
        {
            return this[column];
        }
        catch (InvalidDataException e) when (_options.PassesFaults && RowFault.IsOfRow(e))
        {
            return "";
        }
    }

    /// <summary>Goes some rows on.</summary>
    /// <returns>How many; fewer at the end.</returns>
    public long Advance(long rows)
    {
        for (var gone = 0L; gone < rows; gone++)
        {
            // What lies between is not looked at, unless a row may be damaged and still counts.
            if (_ahead.Count == 0 && rows - gone > 1 && !_options.PassesFaults)
            {
                (_current, _fault) = (null, null);
                gone += _records.Skip(rows - gone - 1);
            }
            var isAhead = _ahead.TryDequeue(out var row);
            // At the last of those the file itself still stands, with its numbers as they are, unless it was the last of all.
            _current = isAhead && (_ahead.Count > 0 || _isRead) ? row : null;
            if (!isAhead && !MoveNext())
                return gone;
        }
        return rows;
    }

    public void Dispose() => _records.Dispose();

    private bool MoveNext()
    {
        _fault = null;
        try
        {
            return _records.MoveNext() || MoveToNextFile();
        }
        catch (InvalidDataException fault) when (_options.PassesFaults && RowFault.IsOfRow(fault))
        {
            _fault = fault;
            return true;
        }
    }

    // A further file has the columns of the first, in their order.
    private bool MoveToNextFile()
    {
        while (_further.TryDequeue(out var file))
        {
            _records.Dispose();
            (_file, _records) = (file, IRecords.Open(file, _options));
            if (!_records.MoveNext())
                continue;
            var names = _records.Names ?? (Header is null ? null : Array.ConvertAll(_records.ToArray(), cell => cell.Trim()));
            var isNamed = _records.Names is null && Header is not null;
            if (_records.Count != FirstRow.Length || names is not null && !names.SequenceEqual(Header!))
                throw new InvalidDataException($"'{file}' has other columns than the files before it ({string.Join(", ", names ?? [])}; "
                    + $"{string.Join(", ", Header ?? [])}); all files of '{Path}' are read as one table.");
            if (!isNamed || _records.MoveNext())
                return true;
        }
        return false;
    }

    private bool ReadAhead()
    {
        _isRead = !_records.MoveNext();
        if (_isRead)
            return false;
        _ahead.Enqueue((_records.ToArray(), _records.Line));
        return true;
    }

    private string[]? ReadHeader(bool mayBeEmpty)
    {
        if (!ReadAhead())
            return mayBeEmpty ? null : throw new InvalidDataException($"'{_file}' is empty; rows were expected.");
        if (_records.Names is { } names)
            return names;
        if (_options.ColumnNames is { } known)
            return Known(known);
        if (_options.HasHeader == false)
            return null;
        ReadAhead();
        string[] first = Array.ConvertAll(_ahead.Peek().Cells, cell => cell.Trim());
        if (!(_options.HasHeader ?? IsHeader(first, _ahead.Count > 1 ? _ahead.Last().Cells : null)))
            return null;
        _ahead.Dequeue();
        return first;
    }

    // The file's own names count where they are the known ones, in whatever order; others are known by their places.
    private string[] Known(IReadOnlyList<string> known)
    {
        string[] first = Array.ConvertAll(_ahead.Peek().Cells, cell => cell.Trim());
        var isNamed = _options.HasHeader != false;
        if (isNamed)
            _ahead.Dequeue();
        if (isNamed && known.All(first.Contains))
            return first;
        if (known.Count == first.Length)
        {
            if (isNamed)
                _options.Note($"the columns of '{Path}' are not called as they were; they are taken by their places.");
            return [.. known];
        }
        return isNamed ? first : throw new InvalidDataException($"'{Path}' has {first.Length} columns, and no names; {known.Count} were "
            + $"expected: {string.Join(", ", known.Select(n => $"'{n}'"))}.");
    }

    private bool IsHeader(string[] first, string[]? second)
    {
        string[] numbers = [.. first.Where(cell => cell.Length > 0 && CsvNumber.IsNumber(cell))];
        // What the model calls its features, or the user calls columns, is known; numbers may be names, too.
        var known = _options.Features.Count > 1 || _options.Features is [var only] && !CsvNumber.IsNumber(only) ? _options.Features
            : [.. _options.Columns.Concat(_options.IdColumns).Append(_options.LabelColumn ?? "").Where(n => !CsvNumber.IsNumber(n))];
        if (known.Count > 0 && known.Select(FeatureNaming.Underlined).All(first.Select(FeatureNaming.Underlined).Contains))
        {
            if (numbers.Length == first.Length)
                _options.Note($"the first line of '{Path}' holds the names of the model's features and is taken for the names of the "
                    + "columns; if it is a row, say --no-header.");
            return true;
        }
        // Names stand over numbers; where every column goes on as it began, the first line is a row.
        var isText = Enumerable.Range(0, first.Length).Any(i =>
            !CsvNumber.IsNumber(first[i]) && (second is null || CsvNumber.IsNumber(second[i])));
        if (numbers.Length == 0 || second is null)
            return isText;
        // Years, places, pixels: whole and different. Beside a text they are names as well, else the text is that of a row.
        var mayBeNames = AreWholeAndDifferent(numbers);
        var isHeader = isText && mayBeNames;
        string[] below = [.. second.Where(cell => cell.Length > 0)];
        // Some of the names, or one of them twice, while the next line has other numbers.
        var isMadeOfNames = Array.TrueForAll(first, known.Contains) && !Array.TrueForAll(second, known.Contains);
        if (isText || isMadeOfNames
            || mayBeNames && first.Length > 1 && Array.TrueForAll(below, CsvNumber.IsNumber) && !AreWholeAndDifferent(below))
            _options.Note($"the first line of '{Path}' is taken for {(isHeader ? "the names of the columns" : "a row")}; "
                + $"if it is {(isHeader ? "a row, say --no-header" : "their names, say --header")}.");
        return isHeader;
    }

    private static bool AreWholeAndDifferent(string[] numbers) => numbers.Distinct().Count() == numbers.Length
        && Array.TrueForAll(numbers, n => long.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _));
}
