using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.ML.Introspection.Estimators;

namespace Introspected;

/// <summary>Whether the model explains a row of its own, and whether it has room for more.</summary>
internal sealed class ModelCheck(ExplainedModel model, ExplanationPool<House> pool, ServiceLimits limits) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var load = new Dictionary<string, object> { ["busy"] = pool.Busy, ["waiting"] = pool.Waiting };
        // Nothing is asked of a service that is short of engines; it is well, but others may have more time.
        if (pool.Waiting >= Math.Max(1, limits.MostWaiting / 2))
            return HealthCheckResult.Unhealthy("Many wait for an engine.", data: load);
        var prediction = await pool.ExplainAsync(model.Sample, cancellationToken);
        return prediction.Scores.All(float.IsFinite) && float.IsFinite(prediction.Total) ? HealthCheckResult.Healthy(data: load)
            : HealthCheckResult.Unhealthy("The model says of a row of its own what is no number.", data: load);
    }
}
