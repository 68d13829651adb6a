using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>Explains each image by a graph of its own, as its regions are.</summary>
internal sealed class SegmentWork : IBlockWork
{
    private readonly Func<Tensor, GraphWork> _make;
    private readonly ImageReading _reading;
    private readonly int _regions;
    private readonly int _maximumPixels;
    private GraphWork _work;

    /// <summary>Compiles once, to see what comes out.</summary>
    /// <param name="make">Compiles for regions: whole numbers of a row's shape, or 1 in the place of the channels.</param>
    /// <param name="reading">What the network sees of an image.</param>
    /// <param name="regions">About how many regions an image is cut into.</param>
    /// <param name="maximumPixels">The largest image.</param>
    public SegmentWork(Func<Tensor, GraphWork> make, ImageReading reading, int regions, int maximumPixels)
    {
        (_make, _reading, _regions, _maximumPixels) = (make, reading, regions, maximumPixels);
        var (height, width) = (reading.Height, reading.Width);
        _work = make(Laid(Superpixels.Grid(height, width, Math.Min(2, height), Math.Min(2, width)).ToInt64()));
        Ports =
        [
            .. _work.Ports.Select((port, index) =>
                new ResultPort(port.Name, port.Type, port.RowShape, rows => _work.Ports[index].Bytes(rows))),
        ];
    }

    public int Capacity => 1;

    public IReadOnlyList<ResultPort> Ports { get; }

    public void Take(RowSource rows, int place)
    {
        var picture = _reading.Show(rows.Carried()[0], _maximumPixels).Seen;
        var (count, channels) = (picture.Width * picture.Height, (int)picture.Format);
        var planes = new float[count * channels];
        for (var i = 0; i < planes.Length; i++)
            planes[i % channels * count + i / channels] = picture.Pixels[i] / 255f;
        var regions = Superpixels.Slic(Tensor.From(planes, channels, picture.Height, picture.Width), _regions);
        _work.Dispose();
        _work = _make(Laid(regions.ToInt64()));
        _work.Take(rows, place);
    }

    public void Compute(long first, int rows, Action<double> progress, CancellationToken cancellation) =>
        _work.Compute(first, rows, progress, cancellation);

    public void Dispose() => _work.Dispose();

    private Tensor Laid(long[] regions) => _reading.Layout == PixelLayout.ChannelsFirst
        ? Tensor.From(regions, 1, _reading.Height, _reading.Width)
        : Tensor.From(regions, _reading.Height, _reading.Width, 1);
}
