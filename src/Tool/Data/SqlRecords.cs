using System.Data.Common;
using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>The rows that a query gives, one after the other.</summary>
internal sealed class SqlRecords : IRecords
{
    private readonly string _query;
    private readonly SqlSource _source;
    private readonly DbConnection _connection;
    private readonly DbCommand _command;
    private readonly DbDataReader _reader;

    /// <summary>Asks a query.</summary>
    /// <param name="query">The query, after its mark.</param>
    /// <param name="source">Where it is asked.</param>
    /// <exception cref="InvalidDataException">The database refuses it.</exception>
    public SqlRecords(string query, SqlSource source)
    {
        (_query, _source, _connection) = (query, source, source.Open());
        _command = _connection.CreateCommand();
        _command.CommandText = query[SqlSource.Mark.Length..].Trim();
        _command.CommandTimeout = 0;
        // DuckDB's provider collects the whole result unless told so; ADO.NET has no word for it.
        _command.GetType().GetProperty("UseStreamingMode")?.SetValue(_command, true);
        try
        {
            _reader = Told(_command.ExecuteReader);
            Names = [.. Enumerable.Range(0, _reader.FieldCount).Select(_reader.GetName)];
        }
        catch
        {
            _command.Dispose();
            _connection.Dispose();
            throw;
        }
        if (Names.Length > 0)
            return;
        Dispose();
        throw new InvalidDataException($"'{query}' gives no rows; a query such as SELECT was expected.");
    }

    public string[] Names { get; }

    public int Count => Names.Length;

    public int Line { get; private set; }

    // Nobody knows before the end.
    public double Progress => 0;

    public string this[int column] => Value(column) switch
    {
        DBNull => "",
        string text => text,
        bool flag => flag ? "1" : "0",
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("O", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("O", CultureInfo.InvariantCulture),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        var other => throw RowFault.Of($"{_query}, row {Line}, column '{Names[column]}': {other.GetType().Name} was found; numbers, "
            + "texts, truth values and dates can be read.", Names[column]),
    };

    public string[] ToArray() => [.. Enumerable.Range(0, Count).Select(c => this[c])];

    public bool TryNumber<T>(int column, out T number) where T : unmanaged, INumber<T>
    {
        number = default;
        return Value(column) switch
        {
            double real => ExactNumber.TryGet(real, out number),
            float real => ExactNumber.TryGet(real, out number),
            long whole => ExactNumber.TryGet(whole, out number),
            int whole => ExactNumber.TryGet(whole, out number),
            short whole => ExactNumber.TryGet(whole, out number),
            decimal exact => ExactNumber.TryGet(exact, out number),
            _ => false,
        };
    }

    public bool MoveNext()
    {
        if (!Told(_reader.Read))
            return false;
        Line++;
        return true;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _command.Dispose();
        _connection.Dispose();
    }

    // Databases have numbers that .NET has not: NUMERIC of a hundred digits, or NaN.
    private object Value(int column)
    {
        try
        {
            return _reader.GetValue(column);
        }
        catch (Exception e) when (e is InvalidCastException or OverflowException)
        {
            throw RowFault.Of($"{_query}, row {Line}, column '{Names[column]}': the value has no counterpart in .NET; convert it in the "
                + "query: CAST(… AS double precision), say.", Names[column], e);
        }
    }

    private T Told<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (DbException e)
        {
            throw new InvalidDataException($"The database refuses '{_query}': {_source.Discreet(e.Message)}");
        }
    }
}
