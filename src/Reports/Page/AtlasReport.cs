using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Icons of what a layer sees: laid out as an atlas, or at their places in one image.</summary>
public static class AtlasReport
{
    private const int Side = 72;

    private static readonly Rgb Ground = new(255, 255, 255);

    /// <summary>
    /// The page of an atlas: its cells, and for each how many activations it has and what the network says of their rows.
    /// </summary>
    /// <param name="title">The heading.</param>
    /// <param name="atlas">The atlas.</param>
    /// <param name="facts">What is said of model and data.</param>
    /// <param name="form">How numbers become pictures.</param>
    public static Report Of(string title, ActivationAtlas atlas, IReadOnlyList<(string Name, object? Value)>? facts = null,
        FoundImageForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        var (icons, grid) = (MaximizationReport.Pictures(atlas.Icons, form), atlas.Options.Grid);
        return new Report(title, "What lies together in a layer")
        {
            new Facts([.. facts ?? [], ("Layer", atlas.Layer), ("Activations", atlas.Rows.Count), ("Cells", atlas.Cells.Count)]),
            new Section("Atlas", "an icon of what the activations of a cell have in common; point at it, or tap it")
            {
                new IconMap(grid, grid, [.. atlas.Cells.Zip(icons, (cell, icon) => new MapIcon(cell.Row, cell.Column, icon, 1,
                    $"{cell.Members.Count} activations; classes "
                        + string.Join(", ", cell.Classes.Select(c => $"{c.Class} ({Numbers.Percent(c.Share)})"))))]),
            },
        };
    }

    /// <summary>The page of one image: an icon for each position, as large as there is something.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="grid">The icons.</param>
    /// <param name="image">The image; null for none.</param>
    /// <param name="facts">What is said of model and data.</param>
    /// <param name="form">How numbers become pictures.</param>
    public static Report Of(string title, ActivationGrid grid, Raster? image = null,
        IReadOnlyList<(string Name, object? Value)>? facts = null, FoundImageForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        var (icons, sizes, speaks) = (MaximizationReport.Pictures(grid.Icons, form), Sizes(grid), grid.Attribution);
        var report = new Report(title, "What a layer sees in each place of an image")
        {
            new Facts([.. facts ?? [], ("Layer", grid.Layer), ("Positions", grid.Rows * grid.Columns)]),
        };
        if (image is not null)
            report.Add(new Gallery(new Figure(image, "", "The image") { Heading = "The image" }));
        report.Add(new Section("Icons", "an icon for each position, larger where the layer makes more of it")
        {
            new IconMap(grid.Rows, grid.Columns, [.. icons.Select((icon, i) => new MapIcon(
                i / grid.Columns, i % grid.Columns, icon, sizes[i],
                $"length {Numbers.Format(grid.Magnitudes[i])}, speaks for the class by {Numbers.Signed(speaks[i])}"))]),
        });
        report.Add(new Section("What speaks for the class")
        {
            new Gallery(Figure.Of(new Heatmap([.. speaks.Select(s => (float)s)], grid.Rows, grid.Columns,
                new() { Percentile = 100, Symmetric = true, Scale = TileSheet.ScaleFor(Math.Max(grid.Rows, grid.Columns), 232) }),
                "Activations times the score's gradient.", "How much each position speaks for the class")),
        });
        return report;
    }

    /// <summary>The atlas as one picture.</summary>
    /// <param name="atlas">The atlas.</param>
    /// <param name="form">How numbers become pictures.</param>
    public static Raster Picture(ActivationAtlas atlas, FoundImageForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        var grid = atlas.Options.Grid;
        return Drawn(grid, grid, [.. atlas.Cells.Zip(MaximizationReport.Pictures(atlas.Icons, form),
            (cell, icon) => new MapIcon(cell.Row, cell.Column, icon, 1, ""))]);
    }

    /// <summary>The icons of one image as one picture.</summary>
    /// <param name="grid">The icons.</param>
    /// <param name="form">How numbers become pictures.</param>
    public static Raster Picture(ActivationGrid grid, FoundImageForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        var sizes = Sizes(grid);
        return Drawn(grid.Rows, grid.Columns, [.. MaximizationReport.Pictures(grid.Icons, form)
            .Select((icon, i) => new MapIcon(i / grid.Columns, i % grid.Columns, icon, sizes[i], ""))]);
    }

    // The area goes with the length; nothing is so small that it cannot be seen.
    private static double[] Sizes(ActivationGrid grid)
    {
        var most = Math.Max(grid.Magnitudes.Where(double.IsFinite).DefaultIfEmpty().Max(), 1e-30);
        return [.. grid.Magnitudes.Select(m => Math.Max(0.2, Math.Sqrt(Math.Clamp(m / most, 0, 1))))];
    }

    private static Raster Drawn(int rows, int columns, IReadOnlyList<MapIcon> icons)
    {
        var scaled = icons.ToDictionary(i => (i.Row, i.Column), i => (Side: Math.Max(1, (int)(Side * i.Size)), Icon: i));
        var pictures = scaled.ToDictionary(s => s.Key, s => s.Value.Icon.Picture.Resize(s.Value.Side, s.Value.Side));
        return Raster.Create(columns * Side, rows * Side, (x, y) =>
        {
            if (!pictures.TryGetValue((y / Side, x / Side), out var picture))
                return Ground;
            var (left, top) = (x % Side - (Side - picture.Width) / 2, y % Side - (Side - picture.Height) / 2);
            return left >= 0 && top >= 0 && left < picture.Width && top < picture.Height ? picture[left, top] : Ground;
        });
    }

    private sealed record MapIcon(int Row, int Column, Raster Picture, double Size, string Says);

    private sealed class IconMap(int rows, int columns, IReadOnlyList<MapIcon> icons) : ReportSection
    {
        internal override void Write(HtmlWriter html)
        {
            html.Open("div", ("class", "icons"), ("tabindex", "0"), ("role", "group"),
                ("aria-label", $"{icons.Count} icons in {rows} lines of {columns}"))
                .Open("div", ("class", "icon-map"),
                    ("style", string.Create(CultureInfo.InvariantCulture, $"grid-template-columns:repeat({columns},minmax(28px,1fr))")));
            foreach (var icon in icons)
            {
                var size = Math.Max(1, (int)Math.Round(Side * icon.Size));
                var style = string.Create(
                    CultureInfo.InvariantCulture, $"grid-area:{icon.Row + 1}/{icon.Column + 1};width:{100 * icon.Size:0}%");
                html.Open("span", ("class", "example"), ("tabindex", "0"), ("style", style));
                html.Image(PngWriter.Encode(icon.Picture), icon.Says, size, size, null);
                html.Element("span", icon.Says, ("class", "said"), ("aria-hidden", "true")).Close();
            }
            html.Close().Close();
        }
    }
}
