using System.Diagnostics;
using Npgsql;

namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>
/// A PostgreSQL server of the test's own, on a socket in a temporary folder. Where none is installed, tests are inconclusive and say so;
/// where POSTGRES_REQUIRED is set, they fail.
/// </summary>
internal sealed class PostgresServer : IDisposable
{
    public const string Password = "verysecretpassword";

    private const string Owner = "postgres";

    private readonly string _folder = Directory.CreateTempSubdirectory("introspection-").FullName;
    private readonly string _programs;

    private PostgresServer(string programs) => _programs = programs;

    /// <summary>The name of a variable that holds the connection string.</summary>
    public string Variable { get; } = $"POSTGRES_{Guid.NewGuid():N}";

    public string ConnectionString => $"Host={_folder};Username={Owner};Password={Password};Database=postgres;Pooling=False";

    public static PostgresServer Start()
    {
        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).LastOrDefault(d =>
                System.IO.File.Exists(Path.Combine(d, "initdb"))) : null;
        if (programs is null || Environment.IsPrivilegedProcess && !System.IO.File.Exists("/usr/sbin/runuser"))
        {
            const string missing = "There is no PostgreSQL on this machine: install it (Debian: apt-get install postgresql).";
            if (Environment.GetEnvironmentVariable("POSTGRES_REQUIRED") is { Length: > 0 })
                Assert.Fail(missing);
            Assert.Inconclusive(missing);
        }
        var server = new PostgresServer(programs!);
        try
        {
            System.IO.File.WriteAllText(server.File("password"), Password);
            // It refuses to be run by root.
            if (Environment.IsPrivilegedProcess)
                Run("chown", "-R", Owner, server._folder);
            server.AsOwner("initdb", "-D", server.Data, "-U", Owner, "-A", "scram-sha-256", "--pwfile", server.File("password"), "-N");
            server.AsOwner("pg_ctl", "-D", server.Data, "-w", "-l", server.File("log"), "-o", $"-k {server._folder} -h '' -F",
                "start");
            Environment.SetEnvironmentVariable(server.Variable, server.ConnectionString);
            return server;
        }
        catch
        {
            Directory.Delete(server._folder, recursive: true);
            throw;
        }
    }

    /// <summary>Runs statements.</summary>
    public void Execute(string statements)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(statements, connection);
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        AsOwner("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => File("data");

    private string File(string name) => Path.Combine(_folder, name);

    private void AsOwner(string program, params string[] arguments)
    {
        program = Path.Combine(_programs, program);
        if (Environment.IsPrivilegedProcess)
            Run("/usr/sbin/runuser", ["-u", Owner, "--", program, .. arguments]);
        else
            Run(program, arguments);
    }

    // The server keeps what it inherits: its streams are no pipes that somebody would wait for.
    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program,
            .. arguments]) { WorkingDirectory = "/" })!;
        Assert.IsTrue(process.WaitForExit(TimeSpan.FromMinutes(1)), $"{program} does not end.");
        Assert.AreEqual(0, process.ExitCode, $"{program} {string.Join(' ', arguments)}");
    }
}
