using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>Queries of PostgreSQL, and of providers that the user brings.</summary>
[TestClass]
public class AskingServers
{
    [TestMethod]
    public async Task PostgreSQL_gives_what_a_file_gives()
    {
        using var server = PostgresServer.Start();
        using var work = new Workplace();
        var command = SharingJobsOut.Command(work, rows: 60);
        server.Execute("CREATE TABLE people (place bigint, key text, size double precision, age smallint, colour integer, city numeric, "
            + "grade bigint, share real, born date, seen timestamp, isnew boolean)");
        foreach (var (place, row) in work.ReadCsv("rows.csv")[1..].Index().Reverse())
            server.Execute($"INSERT INTO people VALUES ({place}, '{row[0]}', "
                + $"{string.Join(", ", row[1..].Select(cell => cell.Length == 0 ? "NULL" : cell))}, '2026-02-01', "
                + "'2026-02-01 10:20:30', true)");
        string[] Ask(string query) =>
            [.. command[..3], query, .. command[4..], "--provider", "postgresql", "--connection", server.Variable];
        (await work.RunAsync([.. command, "--columns", "size..share", "-o", "@file.csv"])).IsDone();
        var ordered = Ask("sql:SELECT * FROM people ORDER BY place");
        (await work.RunAsync([.. ordered, "--columns", "size..share", "-o", "@query.csv"])).IsDone();
        Assert.AreEqual(File.ReadAllText(work["file.csv"]), File.ReadAllText(work["query.csv"]));

        (await work.RunAsync([.. ordered, "--columns", "size..share", "--id-column", "born", "--id-column", "seen",
            "--id-column", "isnew", "-o", "@ids.csv"])).IsDone();
        Assert.Contains("2026-02-01,2026-02-01T10:20:30.0000000,1", File.ReadAllText(work["ids.csv"]));

        var wrong = await work.RunAsync([.. Ask("sql:SELECT * FROM nobody"), "-o", "@out.csv"]);
        wrong.Failed("The database refuses", "relation \"nobody\" does not exist");
        (await work.RunAsync([.. Ask("sql:SELECT ARRAY[1,2] AS a, 1 AS b"), "-o", "@out.csv"])).Failed("column 'a'", "was found");
        (await work.RunAsync([.. Ask("sql:SELECT 'NaN'::numeric AS a, 1 AS b"), "-o", "@out.csv"])).Failed("column 'a'", "in .NET");

        Environment.SetEnvironmentVariable(server.Variable, server.ConnectionString.Replace(";Database", "x;Database"));
        wrong = await work.RunAsync([.. ordered, "-o", "@out.csv"]);
        wrong.Failed("cannot be opened", "28P01");
        Assert.DoesNotContain(PostgresServer.Password, wrong.Error);
    }

    [TestMethod]
    public async Task A_provider_is_brought_by_its_assembly()
    {
        using var work = new Workplace();
        var command = SharingJobsOut.Command(work, rows: 5);
        var folder = Directory.CreateDirectory(work["provider"]).FullName;
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*SQLite*.dll", new EnumerationOptions
            { MatchCasing = MatchCasing.CaseInsensitive }).Concat(Directory.GetFiles(
                Path.Combine(AppContext.BaseDirectory, "runtimes", Portable, "native"), "*e_sqlite3.*")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var assembly = Path.Combine(folder, "Microsoft.Data.Sqlite.dll");
        Assert.IsTrue(File.Exists(assembly));
        var variable = $"BROUGHT_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(variable, "Data Source=:memory:");
        const string query = "sql:SELECT 1.5 AS size, 2 AS age, 0 AS colour, 1 AS city, 3 AS grade, 0.25 AS share, 'a' AS key ORDER BY 1";
        Task<Outcome> Ask(string provider, string output, params string[] more) => work.RunAsync([.. command[..3], query, .. command[4..],
            "--provider", provider, "--connection", variable, "--columns", "size..share", "-o", output, .. more]);
        (await Ask("sqlite", "@own.csv")).IsDone();
        (await Ask(assembly, "@brought.csv", "--rows", "0..1")).IsDone();
        Assert.AreEqual(File.ReadAllText(work["own.csv"]), File.ReadAllText(work["brought.csv"]));
        Assert.DoesNotContain(folder, File.ReadAllText(work["brought.csv.manifest.json"]));

        (await Ask(Path.Combine(folder, "none.dll"), "@out.csv")).Failed("There is no file", "none.dll");
        (await Ask(typeof(AskingServers).Assembly.Location, "@out.csv")).Failed("holds 0 providers");
        File.WriteAllText(Path.Combine(folder, "text.dll"), "no code");
        (await Ask(Path.Combine(folder, "text.dll"), "@out.csv")).Failed("cannot be loaded");
    }

    // Packages name no distribution.
    private static string Portable => $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}-"
        + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
}
