using System.Globalization;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Pages;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>What the pictures of a run show.</summary>
/// <param name="Request">What is asked.</param>
/// <param name="Reading">How the network sees images.</param>
/// <param name="ClassNames">The names of classes, from 0 on; none where nobody named them.</param>
/// <param name="MaximumPixels">The largest image.</param>
internal sealed record PictureOptions(
    ImageRequest Request, ImageReading Reading, IReadOnlyList<string> ClassNames, int MaximumPixels)
{
    /// <summary>The name of a class, or its number.</summary>
    public string ClassName(long number) => number >= 0 && number < ClassNames.Count ? ClassNames[(int)number]
        : number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The ports that pictures are made of.</summary>
/// <param name="Maps">The attributions of each method.</param>
/// <param name="Score">The explained score.</param>
/// <param name="Outputs">All outputs of the network.</param>
/// <param name="Bases">The score that each method starts from; null of those that promise no sum.</param>
internal sealed record PicturePorts(IReadOnlyList<(string Method, ResultPort Port)> Maps, ResultPort Score, ResultPort Outputs,
    IReadOnlyList<ResultPort?> Bases);

/// <summary>Lays maps over images, in files of a folder, and keeps the first images for the page.</summary>
internal sealed class PictureSink : IRowSink
{
    // Overlays of larger images are drawn smaller: memory.
    private const int MostPixels = 1 << 21;
    private const long LargeFile = 1 << 20;
    private const int SheetGap = 8;
    private const int MostClasses = 3;

    private readonly string _folder;
    private readonly PictureOptions _options;
    private readonly PicturePorts _ports;
    private readonly SortedDictionary<long, ExplainedImage> _shown = [];
    private readonly Lock _large = new();

    /// <summary>Makes the folders.</summary>
    public PictureSink(string folder, PictureOptions options, PicturePorts ports)
    {
        (_folder, _options, _ports) = (folder, options, ports);
        if (_options.Request.Overlays.Count == 0)
            return;
        Directory.CreateDirectory(Path.Combine(folder, "overlays"));
        Directory.CreateDirectory(Path.Combine(folder, "sheets"));
    }

    public IReadOnlyList<string> Paths => [_folder];

    public bool Carries => true;

    /// <summary>The first images, for the page.</summary>
    public IReadOnlyList<ExplainedImage> Shown => [.. _shown.Values];

    public void Append(long first, int rows, IReadOnlyList<string[]> carried) => Parallel.For(0, rows, row =>
    {
        var number = first + row;
        var shown = number < _options.Request.Gallery;
        if (!shown && _options.Request.Overlays.Count == 0)
            return;
        if (new FileInfo(carried[row][0]).Length <= LargeFile)
            Draw(number, row, carried[row], shown);
        else
            lock (_large)
                Draw(number, row, carried[row], shown);
    });

    public void Prepare() { }

    public void Complete() { }

    public void Dispose() { }

    private void Draw(long number, int row, string[] carried, bool shown)
    {
        // What the network sees is for the page alone.
        var both = shown ? _options.Reading.Show(carried[0], _options.MaximumPixels) : null;
        var image = both?.Own ?? _options.Reading.Own(carried[0], _options.MaximumPixels);
        var maps = _ports.Maps.Select(m => (m.Method, Map: Map(m.Port, row))).ToList();
        if (_options.Request.Overlays.Count > 0)
            DrawOverlays(number, image, carried[0], maps);
        if (both is null)
            return;
        var explained = new ExplainedImage(Path.GetFileName(carried[0]), both.Seen,
            [.. maps.Select((m, i) => new MethodMap(m.Method, Array.ConvertAll(m.Map.Values, v => (float)v), m.Map.Height, m.Map.Width,
                Told(m.Map.Values, i, row)))])
        {
            Label = carried[1].Length > 0 ? carried[1] : null,
            Classes = [.. Likeliest(row)],
            Score = PortNumbers.Of(_ports.Score, row)[0],
        };
        lock (_shown)
            _shown.Add(number, explained);
    }

    // Of a method that promises a sum: what it is, and what of.
    private string? Told(double[] map, int method, int row) => _ports.Bases[method] is not { } start ? null
        : string.Create(CultureInfo.InvariantCulture, $"sum {map.Sum():+0.####;−0.####;0}, ")
            + string.Create(CultureInfo.InvariantCulture, $"from {PortNumbers.Of(start, row)[0]:0.####} ")
            + string.Create(CultureInfo.InvariantCulture, $"to {PortNumbers.Of(_ports.Score, row)[0]:0.####}");

    private void DrawOverlays(long number, Raster image, string path,
        List<(string Method, (double[] Values, int Height, int Width) Map)> maps)
    {
        var shrink = Math.Sqrt((double)image.Width * image.Height / MostPixels);
        if (shrink > 1)
            image = new Resizing(ResizeRule.Pillow, ResizeFilter.Box).Apply(image, Math.Max(1, (int)(image.Width / shrink)),
                Math.Max(1, (int)(image.Height / shrink)));
        // Names may be the same in several folders; the number of the row tells them apart.
        var stem = string.Create(CultureInfo.InvariantCulture, $"{number:00000}-{Path.GetFileNameWithoutExtension(path)}");
        var white = new Rgb(255, 255, 255);
        var sheet = new List<Raster>();
        foreach (var (method, map) in maps)
        {
            var seen = new Resizing(ResizeRule.Torch).Apply(map.Values, map.Height, map.Width, _options.Reading.Height,
                _options.Reading.Width);
            var own = _options.Reading.CarryBack(seen, image.Height, image.Width);
            var line = new List<Raster> { image };
            foreach (var kind in _options.Request.Overlays)
            {
                var overlay = OverlayKinds.Draw(kind, image, own, _options.Request.Colors);
                var suffix = _options.Request.Overlays.Count > 1 ? $".{kind}" : "";
                PngWriter.Save(overlay, Path.Combine(_folder, "overlays", $"{stem}.{method}{suffix}.png"));
                line.Add(overlay);
            }
            sheet.Add(Raster.SideBySide(SheetGap, white, line));
        }
        PngWriter.Save(Raster.Stacked(SheetGap, white, sheet), Path.Combine(_folder, "sheets", $"{stem}.png"));
    }

    // The sum over channels; maps of a layer's own size have one channel or none.
    private (double[] Values, int Height, int Width) Map(ResultPort port, int row)
    {
        var values = PortNumbers.Of(port, row);
        var last = _options.Reading.Layout == PixelLayout.ChannelsLast && port.RowShape is [_, _, var c]
            && c == _options.Reading.Channels;
        var (channels, height, width) = port.RowShape switch
        {
            [var h, var w, var own] when last => (own, h, w),
            [var own, var h, var w] => (own, h, w),
            [var h, var w] => (1, h, w),
            var other => throw new NotSupportedException(
                $"The attribution '{port.Name}' [{string.Join(", ", other)}] is no map of an image."),
        };
        var map = new double[height * width];
        for (var i = 0; i < values.Length; i++)
            map[last ? i / channels : i % map.Length] += values[i];
        return (map, height, width);
    }

    private IEnumerable<(string, double)> Likeliest(int row)
    {
        var scores = PortNumbers.Of(_ports.Outputs, row);
        if (scores.Length < 2 || scores.Any(s => !double.IsFinite(s)))
            return [];
        // Logits become probabilities; what sums to 1 already are probabilities.
        if (Math.Abs(scores.Sum() - 1) > 1e-3 || scores.Any(s => s < 0))
        {
            var most = scores.Max();
            var powers = Array.ConvertAll(scores, s => Math.Exp(s - most));
            var whole = powers.Sum();
            scores = Array.ConvertAll(powers, p => p / whole);
        }
        return scores.Index().OrderByDescending(s => s.Item).Take(MostClasses).Select(s => (Name(s.Index), s.Item));

        string Name(int number) =>
            _options.ClassNames.Count > 0 ? _options.ClassName(number) : FormattableString.Invariant($"class {number}");
    }
}
