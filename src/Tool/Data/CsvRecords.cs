using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>The records of a CSV file, blank lines left out, each with as many cells as the first.</summary>
internal sealed class CsvRecords : IRecords
{
    /// <summary>The longest cell accepted, in characters.</summary>
    public const int MaximumCell = 1 << 16;

    private readonly string _path;
    private readonly DataStream _file;
    private readonly bool _hasDecimalComma;
    private readonly CsvParser _parser;
    private readonly bool _keepsBlanks;
    private bool _quotesAreBad;
    private int _lineBefore;

    public CsvRecords(string path, CsvOptions options)
    {
        (_path, Delimiter) = (path, options.DelimiterOf(path));
        (_keepsBlanks, _hasDecimalComma) = (options.KeepsBlanks, options.HasDecimalComma);
        _file = new DataStream(path);
        _parser = new CsvParser(new BoundedLines(new StreamReader(_file.Content), path), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = Delimiter.ToString(),
            TrimOptions = TrimOptions.Trim,
            MaxFieldSize = MaximumCell,
            BadDataFound = _ => _quotesAreBad = true,
            CacheFields = false,
            Mode = options.HasNoQuotes ? CsvMode.NoEscape : CsvMode.RFC4180,
            Escape = options.Escape,
        });
    }

    /// <summary>What separates cells.</summary>
    public char Delimiter { get; }

    public string[]? Names => null;

    public int Count { get; private set; }

    public int Line => _parser.RawRow;

    public double Progress => _file.Progress;

    /// <summary>Where the current record stands.</summary>
    public string Place => $"{_path}, line {Line}";

    /// <summary>Outer blanks are removed.</summary>
    public string this[int column]
    {
        get
        {
            _quotesAreBad = false;
            var cell = _parser[column];
            if (!_quotesAreBad)
                return _hasDecimalComma ? WithPoint(cell, column) : cell;
            // A mark that is not closed swallows lines; the trouble is in the first of them.
            var place = Line == _lineBefore + 1 ? Place : $"{_path}, from line {_lineBefore + 1} on";
            throw RowFault.Of($"{place}, column {column + 1}: the quotation marks do not pair up. A cell with quotation "
                + "marks stands in quotation marks, those inside doubled.");
        }
    }

    public bool MoveNext()
    {
        while (Read())
        {
            if (_parser.Count == 1 && Count > 1 && this[0].Length == 0)
                continue;
            if (Count == 0)
                Count = _parser.Count;
            return _parser.Count == Count
                ? true
                : throw RowFault.Of(
                    $"{Place}: {Count} cells were expected, as in the lines before; {_parser.Count} were found.");
        }
        return false;
    }

    public string[] ToArray()
    {
        string[] cells = [.. Enumerable.Range(0, Count).Select(i => this[i])];
        return _keepsBlanks ? WithBlanks(cells) : cells;
    }

    // The parser trims both ends; what stood behind a cell without quotation marks is taken from the line itself.
    private string[] WithBlanks(string[] cells)
    {
        var line = _parser.RawRecord.AsSpan().TrimEnd("\r\n");
        for (var i = 0; i < cells.Length && !line.IsEmpty; i++)
        {
            var rest = line.TrimStart(Delimiter == '\t' ? " " : " \t");
            if (rest.StartsWith("\""))
            {
                var end = 1;
                while (end < rest.Length && (rest[end] != '"' || end + 1 < rest.Length && rest[end + 1] == '"' && end++ > 0))
                    end++;
                rest = rest[Math.Min(end + 1, rest.Length)..];
                line = rest.IndexOf(Delimiter) is >= 0 and var next ? rest[(next + 1)..] : default;
                continue;
            }
            var length = rest.IndexOf(Delimiter) is >= 0 and var at ? at : rest.Length;
            cells[i] = rest[..length].ToString();
            line = length < rest.Length ? rest[(length + 1)..] : default;
        }
        return cells;
    }

    public void Dispose()
    {
        _parser.Dispose();
        _file.Dispose();
    }

    // Numbers alone: what else a cell with a comma may be, a text, stays as it is.
    private string WithPoint(string cell, int column)
    {
        if (!cell.Contains(',') && !cell.Contains('.') || !CsvNumber.IsNumber(cell.Replace(',', '.')))
            return cell;
        return !cell.Contains('.') ? cell.Replace(',', '.') : throw new InvalidDataException(
            $"{Place}, column {column + 1}: '{cell}' has a decimal point, and --decimal-comma says that numbers have commas.");
    }

    private bool Read()
    {
        _lineBefore = Line;
        try
        {
            return _parser.Read();
        }
        catch (InvalidDataException e) when (e.Source == "System.IO.Compression")
        {
            throw new InvalidDataException($"'{_path}' is no whole gzip file: {e.Message}", e);
        }
        catch (MaxFieldSizeException e)
        {
            throw new InvalidDataException(
                $"{Place}: a cell has more than {MaximumCell} characters. Perhaps a quotation mark is not closed.", e);
        }
    }
}
