using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A page of what units answer over a plane of two features; of several checkpoints one below the other.</summary>
public static class ResponseReport
{
    private const int MostUnits = 100;

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="planes">The planes with the names of their checkpoints; one at least.</param>
    public static Report Of(string title, params IReadOnlyList<(string Name, ResponsePlane Plane)> planes)
    {
        ArgumentNullException.ThrowIfNull(planes);
        if (planes.Count == 0)
            throw new ArgumentException("The responses of one network at least were expected.", nameof(planes));
        var report = new Report(title, "What each unit answers, from left to right one feature, from the bottom up the other");
        foreach (var layer in planes.GroupBy(p => p.Plane.Layer))
        {
            var options = layer.First().Plane.Options;
            var section = new Section(layer.Key, $"feature {options.X} from {options.RangeX.From} to {options.RangeX.To}, "
                + $"feature {options.Y} from {options.RangeY.From} to {options.RangeY.To}");
            foreach (var (name, plane) in layer)
            {
                var picture = Picture(plane);
                var shown = Math.Min(plane.Units, MostUnits);
                section.Add(new Gallery(new Figure(picture, $"{name}: {shown} of {plane.Units} units, each on its own scale; red above "
                    + "zero, blue below where there is both.", $"Responses of {layer.Key}")
                {
                    DisplayWidth = Math.Clamp(picture.Width, 240, 900),
                }));
            }
            report.Add(section);
        }
        return report;
    }

    /// <summary>The plane of each unit as one picture.</summary>
    /// <param name="plane">The responses.</param>
    public static Raster Picture(ResponsePlane plane)
    {
        ArgumentNullException.ThrowIfNull(plane);
        return TileSheet.Of([.. Tiles(plane)]);
    }

    /// <summary>The plane of each unit as a picture of its own, the first 100.</summary>
    internal static IEnumerable<Raster> Tiles(ResponsePlane plane)
    {
        var steps = plane.Options.Steps;
        for (var unit = 0; unit < Math.Min(plane.Units, MostUnits); unit++)
        {
            var upright = new float[steps * steps];
            for (var y = 0; y < steps; y++)
                plane.Values.As<float>().Slice((unit * steps + steps - 1 - y) * steps, steps).CopyTo(upright.AsSpan(y * steps));
            yield return Heatmap.Render(upright, steps, steps, new() { Scale = TileSheet.ScaleFor(steps, 96), Percentile = 100 });
        }
    }
}
