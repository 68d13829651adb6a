namespace Microsoft.ML.Introspection.Reports;

/// <summary>Something a <see cref="Report"/> shows. A new kind derives from this and writes its own element.</summary>
public abstract class ReportSection
{
    private protected ReportSection()
    {
    }

    /// <summary>Whether the page's script and the look of plots are needed.</summary>
    internal virtual bool IsPlot => false;

    internal abstract void Write(HtmlWriter html);
}
