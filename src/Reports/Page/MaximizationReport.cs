using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What images that excite units look like: contact sheets, films, and a page with curves of the objective.</summary>
public static class MaximizationReport
{
    private const int MostFrames = 24, MostCurves = 12, Wanted = 96;

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="found">What was found.</param>
    /// <param name="names">What each image is of.</param>
    /// <param name="facts">What is said of the network and of how it was done.</param>
    /// <param name="form">How numbers become pictures.</param>
    public static Report Of(string title, MaximizedImages found, IReadOnlyList<string> names,
        IReadOnlyList<(string Name, object? Value)>? facts = null, FoundImageForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(names);
        form ??= new();
        var pictures = Pictures(found.Images, form);
        var (steps, count) = ((int)found.Objectives.Dimensions[0], pictures.Count);
        if (names.Count != count)
            throw new ArgumentException($"{names.Count} names were given for {count} images.", nameof(names));
        var objectives = found.Objectives.ToDouble();
        double[] Curve(int image) => [.. Enumerable.Range(0, steps).Select(step => objectives[step * count + image])];
        var report = new Report(title, "Images that excite units most") { new Facts([.. facts ?? [], ("Steps", steps)]) };
        report.Add(new Section("Images")
        {
            new Gallery([.. pictures.Select((picture, i) => new Figure(
                picture, $"objective {Numbers.Format(Curve(i)[^1])}", $"What excites {names[i]}")
            {
                Heading = names[i], DisplayWidth = 132,
            })]),
        });
        report.Add(new Section("Objectives")
        {
            new LineChart(Enumerable.Range(0, Math.Min(count, MostCurves)).Select(i => new ChartLine(names[i], Curve(i))))
            {
                Caption = "The objective before each step.", XTitle = "step", YTitle = "objective",
            },
        });
        if (found.Frames is { } frames)
            report.Add(new Section("On the way")
            {
                new Gallery([.. names.Take(MostCurves).Select((name, i) => (name, Strip: Strip(frames, i, form))).Select(s =>
                    new Figure(s.Strip, "", $"{s.name} on the way")
                    {
                        Heading = s.name, DisplayWidth = Math.Clamp(s.Strip.Width, 240, 900),
                    })]),
            });
        return report;
    }

    /// <summary>All images as one.</summary>
    /// <param name="images">Shape [N, …].</param>
    /// <param name="form">How numbers become pictures.</param>
    public static Raster Sheet(Tensor images, FoundImageForm? form = null) => TileSheet.Of(Pictures(images, form));

    /// <summary>The frames of a film of all images: a sheet for each.</summary>
    /// <param name="frames">Shape [frames, N, …].</param>
    /// <param name="form">How numbers become pictures.</param>
    public static IReadOnlyList<Raster> Film(Tensor frames, FoundImageForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(frames);
        return [.. Enumerable.Range(0, (int)frames.Dimensions[0]).Select(frame => Sheet(Part(frames, frame), form))];
    }

    /// <summary>
    /// Each image as a picture: in colours where it has three channels, in grey where it has one; of others channels stand below one
    /// another, of volumes the middle slice is drawn, curves and tables are lines of coloured squares.
    /// </summary>
    /// <param name="images">Shape [N, …].</param>
    /// <param name="form">How numbers become pictures.</param>
    public static IReadOnlyList<Raster> Pictures(Tensor images, FoundImageForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        form ??= new();
        return [.. Enumerable.Range(0, (int)images.Dimensions[0]).Select(i => Picture(Part(images, i), form))];
    }

    private static Raster Strip(Tensor frames, int image, FoundImageForm form)
    {
        var count = (int)frames.Dimensions[0];
        var every = Math.Max(1, (count + MostFrames - 1) / MostFrames);
        return TileSheet.Of([.. Enumerable.Range(0, count).Where(f => (count - 1 - f) % every == 0)
            .Select(f => Picture(Part(Part(frames, f), image), form))], new() { Columns = 12 });
    }

    private static Raster Picture(Tensor image, FoundImageForm form)
    {
        var extents = image.Dimensions.ToArray();
        var values = Array.ConvertAll(image.ToDouble(), v => (float)v);
        if (form.ChannelsLast && extents.Length > 1)
        {
            var (channels, size) = ((int)extents[^1], values.Length / (int)extents[^1]);
            values = [.. Enumerable.Range(0, values.Length).Select(i => values[i % size * channels + i / size])];
            extents = [channels, .. extents[..^1]];
        }
        if (extents.Length == 1)
            extents = [1, 1, extents[0]];
        else if (extents.Length == 2)
            extents = [1, extents[0], extents[1]];
        var (height, width) = ((int)extents[^2], (int)extents[^1]);
        if (extents.Length > 3)
        {
            var planes = values.Length / (int)extents[0] / height / width;
            values = [.. Enumerable.Range(0, (int)extents[0]).SelectMany(c =>
                values[((c * planes + planes / 2) * height * width)..][..(height * width)])];
        }
        if (image.Dimensions.Length < 3)
            return Heatmap.Render(values, height, width, new() { Percentile = 100, Scale = TileSheet.ScaleFor(width, 4 * Wanted) });
        if (extents[0] is not (1 or 3))
            return TileSheet.Of(values, (int)extents[0], height, width, new()
            {
                Columns = 1, Gap = 1, Heatmap = new() { Percentile = 100, Scale = TileSheet.ScaleFor(Math.Max(height, width), Wanted) },
            });
        var (low, high) = form.Range is { } given ? ((float)given.Low, (float)given.High) : Span(values);
        return Raster.FromPlanes(values, (int)extents[0], height, width, low, high)
            .Enlarge(TileSheet.ScaleFor(Math.Max(height, width), Wanted));
    }

    private static (float Low, float High) Span(float[] values)
    {
        var finite = values.Where(float.IsFinite).DefaultIfEmpty().ToList();
        var (low, high) = (finite.Min(), finite.Max());
        return (low, high > low ? high : MathF.BitIncrement(low));
    }

    private static Tensor Part(Tensor tensor, int number)
    {
        long[] extents = [.. tensor.Dimensions[1..]];
        var size = (int)extents.Aggregate(1L, (p, e) => p * e);
        return tensor.Type == ElementType.Float ? Tensor.From(tensor.As<float>().Slice(number * size, size), extents)
            : Tensor.From(tensor.As<double>().Slice(number * size, size), extents);
    }
}

/// <summary>How images that were found become pictures.</summary>
public sealed record FoundImageForm
{
    /// <summary>Whether channels are the last axis, not the one behind the batch.</summary>
    public bool ChannelsLast { get; init; }

    /// <summary>The numbers that are black and white; null for the smallest and the largest of each image.</summary>
    public (double Low, double High)? Range
    {
        get;
        init => field = value is not var (low, high) || low < high && double.IsFinite(high - low) ? value
            : throw new ArgumentOutOfRangeException(nameof(Range), value, "A finite number and a larger one were expected.");
    }

    /// <summary>The range of several images that share black and white.</summary>
    internal static (double Low, double High) RangeOf(IEnumerable<double> values)
    {
        var finite = values.Where(double.IsFinite).DefaultIfEmpty().ToList();
        return (finite.Min(), Math.Max(finite.Max(), finite.Min() + 1e-9));
    }
}
