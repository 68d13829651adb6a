using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Many small pictures in one: filters of a layer, maps of its channels, what excites each of its units.</summary>
public static class TileSheet
{
    private const int MostPixels = 256;

    /// <summary>Pictures of one size side by side and one below the other.</summary>
    /// <param name="pictures">One picture at least.</param>
    /// <param name="options">How they lie; of the colours of numbers nothing counts here.</param>
    public static Raster Of(IReadOnlyList<Raster> pictures, TileSheetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        options ??= new();
        if (pictures.Count == 0)
            throw new ArgumentException("One picture at least was expected.", nameof(pictures));
        var columns = options.Columns ?? (int)Math.Ceiling(Math.Sqrt(pictures.Count));
        return Raster.Stacked(options.Gap, options.Ground,
            [.. pictures.Chunk(columns).Select(line => Raster.SideBySide(options.Gap, options.Ground, line))]);
    }

    /// <summary>Maps of numbers.</summary>
    /// <param name="values">maps × height × width numbers.</param>
    /// <param name="maps">How many maps.</param>
    /// <param name="height">Rows of each.</param>
    /// <param name="width">Numbers in a row.</param>
    /// <param name="options">How they lie, and how numbers become colours.</param>
    public static Raster Of(ReadOnlySpan<float> values, int maps, int height, int width, TileSheetOptions? options = null)
    {
        options ??= new();
        Check(values, maps, height, width);
        var scale = options.CommonScale ? HeatmapScale.Of(values.ToArray(), options.Heatmap) : (HeatmapScale?)null;
        var pictures = new Raster[maps];
        for (var map = 0; map < maps; map++)
            pictures[map] = new Heatmap(
                values.Slice(map * height * width, height * width), height, width, options.Heatmap, scale).Draw();
        return Of(pictures, options);
    }

    /// <summary>The scale that maps have in common: a heatmap of all of them, for a legend.</summary>
    /// <inheritdoc cref="Of(ReadOnlySpan{float}, int, int, int, TileSheetOptions?)"/>
    public static Heatmap Legend(ReadOnlySpan<float> values, int maps, int height, int width, TileSheetOptions? options = null)
    {
        Check(values, maps, height, width);
        return new Heatmap(values, maps * height, width, (options ?? new()).Heatmap);
    }

    /// <summary>Pictures in red, green and blue, each brought to the range from its smallest number (black) to its largest.</summary>
    /// <param name="values">pictures × 3 × height × width numbers.</param>
    /// <param name="pictures">How many.</param>
    /// <param name="height">Rows of each.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="options">How they lie.</param>
    public static Raster OfColors(ReadOnlySpan<float> values, int pictures, int height, int width, TileSheetOptions? options = null)
    {
        options ??= new();
        Check(values, pictures * 3, height, width);
        var (size, all) = (3 * height * width, Range(values));
        var rasters = new Raster[pictures];
        for (var picture = 0; picture < pictures; picture++)
        {
            var own = values.Slice(picture * size, size);
            var (black, white) = options.CommonScale ? all : Range(own);
            rasters[picture] = Raster.FromPlanes(own, 3, height, width, black, white).Enlarge(options.Heatmap.Scale);
        }
        return Of(rasters, options);
    }

    /// <summary>A whole number of pixels for each number, so that tiles are about as large as eyes need.</summary>
    /// <param name="size">The larger side of a tile, in numbers.</param>
    /// <param name="wanted">About how many pixels it should have.</param>
    public static int ScaleFor(int size, int wanted = 64) => Math.Clamp(wanted / Math.Max(size, 1), 1, MostPixels);

    private static (float Black, float White) Range(ReadOnlySpan<float> values)
    {
        var (low, high) = (float.MaxValue, float.MinValue);
        foreach (var value in values)
            if (float.IsFinite(value))
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return low < high && float.IsFinite(high - low) ? (low, high) : low <= high ? (low, MathF.BitIncrement(low)) : (0, 1);
    }

    private static void Check(ReadOnlySpan<float> values, int maps, int height, int width)
    {
        if (maps < 1 || height < 1 || width < 1 || (Int128)maps * height * width != values.Length)
            throw new ArgumentException($"{maps} maps of {height} × {width} (height, width) have {(Int128)maps * height * width} numbers; "
                + $"{values.Length} given.", nameof(values));
    }
}
