using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace OrleansJob;

/// <summary>What asks the silos.</summary>
internal static class Client
{
    // Longer than a grain waits before it answers.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ConnectingWithin = TimeSpan.FromSeconds(30);

    /// <summary>Connects to a cluster.</summary>
    /// <param name="gateways">The ports where silos of this machine take clients: one is enough, and with two either may be lost.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="JobException">No silo answers.</exception>
    public static async Task<IHost> Connect(IReadOnlyList<int> gateways, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddFilter("Orleans", LogLevel.Critical).AddFilter("Microsoft", LogLevel.Critical)
            .AddFilter("Polly", LogLevel.Warning).AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.UseOrleansClient(client =>
        {
            client.UseLocalhostClustering([.. gateways]);
            client.Services.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = Silence);
            client.UseConnectionRetryFilter(async (_, stop) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), stop);
                return clock.Elapsed < ConnectingWithin;
            });
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellation);
            return host;
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            host.Dispose();
            throw new JobException($"No silo answers at {string.Join(", ", gateways.Select(g => new IPEndPoint(IPAddress.Loopback, g)))}. "
                + "Start one ('OrleansJob silo'), or name its port with --gateway.", error);
        }
    }
}
