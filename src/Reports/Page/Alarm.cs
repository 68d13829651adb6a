namespace Microsoft.ML.Introspection.Reports;

/// <summary>Something is wrong with what the page shows.</summary>
internal sealed class Alarm(string what, string why) : ReportSection
{
    internal override void Write(HtmlWriter html) =>
        html.Open("div", ("class", "error"), ("role", "alert")).Element("strong", what).Text(why).Close();
}
