using System.CommandLine;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>Where a job tells of itself while it runs.</summary>
internal sealed class TelemetryOption
{
    private const string Environment = "env";

    private readonly Option<string?> _telemetry = new("--telemetry")
    {
        HelpName = $"URL|{Environment}",
        Description = "Send metrics and traces to a collector of OpenTelemetry (OTLP over HTTP), such as http://localhost:4318; "
            + $"{Environment}: as the variables OTEL_EXPORTER_OTLP_… say. They say nothing of what is in the rows.",
    };

    /// <summary>The option.</summary>
    public Option Option => _telemetry;

    /// <summary>Whether it is asked for, and where; null where variables of the environment say it.</summary>
    /// <exception cref="UsageException">The value is no address.</exception>
    public (bool IsAsked, Uri? Collector) Read(ParseResult parsed) => parsed.GetValue(_telemetry) switch
    {
        null => (false, null),
        Environment => (true, null),
        var text when Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" => url is
            { UserInfo: "", Query: "", Fragment: "" } ? (true, url) : throw new UsageException(
                $"{_telemetry.Name} takes the address alone: who sends is told by the variable OTEL_EXPORTER_OTLP_HEADERS."),
        var text => throw new UsageException(
            $"{_telemetry.Name} takes the address of a collector, such as http://localhost:4318, or {Environment}; '{text}' was given."),
    };
}
