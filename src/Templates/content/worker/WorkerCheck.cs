using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Introspected;

/// <summary>Whether the worker lives, and whether somebody takes its results away.</summary>
internal sealed class WorkerCheck(Heartbeat heart, IOptions<BatchOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(heart.Silence.TotalSeconds > options.Value.SecondsWithoutLife + options.Value.SecondsBetweenLooks
            ? HealthCheckResult.Unhealthy($"no sign of life for {heart.Silence.TotalSeconds:0} s")
            : heart.WaitsFor is { } what ? HealthCheckResult.Degraded($"waits: {what}") : HealthCheckResult.Healthy());
}

/// <summary>Writes what the checks say into a file, whole or not at all.</summary>
internal sealed class HealthFile(IOptions<BatchOptions> options) : IHealthCheckPublisher
{
    public async Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        if (options.Value.HealthFile is not { Length: > 0 } path)
            return;
        var said = report.Entries.Select(e => $" {e.Key}: {e.Value.Exception?.Message ?? e.Value.Description}".TrimEnd(' ', ':'));
        await File.WriteAllTextAsync(path + ".part", $"{report.Status}{string.Concat(said)}\n", cancellationToken);
        File.Move(path + ".part", path, overwrite: true);
    }
}
