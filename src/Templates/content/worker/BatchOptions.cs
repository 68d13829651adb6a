namespace Introspected;

/// <summary>Where files come from and where they go; the section "Batch" of appsettings.json, or <c>--Batch:Inbox=…</c>.</summary>
public sealed class BatchOptions
{
    /// <summary>The folder whose files (.csv) are scored.</summary>
    public string Inbox { get; set; } = "inbox";

    /// <summary>The folder that results go to, and files that were scored.</summary>
    public string Outbox { get; set; } = "outbox";

    /// <summary>How long to wait between two looks into the folder.</summary>
    public double SecondsBetweenLooks { get; set; } = 10;

    /// <summary>How many reasons are written for each row.</summary>
    public int Reasons { get; set; } = 3;

    /// <summary>Whether to end when all files are scored.</summary>
    public bool Once { get; set; }

    /// <summary>The most bytes of one file; larger ones fail.</summary>
    public long MostBytes { get; set; } = 1L << 30;

    /// <summary>How many results may lie in the outbox: the worker waits until somebody takes some away. 0 for any number.</summary>
    public int MostResults { get; set; } = 1000;

    /// <summary>How many rows are explained at once; 0 for one a processor.</summary>
    public int Engines { get; set; }

    /// <summary>The file that tells whether all is well: its first word is Healthy, Degraded or Unhealthy. Empty for none.</summary>
    public string HealthFile { get; set; } = "health";

    /// <summary>How often that file is written.</summary>
    public double SecondsBetweenHealthChecks { get; set; } = 10;

    /// <summary>How long the worker may show no sign of life before it is unhealthy.</summary>
    public double SecondsWithoutLife { get; set; } = 60;
}
