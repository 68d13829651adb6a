using Introspected;
using Microsoft.Extensions.Diagnostics.HealthChecks;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.Configure<BatchOptions>(builder.Configuration.GetSection("Batch"));
builder.Services.AddSingleton(_ => new ExplainedModel(AppContext.BaseDirectory));
builder.Services.AddSingleton<Heartbeat>();
builder.Services.AddHostedService<BatchWorker>();
// What the check says goes into a file, which probes without a port can read.
builder.Services.AddHealthChecks().AddCheck<WorkerCheck>("worker");
builder.Services.AddSingleton<IHealthCheckPublisher, HealthFile>();
builder.Services.Configure<HealthCheckPublisherOptions>(health =>
{
    health.Delay = TimeSpan.FromSeconds(1);
    health.Period = TimeSpan.FromSeconds(Math.Max(1, builder.Configuration.GetValue("Batch:SecondsBetweenHealthChecks", 10.0)));
});
builder.Build().Run();
