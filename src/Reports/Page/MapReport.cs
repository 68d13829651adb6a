using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a layer made of one row.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Values">Its activations of the row, shape [channels, D₁, …] or [units], channels first.</param>
public sealed record LayerMaps(string Layer, Tensor Values);

/// <summary>A page of what layers make of one row: a tile for each channel, layer by layer.</summary>
public static class MapReport
{
    private const int MostTiles = 256, MostUnits = 1024;

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="layers">What the layers made; one at least.</param>
    /// <param name="input">The row as a picture; null for none.</param>
    /// <param name="commonScale">Whether the channels of a layer have one scale.</param>
    public static Report Of(string title, IReadOnlyList<LayerMaps> layers, Raster? input = null, bool commonScale = false)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0)
            throw new ArgumentException("The maps of one layer at least were expected.", nameof(layers));
        var report = new Report(title, "What each layer makes of it");
        if (input is not null)
            report.Add(new Gallery(new Figure(input, "", "The input") { Heading = "Input" }));
        foreach (var maps in layers)
        {
            var picture = Picture(maps, commonScale);
            var (least, most) = Range(Values(maps));
            report.Add(new Section(maps.Layer, $"{string.Join(" × ", maps.Values.Dimensions.ToArray())}, from {Numbers.Format(least)} to "
                + Numbers.Format(most))
            {
                new Gallery(new Figure(picture, Told(maps, commonScale), $"Maps of {maps.Layer}")
                {
                    DisplayWidth = Math.Clamp(picture.Width, 240, 900),
                }),
            });
        }
        return report;
    }

    /// <summary>The maps of a layer as one picture.</summary>
    /// <param name="maps">The maps; of volumes the middle slice across the first axis of space is drawn, of curves each as a line.</param>
    /// <param name="commonScale">Whether the channels have one scale.</param>
    public static Raster Picture(LayerMaps maps, bool commonScale = false)
    {
        ArgumentNullException.ThrowIfNull(maps);
        var shape = maps.Values.Dimensions.ToArray();
        var values = Values(maps);
        if (shape.Length < 2 || values.Length == shape[0])
            return Heatmap.Render(values[..Math.Min(values.Length, MostUnits)], 1, Math.Min(values.Length, MostUnits),
                new() { Scale = TileSheet.ScaleFor(values.Length, 600) });
        var (height, width) = shape.Length == 2 ? (1, (int)shape[1]) : ((int)shape[^2], (int)shape[^1]);
        var planes = (int)(values.Length / shape[0] / height / width);
        var count = (int)Math.Min(shape[0], MostTiles);
        var shown = new float[count * height * width];
        for (var channel = 0; channel < count; channel++)
            values.Slice((channel * planes + planes / 2) * height * width, height * width).CopyTo(shown.AsSpan(channel * height * width));
        return TileSheet.Of(shown, count, height, width, new()
        {
            CommonScale = commonScale, Columns = height == 1 ? 1 : null,
            Heatmap = new() { Scale = TileSheet.ScaleFor(Math.Max(height, width), 72), Percentile = 100 },
        });
    }

    // The maps of a volume may fill gigabytes, of which a slice is drawn.
    private static ReadOnlySpan<float> Values(LayerMaps maps) => maps.Values.Type == ElementType.Float
        ? maps.Values.As<float>() : Array.ConvertAll(maps.Values.ToDouble(), v => (float)v);

    private static (float Least, float Most) Range(ReadOnlySpan<float> values)
    {
        var (least, most) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var value in values)
            if (float.IsFinite(value))
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
        return least <= most ? (least, most) : (0, 0);
    }

    private static string Told(LayerMaps maps, bool commonScale)
    {
        var shape = maps.Values.Dimensions;
        var slice = shape.Length > 3 ? $" The middle slice, {string.Join(", ", shape[1..^2].ToArray().Select(e => e / 2))}." : "";
        var most = shape.Length > 1 && shape[0] > MostTiles ? $" The first {MostTiles} of {shape[0]} channels." : "";
        return shape.Length < 2 || maps.Values.Count == shape[0] ? "Each unit." + (shape[0] > MostUnits ? $" The first {MostUnits}." : "")
            : $"A tile for each channel, {(commonScale ? "all on one scale" : "each on its own scale")}.{slice}{most}";
    }
}
