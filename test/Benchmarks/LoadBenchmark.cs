using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Asks a service as fast as it answers, for a bounded time, and says how many answers came a second.</summary>
internal static class LoadBenchmark
{
    private const int Connections = 32;
    private const double LongestLoad = 120;

    public static async Task<int> Run(string url, string body, double seconds)
    {
        seconds = Math.Min(seconds, LongestLoad);
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections, UseProxy = false });
        var content = Encoding.UTF8.GetBytes(body);
        // What is compiled and pooled at the first requests is no part of the rate.
        await For(Math.Min(3, seconds));
        var watch = Stopwatch.StartNew();
        var times = await For(seconds);
        var rate = times.Count / watch.Elapsed.TotalSeconds;
        times.Sort();
        Console.WriteLine(FormattableString.Invariant(
            $"{times.Count:N0} answers in {watch.Elapsed.TotalSeconds:0.0} s over {Connections} connections, {Environment.ProcessorCount} processors for both sides: {rate:N0} a second; ")
            + FormattableString.Invariant($"half of them within {times[times.Count / 2]:0.0} ms, 99 % within {times[times.Count * 99 / 100]:0.0} ms"));
        return 0;

        async Task<List<double>> For(double duration)
        {
            var end = Stopwatch.GetTimestamp() + (long)(duration * Stopwatch.Frequency);
            var each = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
            {
                var own = new List<double>();
                while (Stopwatch.GetTimestamp() < end)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(content) };
                    request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                    var start = Stopwatch.GetTimestamp();
                    using var response = await client.SendAsync(request);
                    await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
                    own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
                return own;
            })));
            return [.. each.SelectMany(t => t)];
        }
    }
}
