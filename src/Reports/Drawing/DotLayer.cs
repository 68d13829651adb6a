namespace Microsoft.ML.Introspection.Reports;

/// <summary>One row of the data as a dot.</summary>
/// <param name="Row">The row.</param>
/// <param name="X">Where it lies.</param>
/// <param name="Y">Where it lies.</param>
/// <param name="Color">The class of its colour.</param>
internal readonly record struct Dot(int Row, double X, double Y, string Color);

/// <summary>Many dots as few paths: one for each colour, whose points a round pen draws.</summary>
internal static class DotLayer
{
    /// <summary>Draws the dots of a feature.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="dots">In the order of their rows.</param>
    /// <param name="rows">The data of the page.</param>
    /// <param name="feature">How the page's data name the feature.</param>
    /// <param name="layers">Where dots may cover each other: how often the colours take turns, so that none is always on top.</param>
    public static void Write(HtmlWriter html, IReadOnlyList<Dot> dots, PlotRows rows, string feature, int layers = 1)
    {
        foreach (var group in dots.GroupBy(dot => (Layer: dot.Row % layers, dot.Color)).OrderBy(group => group.Key.Layer)
            .ThenBy(group => group.Key.Color, StringComparer.Ordinal))
        {
            var path = new PathData();
            foreach (var dot in group)
                path.Dot(dot.X, dot.Y);
            html.Path(path.ToString(), rows.Use(group.Select(dot => dot.Row)), ("class", $"dots {group.Key.Color}"), ("data-f", feature));
        }
    }
}
