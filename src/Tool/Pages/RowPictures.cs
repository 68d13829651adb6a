using System.Globalization;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>Rows one by one: one image under all methods, a volume in slices, tokens coloured, all else as bars.</summary>
internal static class RowPictures
{
    private const int MostBars = 12;
    private const int ManyPixels = 64;

    // Of one row and method: the page has several.
    private const int MostVoxels = 1 << 20;

    /// <summary>Refuses what no picture shows.</summary>
    /// <exception cref="NotSupportedException">It has too many axes.</exception>
    public static void Check(ResultPort port, ShownInput input)
    {
        if (port.RowShape.Count > 1 && !IsOfTokens(port, input) && Shape(port, input) is null)
            throw new NotSupportedException($"A page shows rows of up to four axes; '{port.Name}' has rows of shape "
                + $"[{string.Join(", ", port.RowShape)}]. Leave --report out.");
    }

    /// <summary>The page.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="facts">What is said of model and data.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="inputs">What stands in them.</param>
    /// <param name="methods">What explains them.</param>
    public static Report Page(string title, IReadOnlyList<(string Name, object? Value)> facts, ShownRow[] rows,
        IReadOnlyList<ShownInput> inputs, IReadOnlyList<ShownMethod> methods)
    {
        var report = new Report(title, "What each row was judged by")
        {
            new Facts([.. facts, ("Methods", string.Join(", ", methods.Select(m => m.Name)))]),
        };
        foreach (var row in rows)
        {
            var section = new Section(row.Name, string.Create(CultureInfo.InvariantCulture, $"score {row.Score:G4}")
                + $", explained: {row.Target}{(row.Label is { } truth ? $", in truth {truth}" : "")}");
            foreach (var input in Enumerable.Range(0, inputs.Count))
                foreach (var picture in Pictures(row, inputs, methods, input))
                    section.Add(picture);
            report.Add(section);
        }
        return report;
    }

    private static IEnumerable<ReportSection> Pictures(
        ShownRow row, IReadOnlyList<ShownInput> inputs, IReadOnlyList<ShownMethod> methods, int place)
    {
        var input = inputs[place];
        var of = inputs.Count > 1 ? $"{input.Name}: " : "";
        var parts = methods.SelectMany((m, method) => m.Parts.Select((p, part) => (m.Name, Part: p, Values: row.Values[method][part])))
            .Where(p => p.Part.Input == place).ToList();
        var maps = parts.Where(p => Kind(p.Part.Port, input) == PictureKind.Map).ToList();
        if (maps.Count > 0)
            yield return Gallery(of, input, row.Inputs[place], maps.Select(m => (m.Name, Shape(m.Part.Port, input)!, Singles(m.Values))));
        foreach (var (name, part, values) in parts)
        {
            var caption = $"{of}{name}";
            switch (Kind(part.Port, input))
            {
                case PictureKind.Tokens:
                    yield return new ColoredText(row.Inputs[place].Zip(PerToken(values, input.Width), (token, value) =>
                        new TokenAttribution(token.ToString(CultureInfo.InvariantCulture), value)), new() { Spaced = true })
                    {
                        Caption = $"{caption}: red speaks in favour; blue, underlined, against.",
                    };
                    break;
                case PictureKind.Volume:
                    var shape = Shape(part.Port, input)!;
                    var (why, seen) = (
                        Volume.SumChannels(shape.Planes(Singles(values)), shape.Channels, shape.Depth, shape.Height, shape.Width),
                        Seen(input, row.Inputs[place]));
                    yield return new VolumeScrubber(why, seen, new() { MaximumVoxels = MostVoxels })
                    {
                        Caption = $"{caption}: slices across all three directions, with the same scale.",
                    };
                    yield return new VolumeSlices(why, seen) { Caption = $"{caption}: slices across the depth, all with the same scale." };
                    break;
                case PictureKind.Bars:
                    yield return new AttributionBars(part.Names.Zip(values, (n, value) => new FeatureAttribution(n, value)))
                    {
                        Caption = $"{caption}: red speaks in favour, blue against.", MaximumBars = MostBars,
                    };
                    break;
                default:
                    break;
            }
        }
    }

