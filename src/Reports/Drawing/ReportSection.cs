namespace Microsoft.ML.Introspection.Reports;

/// <summary>Something a <see cref="Report"/> shows. A new kind derives from this and writes its own element.</summary>
public abstract class ReportSection
{
    private protected ReportSection()
    {
    }

    /// <summary>What it needs the page's script for.</summary>
    internal virtual PageParts Parts => PageParts.None;

    internal abstract void Write(HtmlWriter html);
}
