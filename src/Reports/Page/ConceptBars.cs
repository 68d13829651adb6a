using System.Globalization;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How many units of layers, or networks, side by side, detect each concept, category by category.</summary>
/// <param name="names">What stands side by side.</param>
/// <param name="concepts">Category, concept, and how many units of each of them detect it.</param>
internal sealed class ConceptBars(IReadOnlyList<string> names, IReadOnlyList<(string Category, string Concept, int[] Units)> concepts)
    : ReportSection
{
    // As the published bar graphs have them; categories of one's own take what is left.
    private static readonly Dictionary<string, string> Published = new()
    {
        ["object"] = "#4B4CBF", ["scene"] = "#55B05B", ["part"] = "#50BDAC",
        ["material"] = "#D4CF24", ["texture"] = "#F0883B", ["color"] = "#D92E2B",
    };

    private static readonly string[] Others = ["#8C6BB1", "#7A8B99", "#B5651D", "#3A7CA5"];

    internal override void Write(HtmlWriter html)
    {
        if (concepts.Count == 0)
        {
            html.Element("p", "No unit detects any concept.", ("class", "note"));
            return;
        }
        var (most, other) = (concepts.Max(c => c.Units.Max()), 0);
        html.Open("div", ("class", "concepts"));
        foreach (var category in concepts.GroupBy(c => c.Category))
        {
            var color = Published.GetValueOrDefault(category.Key) ?? Others[other++ % Others.Length];
            html.Element("p", category.Key, ("class", "category"));
            foreach (var (_, concept, units) in category)
            {
                html.Element("span", concept, ("class", "name")).Open("span", ("class", "several"));
                foreach (var (count, i) in units.Select((u, i) => (u, i)))
                {
                    var width = (100.0 * count / most * 0.8).ToString("0.##", CultureInfo.InvariantCulture);
                    html.Open("span", ("class", "bar"), ("title", names.Count > 1 ? $"{names[i]}: {count}" : null))
                        .Element("i", "", ("style", $"width:{width}%;background:{color};opacity:"
                            + (1 - 0.6 * i / Math.Max(names.Count - 1, 1)).ToString("0.##", CultureInfo.InvariantCulture)))
                        .Text(count.ToString(CultureInfo.InvariantCulture)).Close();
                }
                html.Close();
            }
        }
        html.Close();
        if (names.Count > 1)
            html.Element("p", $"From top to bottom: {string.Join("; ", names)}.", ("class", "note"));
    }
}
