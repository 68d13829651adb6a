using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>One of the rows that excite a unit, as a page shows it.</summary>
/// <param name="Says">What is told when one points at it.</param>
/// <param name="Picture">What of it excites the unit.</param>
internal sealed record ShownExample(string Says, Raster Picture);

/// <summary>A unit with what excites it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="About">A remark: what it stands for.</param>
/// <param name="Examples">What excites it, the most exciting first.</param>
internal sealed record ShownUnit(string Name, string About, IReadOnlyList<ShownExample> Examples);

/// <summary>
/// The units of a layer side by side, each with what excites it. What an example is appears where one points at it, and for all of a unit's
/// where it is tapped or reached by the keyboard.
/// </summary>
internal sealed class UnitGrid(IReadOnlyList<ShownUnit> units, int exampleWidth) : ReportSection
{
    internal override void Write(HtmlWriter html)
    {
        html.Open("div", ("class", "units"));
        foreach (var unit in units)
        {
            html.Open("div", ("class", "unit"), ("tabindex", "0"), ("role", "group"), ("aria-label", unit.Name))
                .Element("p", unit.Name, ("class", "above"));
            if (unit.About.Length > 0)
                html.Element("p", unit.About, ("class", "about"));
            html.Open("div", ("class", "examples"));
            foreach (var example in unit.Examples)
            {
                var picture = example.Picture;
                var width = Math.Min(exampleWidth * Math.Max(1, picture.Width / Math.Max(picture.Height, 1)), 230);
                html.Open("span", ("class", "example"));
                html.Image(PngWriter.Encode(picture), example.Says, width,
                    Math.Max(1, (int)Math.Round((double)width * picture.Height / picture.Width)), picture.Width < width ? "sharp" : null);
                html.Element("span", example.Says, ("class", "said"), ("aria-hidden", "true")).Close();
            }
            html.Close().Close();
        }
        html.Close();
    }
}
