using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.ML.Introspection.Jobs;

namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>A job sends metrics and traces to a collector of OpenTelemetry, and does not depend on it.</summary>
[TestClass]
[DoNotParallelize]
public class TellingCollectors
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task Rows_seconds_and_parts_reach_the_collector(bool isInParts)
    {
        using var work = new Workplace();
        using var collector = new Collector();
        (await work.RunAsync([.. SharingJobsOut.Command(work, rows: 1237), "-o", "@out.csv", "--telemetry", collector.Address + "otel/",
            .. isInParts ? (string[])["--shard", "1/1"] : []])).IsSaid("Scored 1,237 rows");
        var metrics = collector.Bodies("/otel/v1/metrics");
        foreach (var words in (string[])
            ["introspection.job.rows", "introspection.job.stage.duration", "compute", "introspect", JobTelemetry.Name])
            Finite.AtLeast(0, metrics.IndexOf(Encoding.UTF8.GetBytes(words)));
        // The sum is a fixed number of 64 bits.
        Finite.AtLeast(0, metrics.IndexOf(BitConverter.GetBytes(1237L)));
        Finite.AtLeast(0, collector.Bodies("/otel/v1/traces").IndexOf("job part"u8));
        if (isInParts)
            Assert.DoesNotContain("telemetry", File.ReadAllText(work["out.csv.manifest.json"]));
    }

    [TestMethod]
    public async Task Where_none_listens_the_job_is_done_and_says_so()
    {
        using var work = new Workplace();
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var done = await work.RunAsync([.. SharingJobsOut.Command(work, rows: 20), "-o", "@out.csv", "--telemetry",
            $"http://127.0.0.1:{port}"]);
        done.IsSaidAfterNotes("Scored 20 rows");
        Assert.Contains("did not reach the collector", done.Error);
    }

    [TestMethod]
    [DataRow("collector", "such as http://localhost:4318")]
    [DataRow("ftp://collector", "such as http://localhost:4318")]
    [DataRow("http://me:secret@collector:4318", "OTEL_EXPORTER_OTLP_HEADERS")]
    public async Task What_is_no_address_is_refused(string address, string expected)
    {
        using var work = new Workplace();
        var outcome = await work.RunAsync([.. SharingJobsOut.Command(work, rows: 5), "-o", "@out.csv", "--telemetry", address]);
        outcome.WasWrongUse(expected);
        Assert.DoesNotContain("secret", outcome.Error);
    }

    [TestMethod]
    public async Task What_the_environment_says_may_be_unreadable()
    {
        const string headers = "OTEL_EXPORTER_OTLP_HEADERS";
        using var work = new Workplace();
        Environment.SetEnvironmentVariable(headers, "no header");
        try
        {
            (await work.RunAsync([.. SharingJobsOut.Command(work, rows: 5), "-o", "@out.csv", "--telemetry", "env"]))
                .WasWrongUse("OTEL_EXPORTER_OTLP_…");
            Assert.DoesNotContain("out.csv", work.Files);
        }
        finally
        {
            Environment.SetEnvironmentVariable(headers, null);
        }
    }

    /// <summary>Takes what is sent to it.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly List<(string Path, byte[] Body)> _taken = [];
        private readonly Thread _thread;

        public Collector()
        {
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
            }
            _listener.Prefixes.Add(Address);
            _listener.Start();
            _thread = new Thread(Listen) { IsBackground = true };
            _thread.Start();
        }

        public string Address { get; }

        public ReadOnlySpan<byte> Bodies(string path)
        {
            lock (_taken)
                return _taken.Where(t => t.Path == path).SelectMany(t => t.Body).ToArray();
        }

        public void Dispose() => _listener.Close();

        private void Listen()
        {
            try
            {
                while (true)
                {
                    var context = _listener.GetContext();
                    using var body = new MemoryStream();
                    context.Request.InputStream.CopyTo(body);
                    lock (_taken)
                        _taken.Add((context.Request.Url!.AbsolutePath, body.ToArray()));
                    context.Response.ContentType = "application/x-protobuf";
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
            }
        }
    }
}
