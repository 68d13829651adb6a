using System.Data.Common;
using System.Globalization;
using System.Numerics;
using Microsoft.Data.Sqlite;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Where a query is asked.</summary>
/// <param name="Provider">The kind of database.</param>
/// <param name="Variable">The variable of the environment that holds the connection string, which is said nowhere.</param>
internal sealed record SqlSource(string Provider, string Variable)
{
    /// <summary>How a query begins where a file of rows is named.</summary>
    public const string Mark = "sql:";

    private static readonly Dictionary<string, Func<DbConnection>> Providers = new()
    {
        ["sqlite"] = () => new SqliteConnection(),
    };

    /// <summary>The kinds of databases, for help texts.</summary>
    public static string Known => string.Join('|', Providers.Keys);

    /// <summary>Whether a path is a query.</summary>
    public static bool IsQuery(string path) => path.StartsWith(Mark, StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuses what is no kind of database.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static string Check(string provider) => Providers.ContainsKey(provider) ? provider
        : throw new UsageException($"There is no provider '{provider}'.{Nearest.To(provider, Providers.Keys)} There are {Known}.");

    /// <summary>Opens the connection.</summary>
    public DbConnection Open()
    {
        var connection = Providers[Provider]();
        try
        {
            connection.ConnectionString = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? text
                : throw new InvalidDataException($"The variable {Variable} of the environment, which should hold the connection string, is "
                    + "not set.");
            connection.Open();
            return connection;
        }
        catch (Exception e) when (e is DbException or ArgumentException)
        {
            connection.Dispose();
            // What a provider says of a connection string may hold parts of it.
            throw new InvalidDataException($"The database of {Provider} that the variable {Variable} names cannot be opened"
                + $"{(e is DbException told ? $" (error {told.ErrorCode})" : ": it is no connection string")}.");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}

/// <summary>The rows that a query gives, one after the other.</summary>
internal sealed class SqlRecords : IRecords
{
    private readonly string _query;
    private readonly DbConnection _connection;
    private readonly DbCommand _command;
    private readonly DbDataReader _reader;

    /// <summary>Asks a query.</summary>
    /// <param name="query">The query, after its mark.</param>
    /// <param name="source">Where it is asked.</param>
    /// <exception cref="InvalidDataException">The database refuses it.</exception>
    public SqlRecords(string query, SqlSource source)
    {
        (_query, _connection) = (query, source.Open());
        _command = _connection.CreateCommand();
        _command.CommandText = query[SqlSource.Mark.Length..].Trim();
        _command.CommandTimeout = 0;
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

    public string this[int column] => _reader.GetValue(column) switch
    {
        DBNull => "",
        string text => text,
        bool flag => flag ? "1" : "0",
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        byte[] => throw RowFault.Of($"{_query}, row {Line}, column '{Names[column]}': bytes were found; numbers, texts and "
            + "dates can be read.", Names[column]),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        var other => other.ToString() ?? "",
    };

    public string[] ToArray() => [.. Enumerable.Range(0, Count).Select(c => this[c])];

    public bool TryNumber<T>(int column, out T number) where T : unmanaged, INumber<T>
    {
        number = default;
        if (typeof(T) == typeof(double) && _reader.GetValue(column) is double real && double.IsFinite(real))
        {
            number = T.CreateTruncating(real);
            return true;
        }
        return false;
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

    private T Told<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (DbException e)
        {
            throw new InvalidDataException($"The database refuses '{_query}': {e.Message}", e);
        }
    }
}
