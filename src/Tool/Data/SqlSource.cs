using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Where a query is asked.</summary>
/// <param name="Provider">The kind of database: one of those known, or the assembly (.dll) of another provider of ADO.NET.</param>
/// <param name="Variable">The variable of the environment that holds the connection string, which is said nowhere.</param>
internal sealed record SqlSource(string Provider, string Variable)
{
    /// <summary>How a query begins where a file of rows is named.</summary>
    public const string Mark = "sql:";

    private static readonly Dictionary<string, DbProviderFactory> Providers = new()
    {
        ["sqlite"] = SqliteFactory.Instance,
        ["postgresql"] = NpgsqlFactory.Instance,
    };

    private static readonly string[] Secrets = ["pass", "pwd", "secret", "token", "key"];

    /// <summary>The kinds of databases, for help texts.</summary>
    public static string Known => $"{string.Join('|', Providers.Keys)}|FILE.dll";

    /// <summary>The kind of database as a manifest tells of it: not where an assembly lies.</summary>
    public string Name => ProviderAssembly.IsOne(Provider) ? Path.GetFileName(Provider) : Provider;

    /// <summary>Whether a path is a query.</summary>
    public static bool IsQuery(string path) => path.StartsWith(Mark, StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuses what is no kind of database.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static string Check(string provider) => Providers.ContainsKey(provider) || ProviderAssembly.IsOne(provider) ? provider
        : throw new UsageException($"There is no provider '{provider}'.{Nearest.To(provider, Providers.Keys)} There are {Known}.");

    /// <summary>Opens the connection.</summary>
    /// <exception cref="InvalidDataException">The variable is not set, or the database cannot be opened.</exception>
    public DbConnection Open()
    {
        var text = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given
            : throw new InvalidDataException($"The variable {Variable} of the environment, which should hold the connection string, is "
                + "not set.");
        var factory = Providers.GetValueOrDefault(Provider) ?? ProviderAssembly.Load(Provider);
        DbConnection? connection = null;
        try
        {
            connection = factory.CreateConnection()
                ?? throw new InvalidDataException($"The provider '{Name}' makes no connections.");
            connection.ConnectionString = text;
            connection.Open();
            return connection;
        }
        catch (Exception e) when (e is not InvalidDataException)
        {
            connection?.Dispose();
            // What a provider says of a connection string may hold parts of it.
            throw new InvalidDataException($"The database of {Name} that the variable {Variable} names cannot be opened{Reason(e)}.");
        }
    }

    /// <summary>What a database says, without the secrets of the connection string.</summary>
    public string Discreet(string message)
    {
        DbConnectionStringBuilder parts = [];
        try
        {
            parts.ConnectionString = Environment.GetEnvironmentVariable(Variable);
        }
        catch (ArgumentException)
        {
            return "what it says is not told, as it may hold parts of the connection string";
        }
        foreach (string key in parts.Keys)
            if (Array.Exists(Secrets, s => key.Contains(s, StringComparison.OrdinalIgnoreCase))
                && parts[key]?.ToString() is { Length: > 0 } secret)
                message = message.Replace(secret, "…", StringComparison.Ordinal);
        return message;
    }

    private static string Reason(Exception error) => error switch
    {
        { InnerException: SocketException socket } => $" ({socket.SocketErrorCode})",
        DbException { SqlState: { Length: > 0 } state } => $" (SQLSTATE {state})",
        DbException told => $" (error {told.ErrorCode})",
        ArgumentException or FormatException => ": it is no connection string",
        _ => $" ({error.GetType().Name})",
    };
}
