using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace OrleansJob;

/// <summary>A silo: a process that takes shares.</summary>
internal static class SiloHost
{
    /// <summary>Runs until it is told to stop.</summary>
    /// <param name="port">Where other silos reach it.</param>
    /// <param name="gateway">Where clients reach it.</param>
    /// <param name="primary">The port of the silo that knows the others; its own where it is that one.</param>
    /// <param name="introspect">The command, or its assembly.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="JobException">It does not start.</exception>
    public static async Task Run(int port, int gateway, int primary, string introspect, CancellationToken cancellation)
    {
        Check(port, "--port");
        Check(gateway, "--gateway");
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
        builder.Logging.AddFilter("Orleans", LogLevel.Warning).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Polly", LogLevel.Warning)
            .AddFilter(nameof(OrleansJob), LogLevel.Information);
        builder.UseOrleans(silo =>
        {
            // Silos on this machine, which know of each other by the first of them: when that one is lost, so is the cluster. Silos on
            // many machines know of each other by a table that outlives them all; with the package Microsoft.Orleans.Clustering.AdoNet
            // (or .AzureStorage, .Redis) this line, and its like in Client.cs, become
            //   silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", connection));
            //   silo.ConfigureEndpoints(port, gateway);
            silo.UseLocalhostClustering(port, gateway, new IPEndPoint(IPAddress.Loopback, primary));
            // How soon a lost silo is noticed: Orleans' own numbers, unless "Membership:ProbeTimeout" and its like say otherwise.
            silo.Services.Configure<ClusterMembershipOptions>(builder.Configuration.GetSection("Membership"));
        });
        // A file is named from here, though processes run in the folders of jobs; all else is looked for as commands are.
        var command = File.Exists(introspect) ? Path.GetFullPath(introspect) : introspect;
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<IntrospectProcesses>(services, command));
        using var host = builder.Build();
        // Made now, so that what it needs is missed now.
        host.Services.GetRequiredService<IntrospectProcesses>();
        try
        {
            await host.StartAsync(cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            throw new JobException($"The silo does not start: {error.Message}"
                + (primary == port ? "" : $" Is there a silo at the port {primary} (--primary)?"), error);
        }
        await host.WaitForShutdownAsync(cancellation);
    }

    // Silos of Orleans share a port without a word.
    private static void Check(int port, string option)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException error)
        {
            throw new JobException($"The port {port} cannot be had: {error.Message}. Name another with {option}.", error);
        }
    }
}
