using Microsoft.ML.Introspection.Jobs;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Microsoft.ML.Introspection.Tool.Running;

/// <summary>Sends what jobs tell of themselves to a collector of OpenTelemetry, until it is disposed of.</summary>
internal sealed class TelemetryExport : IDisposable
{
    private const int EveryMilliseconds = 15_000, PatienceMilliseconds = 5_000;

    private readonly Action<string> _note;
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    /// <summary>Begins to listen.</summary>
    /// <param name="collector">The collector's address, to which OTLP's paths are added; null where the environment tells it.</param>
    /// <param name="note">Is told in a line if nothing could be sent: a job does not fail for that.</param>
    /// <exception cref="UsageException">The environment tells it in words that cannot be read.</exception>
    public TelemetryExport(Uri? collector, Action<string> note)
    {
        _note = note;
        // What the environment says of the service goes before.
        var service = ResourceBuilder.CreateEmpty().AddTelemetrySdk().AddService("introspect", serviceVersion: ToolVersion.Text)
            .AddEnvironmentVariableDetector();
        try
        {
            (_metrics, _traces) = Begun(service, collector);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException)
        {
            throw new UsageException($"What the variables OTEL_EXPORTER_OTLP_… say cannot be used: {e.Message}");
        }
    }

    public void Dispose()
    {
        var areSent = _metrics.ForceFlush(PatienceMilliseconds) & _traces.ForceFlush(PatienceMilliseconds);
        _metrics.Dispose();
        _traces.Dispose();
        if (!areSent)
            _note("the last metrics or traces did not reach the collector of --telemetry.");
    }

    private static (MeterProvider, TracerProvider) Begun(ResourceBuilder service, Uri? collector)
    {
        var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(service).AddSource(JobTelemetry.Name)
            .AddOtlpExporter(exporter => To(exporter, collector, "v1/traces")).Build();
        return (Sdk.CreateMeterProviderBuilder().SetResourceBuilder(service).AddMeter(JobTelemetry.Name)
            .AddOtlpExporter((exporter, reader) =>
            {
                To(exporter, collector, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = EveryMilliseconds;
            }).Build(), traces);
    }

    private static void To(OtlpExporterOptions exporter, Uri? collector, string path)
    {
        exporter.TimeoutMilliseconds = PatienceMilliseconds;
        if (collector is null)
            return;
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri($"{collector.AbsoluteUri.TrimEnd('/')}/{path}");
    }
}
