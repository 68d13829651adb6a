using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Images.Steps;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Images.Pictures;

/// <summary>Files of images as a pipeline of ML.NET reads them: by its own steps, EXIF's orientation left aside as it does.</summary>
internal sealed class PipelineReading : ImageReading, IDisposable
{
    // Compressed images have some such number of pixels for each byte; what is large is decoded one at a time.
    private const int PixelsOfByte = 4;

    private readonly PixelColumn _pixels;
    private readonly MapGeometry _geometry;
    private readonly PictureLanes _lanes;

    /// <summary>Opens the steps, so that what cannot be done is told now.</summary>
    /// <param name="pixels">The steps.</param>
    /// <param name="carrying">How maps come back.</param>
    public PipelineReading(PixelColumn pixels, MapCarrying carrying) : base(pixels.Width, pixels.Height, pixels.Planes,
        pixels.IsInterleaved ? PixelLayout.ChannelsLast : PixelLayout.ChannelsFirst)
    {
        (_pixels, _geometry) = (pixels, new MapGeometry(pixels, carrying));
        _lanes = new PictureLanes(() => new PictureLane(pixels, new ImageDataViewType(), Raster.MaximumPixels));
        using var lane = _lanes.Take();
    }

    public override string Description =>
        string.Join(" → ", _pixels.Steps.Select(s => s.Step).Append(_pixels.Extraction).Select(s => StepNames.Of(s).Trim('\'')));

    public override (float[] Numbers, string? Warning) Read(string path, int maximumPixels, Action<long>? sized)
    {
        var numbers = new float[Width * Height * Channels];
        Take(path, maximumPixels, numbers, null, null, sized);
        return (numbers, null);
    }

    public override Raster Own(string path, int maximumPixels)
    {
        using var image = PictureLane.Decode(new PictureValue(path, path, null, null), maximumPixels);
        return MlPixels.ToRaster(image);
    }

    public override SeenImage Show(string path, int maximumPixels)
    {
        Raster? own = null, seen = null;
        Take(path, maximumPixels, new float[Width * Height * Channels], image => own = MlPixels.ToRaster(image),
            image => seen = MlPixels.ToRaster(image), null);
        return new SeenImage(own!, seen!);
    }

    public override double[] CarryBack(double[] map, int imageHeight, int imageWidth) => _geometry.CarryBack(map, imageHeight, imageWidth);

    public void Dispose() => _lanes.Dispose();

    private void Take(string path, int maximumPixels, float[] numbers, Action<MLImage>? own, Action<MLImage>? seen, Action<long>? sized)
    {
        var value = new PictureValue(path, path, null, null);
        sized?.Invoke(value.Weight * PixelsOfByte);
        using var image = PictureLane.Decode(value, maximumPixels);
        using var lane = _lanes.Take();
        lane.Of.Prepare(value with { Image = image }, numbers, own, seen);
    }
}
