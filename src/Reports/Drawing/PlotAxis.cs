using System.Globalization;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>At which side of the area an axis has its numbers.</summary>
internal enum AxisSide
{
    Bottom,
    Top,
    Left,
}

/// <summary>Numbers along a side of an area, and fine lines across it. The page's script writes them anew when a reader zooms.</summary>
/// <param name="Side">Which side.</param>
/// <param name="Scale">What lies where.</param>
/// <param name="Area">The area.</param>
internal sealed record PlotAxis(AxisSide Side, LinearScale Scale, PlotArea Area)
{
    private const double BottomGap = 17;
    private const double TopGap = 7;
    private const double LeftGap = 8;
    private const double LinkSpacing = 46;

    /// <summary>What predictions belong to scores: the numbers are predictions then.</summary>
    public ScoreLink? Link { get; init; }

    /// <summary>Whether there are lines across the area.</summary>
    public bool HasGrid { get; init; } = true;

    /// <summary>About how far apart numbers stand.</summary>
    public double Spacing { get; init; } = Side == AxisSide.Left ? 44 : 78;

    private bool IsUpright => Side == AxisSide.Left;

    public void Write(HtmlWriter html)
    {
        html.Open(
            "g",
            ("class", "ticks"),
            ("data-side", Side switch { AxisSide.Bottom => "bottom", AxisSide.Top => "top", _ => "left" }),
            ("data-scale",
                string.Join(' ',
                    new[] { Scale.From, Scale.To, Scale.Start, Scale.End }.Select(
                        number => number.ToString("R", CultureInfo.InvariantCulture)))),
            ("data-area", string.Join(' ', new[] { Area.Left, Area.Top, Area.Right, Area.Bottom }.Select(Numbers.Coordinate))),
            ("data-link", Link is null ? null : "yes"),
            ("data-grid", HasGrid ? "yes" : null));
        foreach (var tick in Find())
            WriteTick(html, Scale.At(tick.Value), tick.Text);
        html.Close();
    }

    /// <summary>The numbers, or the predictions.</summary>
    private IReadOnlyList<Tick> Find() => Link is null ? Ticks.On(Scale, Spacing) : Ticks.On(Scale, LinkSpacing, Link);

    private void WriteTick(HtmlWriter html, double at, string text)
    {
        if (HasGrid && IsUpright)
            html.Line(Area.Left, at, Area.Right, at, "grid");
        else if (HasGrid)
            html.Line(at, Area.Top, at, Area.Bottom, "grid");

        _ = Side switch
        {
            AxisSide.Bottom => html.Label(at, Area.Bottom + BottomGap, text, "tick", "middle"),
            AxisSide.Top => html.Label(at, Area.Top - TopGap, text, "tick", "middle"),
            _ => html.Label(Area.Left - LeftGap, at + 4, text, "tick", "end"),
        };
    }
}
