using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// A drawing of SHAP values. On a page whoever has scripts can point at its marks, choose, zoom and save it; everyone else sees the same
/// drawing as it stands.
/// </summary>
public abstract class Plot : Drawing
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // As an attribute it is escaped once more.
    };

    private protected Plot()
    {
    }

    /// <summary>What the drawing shows, under it; null for what is always true of such a drawing.</summary>
    public string? Caption { get; init; }

    /// <summary>What of a reader's choices changes the drawing: class, feature, row; words apart.</summary>
    internal string? Follows { get; init; }

    internal override PageParts Parts => PageParts.Plots;

    /// <summary>Opens figure and drawing.</summary>
    private protected void Open(HtmlWriter html, PlotSpec spec, double width, double height, string label) => html
        .Open("figure", ("class", width > PlotSpec.Half ? "plot wide" : "plot"),
            ("data-spec", JsonSerializer.Serialize(spec with { Follows = Follows, Text = Caption ?? spec.Text }, Json)))
        .Open("svg", ("viewBox", $"0 0 {Numbers.Coordinate(width)} {Numbers.Coordinate(height)}"), ("width", Numbers.Coordinate(width)),
            ("role", "img"), ("aria-label", label));

    /// <summary>Closes what was opened.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="caption">What is always true of such a drawing.</param>
    /// <param name="remark">What is true of this one.</param>
    private protected void Close(HtmlWriter html, string caption, string remark = "") =>
        html.Close().Element("figcaption", $"{Caption ?? caption} {remark}".Trim()).Close();
}

/// <summary>What the page's script has to know of a drawing to make it itself.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Text">What is always true of it.</param>
internal sealed record PlotSpec(string Kind, string Text)
{
    /// <summary>The width of a plot that takes a whole line of the page.</summary>
    public const double Wide = 1000;

    /// <summary>The width of a plot that leaves room for another beside it.</summary>
    public const double Half = 500;

    public string? Follows { get; init; }

    /// <summary>The values that it shows, as the page's data have them.</summary>
    public int[]? Sets { get; init; }

    public int? Features { get; init; }

    public int? Rows { get; init; }

    public int? Feature { get; init; }

    public int? By { get; init; }

    /// <summary>Rows that stand out, or the one that is shown, by their numbers.</summary>
    public int[]? Strong { get; init; }

    public string? Order { get; init; }
}