    private static MethodGallery Gallery(
        string of, ShownInput input, float[] seen, IEnumerable<(string Name, MapShape Shape, float[] Values)> given)
    {
        var maps = given.ToList();
        var shape = MapShape.Of(input.Extents, input.ChannelAxis) is { IsVolume: false } planes ? planes : null;
        // A map of a layer may have a row that is no image beside it; then the first map stands for it.
        var image = shape is null ? Heatmap.Render(maps[0].Values, maps[0].Shape.Height, maps[0].Shape.Width) : Image(shape, seen);
        return new MethodGallery(image,
            maps.Select(m => new MethodMap(
                m.Name, m.Shape.Stretched(Heatmap.SumChannels(m.Shape.Planes(m.Values), m.Shape.Channels, m.Shape.Height, m.Shape.Width)),
                m.Shape.Height * m.Shape.LinesOfOne, m.Shape.Width)),
            new MethodGalleryOptions
            {
                OverImage = shape is not null && shape.Width >= ManyPixels && maps.Exists(m => m.Shape.Width < shape.Width),
                PictureWidth = shape is { LinesOfOne: > 1 } ? 480 : 152,
            })
        {
            ImageCaption = of.TrimEnd(':', ' '),
        };
    }

    // Three channels are colours; of all other numbers the sum is drawn.
    private static Raster Image(MapShape shape, float[] seen)
    {
        var planes = shape.Planes(seen);
        var channels = shape.Channels == 3 ? 3 : 1;
        if (shape.Channels != channels)
            planes = Heatmap.SumChannels(planes, shape.Channels, shape.Height, shape.Width);
        if (shape.LinesOfOne > 1)
            planes = [.. planes.Chunk(shape.Height * shape.Width).SelectMany(shape.Stretched)];
        var finite = planes.Where(float.IsFinite).DefaultIfEmpty().ToList();
        var (black, white) = (MathF.Max(finite.Min(), float.MinValue / 2), MathF.Min(finite.Max(), float.MaxValue / 2));
        return Raster.FromPlanes(planes, channels, shape.Height * shape.LinesOfOne, shape.Width, black,
            white > black ? white : MathF.BitIncrement(black));
    }

    private static Volume? Seen(ShownInput input, float[] seen) =>
        MapShape.Of(input.Extents, input.ChannelAxis) is { IsVolume: true } shape
            ? Volume.SumChannels(shape.Planes(seen), shape.Channels, shape.Depth, shape.Height, shape.Width) : null;

    private static double[] PerToken(double[] values, int tokens) => values.Length == tokens ? values
        : [.. values.Chunk(values.Length / tokens).Select(own => own.Sum())];

    private static PictureKind Kind(ResultPort port, ShownInput input) => IsOfTokens(port, input) ? PictureKind.Tokens
        : port.RowShape.Count < 2 ? PictureKind.Bars
        : Shape(port, input) is { IsVolume: true } ? PictureKind.Volume : PictureKind.Map;

    // To each token, or to all numbers of its embedding.
    private static bool IsOfTokens(ResultPort port, ShownInput input) =>
        input.IsTokens && port.RowShape.Count > 0 && port.RowShape[0] == input.Width;

    // What has the input's extents has its channels where the input has them.
    private static MapShape? Shape(ResultPort port, ShownInput input) => MapShape.Of(port.RowShape,
        port.RowShape.Count == input.Extents.Count && port.RowShape[input.ChannelAxis] is var channels
            && (channels == 1 || channels == input.Extents[input.ChannelAxis]) ? input.ChannelAxis : 0);

    private static float[] Singles(double[] values) => Array.ConvertAll(values, value => (float)value);

    private enum PictureKind
    {
        Map,
        Volume,
        Tokens,
        Bars,
    }
}
