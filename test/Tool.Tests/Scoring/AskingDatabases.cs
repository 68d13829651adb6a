using Microsoft.Data.Sqlite;

namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>What a query gives is scored as a file is, and nobody sees how the database was reached.</summary>
[TestClass]
public class AskingDatabases
{
    [TestMethod]
    public async Task A_query_gives_what_a_file_gives()
    {
        using var work = new Workplace();
        var command = SharingJobsOut.Command(work, rows: 60);
        using var variable = Connected(work);
        string[] query = ["sql:SELECT * FROM people WHERE size >= 0 ORDER BY place", "--provider", "sqlite", "--connection", variable.Name];
        string[] ofDatabase = [.. command[..3], .. query, .. command[4..], "--columns", "size..share"];
        string[] ofFile = [.. command, "--columns", "size..share"];
        (await work.RunAsync([.. ofFile, "-o", "@file.csv"])).IsDone();
        (await work.RunAsync([.. ofDatabase, "-o", "@query.csv"])).IsDone();
        Assert.AreEqual(File.ReadAllText(work["file.csv"]), File.ReadAllText(work["query.csv"]));

        for (var i = 1; i <= 3; i++)
            (await work.RunAsync([.. ofDatabase, "-o", $"@share{i}.csv", "--shard", $"{i}/3", "--resume"])).IsDone();
        (await work.RunAsync("merge", "@share*.csv", "-o", "@merged.csv")).IsDone();
        Assert.AreEqual(File.ReadAllText(work["file.csv"]), File.ReadAllText(work["merged.csv"]));
        Assert.DoesNotContain(Connection.Secret, string.Concat(work.Files.Where(f => f.EndsWith(".json", StringComparison.Ordinal))
            .Select(f => File.ReadAllText(work[f]))));
        Assert.DoesNotContain(variable.Name, File.ReadAllText(work["share1.csv.manifest.json"]));
    }

    [TestMethod]
    public async Task What_a_database_refuses_is_told_without_the_connection()
    {
        using var work = new Workplace();
        var command = SharingJobsOut.Command(work, rows: 5);
        using var variable = Connected(work);
        Task<Outcome> Ask(string query, params string[] more) =>
            work.RunAsync([.. command[..3], query, .. command[4..], "-o", "@out.csv", .. more]);
        string[] where = ["--provider", "sqlite", "--connection", variable.Name];
        (await Ask("sql:SELECT * FROM nobody", where)).Failed("The database refuses", "no such table: nobody");
        (await Ask("sql:SELECT * FROM people")).WasWrongUse("say where it is asked: --provider sqlite");
        (await Ask("sql:SELECT * FROM people", "--provider", "oracle", "--connection", variable.Name)).WasWrongUse("no provider 'oracle'");
        (await Ask("sql:SELECT * FROM people", "--provider", "sqlite")).WasWrongUse("goes with --connection");
        work.Write("rows.csv", "key,size,age,colour,city,grade,share\n1,1,1,1,1,1,1\n");
        (await Ask("@rows.csv", where)).WasWrongUse("--provider and --connection say where a query is asked, and there is none");
        (await Ask("sql:SELECT * FROM people", "--provider", "sqlite", "--connection", "NOT_SET_AT_ALL")).Failed("NOT_SET_AT_ALL", "is not set");
        (await Ask("sql:SELECT * FROM people", [.. where, "--shard", "1/2"])).WasWrongUse("say ORDER BY");
        (await Ask("sql:SELECT * FROM people WHERE size > 9 ORDER BY place", where)).Failed("is empty");
        (await work.RunAsync([.. command, "-o", "sql:SELECT 1"])).WasWrongUse("is a query");

        Environment.SetEnvironmentVariable(variable.Name, $"Data Source=/nowhere/{Connection.Secret}/x.db;Mode=ReadOnly");
        var refused = await Ask("sql:SELECT 1 AS a", where);
        refused.Failed("cannot be opened");
        Assert.DoesNotContain(Connection.Secret, refused.Error);
        Environment.SetEnvironmentVariable(variable.Name, $"Password of {Connection.Secret}");
        refused = await Ask("sql:SELECT 1 AS a", where);
        refused.Failed("no connection string");
        Assert.DoesNotContain(Connection.Secret, refused.Error);
    }

    // The rows of the file, in another order.
    private static Connection Connected(Workplace work)
    {
        var connection = new Connection(work);
        using var database = new SqliteConnection(Environment.GetEnvironmentVariable(connection.Name));
        database.Open();
        using var command = database.CreateCommand();
        var table = work.ReadCsv("rows.csv");
        command.CommandText = "CREATE TABLE people (place INTEGER, key TEXT, size REAL, age INTEGER, colour INTEGER, city INTEGER, "
            + "grade INTEGER, share REAL);";
        command.ExecuteNonQuery();
        foreach (var (place, row) in table[1..].Index().Reverse())
        {
            command.CommandText = $"INSERT INTO people VALUES ({place}, '{row[0]}', "
                + string.Join(", ", row[1..].Select(cell => cell.Length == 0 ? "NULL" : cell)) + ")";
            command.ExecuteNonQuery();
        }
        return connection;
    }

    private sealed class Connection : IDisposable
    {
        public const string Secret = "verysecretname";

        public Connection(Workplace work) => Environment.SetEnvironmentVariable(Name, $"Data Source={work[Secret]};Pooling=False");

        public string Name { get; } = $"PEOPLE_{Guid.NewGuid():N}";

        public void Dispose() => Environment.SetEnvironmentVariable(Name, null);
    }
}
