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
}
