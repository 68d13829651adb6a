namespace Introspected;

/// <summary>
/// What one request may ask for, and how many at once; the section "Limits" of appsettings.json, or <c>--Limits:Seconds=…</c>.
/// </summary>
public sealed class ServiceLimits
{
    /// <summary>The most bytes of one request, but those of streams, which are read as they come.</summary>
    public long MostBytes { get; set; } = 1 << 20;

    /// <summary>The most rows of one batch.</summary>
    public int MostRows { get; set; } = 1000;

    /// <summary>How long a request may take, waiting and all, but those of streams.</summary>
    public double Seconds { get; set; } = 10;

    /// <summary>How many rows are explained at once; null for one a processor.</summary>
    public int? Engines { get; set; }

    /// <summary>How many requests may wait for an engine; those that come then are turned away (503).</summary>
    public int MostWaiting { get; set; } = 200;
}
