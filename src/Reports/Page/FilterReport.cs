using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// A page of the filters of layers: kernels as tiles, slices and curves, dense weights as a matrix and as lines, norms, cosines.
/// </summary>
public static class FilterReport
{
    private const int MostTiles = 256, MostFilters = 64, MostInputs = 32;

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="layers">The filters, layer by layer; one layer at least.</param>
    public static Report Of(string title, params IReadOnlyList<LayerFilters> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0)
            throw new ArgumentException("The filters of one layer at least were expected.", nameof(layers));
        var report = new Report(title, "What the network has learned, before any data");
        foreach (var filters in layers)
            report.Add(SectionOf(filters));
        return report;
    }

    /// <summary>The kernels of a layer as one picture: in colours where they read three channels of a plane, else in shades.</summary>
    /// <param name="filters">The filters.</param>
    public static Raster Picture(LayerFilters filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        if (filters.IsDense)
            return Map(filters.Weights, filters.Count, filters.Inputs).Draw();
        var kernel = filters.Kernel;
        var (height, width) = kernel.Count switch { 1 => (1, kernel[0]), 2 => (kernel[0], kernel[1]), _ => (kernel[^2], kernel[^1]) };
        if (kernel.Count == 2 && filters.Inputs == 3)
            return TileSheet.OfColors(Singles(filters.Weights, Math.Min(filters.Count, MostTiles) * 3 * height * width),
                Math.Min(filters.Count, MostTiles), height, width, Tiles(height, width, null));
        // A line for each filter: its inputs, and of volumes the slices of each, side by side.
        var planes = filters.Inputs * kernel.Take(kernel.Count - 2).Aggregate(1, (p, e) => p * e);
        var (lines, columns) = (Math.Min(filters.Count, MostFilters), Math.Min(planes, MostInputs));
        var all = filters.Weights.As<double>();
        var tiles = new float[lines * columns * height * width];
        for (var tile = 0; tile < lines * columns; tile++)
            for (var i = 0; i < height * width; i++)
                tiles[tile * height * width + i] = (float)all[((long)(tile / columns) * planes + tile % columns) is var plane
                    ? (int)plane * height * width + i : 0];
        return TileSheet.Of(tiles, lines * columns, height, width, Tiles(height, width, columns) with { CommonScale = true });
    }

    private static Section SectionOf(LayerFilters filters)
    {
        var norms = filters.Norms().ToDouble();
        var section = new Section(filters.Layer, $"{filters.Count} filters of {filters.Inputs} inputs"
            + (filters.IsDense ? "" : $", kernels {string.Join(" × ", filters.Kernel)}"));
        var picture = Picture(filters);
        section.Add(new Gallery(new Figure(picture, Told(filters), $"The weights of {filters.Layer}")
        {
            Heading = filters.IsDense ? "Weights" : "Kernels", DisplayWidth = Math.Clamp(picture.Width, 200, 900),
        }));
        if (filters.IsDense)
            section.Add(new WeightLines(filters.Weights.ToDouble(), filters.Count, filters.Inputs));
        else
            section.Add(Curves(filters));
        section.Add(new LineChart(new ChartLine("norm", norms))
        {
            Caption = "The Euclidean norm of each filter; one near zero does nothing.", XTitle = "filter", YTitle = "norm",
        });
        var count = filters.Count;
        section.Add(new Gallery(Figure.Of(new Heatmap(Singles(filters.Cosines(), count * count), count, count,
            new() { Range = (-1, 1), Colors = ColorMap.Diverging, Scale = TileSheet.ScaleFor(filters.Count, 240) }),
            "Cosines of any two filters: red alike, blue opposite.", "Cosines of filters")));
        return section;
    }

    // Along the longest axis of a kernel, averaged over the others and over inputs.
    private static LineChart Curves(LayerFilters filters)
    {
        var kernel = filters.Kernel;
        var longest = kernel.Index().MaxBy(k => k.Item).Index;
        int[] others = [1, .. Enumerable.Range(0, kernel.Count).Where(i => i != longest).Select(i => i + 2)];
        var curves = filters.AveragedOver(others).ToDouble();
        return new LineChart(curves.Chunk(kernel[longest]).Select((curve, i) => new ChartLine($"filter {i}", curve)))
        {
            Caption = $"Kernels along axis {longest}, averaged over {(kernel.Count > 1 ? "the other axes and " : "")}inputs.",
            XTitle = "place", YTitle = "mean weight",
        };
    }

    private static string Told(LayerFilters filters) => filters.IsDense
        ? "A row for each unit, a column for each input: red above zero, blue below."
        : filters.Inputs == 3 && filters.Kernel.Count == 2 ? "Each filter as a picture in colours, on its own scale."
        : $"A line for each filter, side by side its inputs{(filters.Kernel.Count > 2 ? " and their slices" : "")}, on one scale: red "
            + "above zero, blue below. " + (filters.Count > MostFilters ? $"The first {MostFilters} filters. " : "");

    private static Heatmap Map(Tensor weights, int height, int width) => new(Singles(weights, height * width), height, width,
        new() { Symmetric = true, Scale = TileSheet.ScaleFor(Math.Max(height, width), 400) });

    private static TileSheetOptions Tiles(int height, int width, int? columns) => new()
    {
        Columns = columns,
        Heatmap = new()
        {
            Symmetric = true, Scale = TileSheet.ScaleFor(Math.Max(height, width), columns is null ? 40 : 24), Percentile = 100,
        },
    };

    private static float[] Singles(Tensor values, int count) => Array.ConvertAll(values.As<double>()[..count].ToArray(), v => (float)v);
}
