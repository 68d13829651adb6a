using System.Buffers;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Images.Steps;
using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Images.Pictures;

/// <summary>A user's image: a file, the bytes of one, or an image in memory.</summary>
/// <param name="Name">What it is called in messages.</param>
/// <param name="Path">The file; null where there is none.</param>
/// <param name="Bytes">Its bytes; null where there are none.</param>
/// <param name="Image">The image, which belongs to whoever gave it; null where there is none.</param>
internal readonly record struct PictureValue(string Name, string? Path, byte[]? Bytes, MLImage? Image)
{
    /// <summary>How many bytes are read, or pixels are held.</summary>
    public long Weight => Image is { } image ? (long)image.Width * image.Height
        : Bytes?.LongLength ?? (Path is { Length: > 0 } path && File.Exists(path) ? new FileInfo(path).Length : 0);
}

/// <summary>
/// Takes images through ML.NET's own steps, from the file to the numbers of their pixels, one at a time. Not for several threads at once.
/// </summary>
internal sealed class PictureLane : IDisposable
{
    private readonly int _maximumPixels;
    private readonly List<StepRow<MLImage>> _steps = [];
    private readonly StepRow<VBuffer<float>> _extraction;
    private VBuffer<float> _numbers;

    /// <summary>Opens the steps.</summary>
    /// <param name="pixels">The steps.</param>
    /// <param name="type">What the column of images holds.</param>
    /// <param name="maximumPixels">The largest image.</param>
    public PictureLane(PixelColumn pixels, DataViewType type, int maximumPixels)
    {
        _maximumPixels = maximumPixels;
        foreach (var step in pixels.Steps)
        {
            _steps.Add(new StepRow<MLImage>(step.Step, step.Inputs, type, step.Output));
            type = _steps[^1].Type;
        }
        _extraction = new StepRow<VBuffer<float>>(pixels.Extraction, pixels.Inputs, type, pixels.Column);
    }

    /// <summary>
    /// Decodes an image as ML.NET does, which leaves EXIF's orientation aside; what ends early is refused, which ML.NET does not.
    /// </summary>
    /// <exception cref="ImageFormatException">It cannot be used.</exception>
    public static MLImage Decode(PictureValue value, int maximumPixels)
    {
        var name = value.Name;
        try
        {
            if (value.Bytes is { } given)
                return Decode(given, given.Length, value, maximumPixels);
            var length = Length(value.Path ?? throw new ImageFormatException($"'{name}' has no image; give one, or leave the row out."));
            var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
            try
            {
                using (var file = File.OpenRead(value.Path!))
                    length = file.ReadAtLeast(bytes.AsSpan(0, length), length, throwOnEndOfStream: false);
                return Decode(bytes, length, value, maximumPixels);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new ImageFormatException($"'{name}' cannot be read: {e.Message} Name a file that is there, or leave the row out.", e);
        }
    }

    /// <summary>Makes numbers of an image's pixels.</summary>
    /// <param name="value">The image.</param>
    /// <param name="numbers">Takes them.</param>
    /// <param name="own">Makes something of the image as it is; null for nothing.</param>
    /// <param name="seen">Makes something of the picture that the network sees; null for nothing.</param>
    /// <returns>The image's own width and height.</returns>
    /// <exception cref="ImageFormatException">It cannot be used.</exception>
    public (int Width, int Height) Prepare(PictureValue value, Span<float> numbers, Action<MLImage>? own, Action<MLImage>? seen)
    {
        var image = value.Image ?? Decode(value, _maximumPixels);
        var size = (image.Width, image.Height);
        var current = image;
        try
        {
            if ((long)image.Width * image.Height > _maximumPixels)
                throw new ImageFormatException($"'{value.Name}' has {image.Width} × {image.Height} pixels, more than the limit of "
                    + $"{_maximumPixels:N0} (MaximumPixels); make it smaller.");
            own?.Invoke(image);
            foreach (var step in _steps)
            {
                MLImage next = null!;
                step.Apply(current, ref next);
                if (!ReferenceEquals(current, next) && !ReferenceEquals(current, image))
                    current.Dispose();
                current = next;
            }
            seen?.Invoke(current);
            _extraction.Apply(current, ref _numbers);
            if (_numbers.Length != numbers.Length)
                throw new ImageFormatException($"The pixels are {_numbers.Length} numbers; {numbers.Length} were expected.");
            _numbers.CopyTo(numbers);
            return size;
        }
        finally
        {
            if (!ReferenceEquals(current, image))
                current.Dispose();
            // What was decoded here is ours; what came in is not.
            if (value.Image is null)
                image.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var step in _steps)
            step.Dispose();
        _extraction.Dispose();
    }

    private static MLImage Decode(byte[] bytes, int length, PictureValue value, int maximumPixels)
    {
        ImageFile.Check(bytes.AsSpan(0, length), value.Name, maximumPixels);
        try
        {
            using var stream = new MemoryStream(bytes, 0, length, writable: false);
            var image = MLImage.CreateFromStream(stream);
            image.Tag = value.Path;
            return image;
        }
        catch (ArgumentException e)
        {
            // Our own decoder knows what is wrong.
            ImageFile.Decode(bytes.AsSpan(0, length), value.Name, maximumPixels);
            throw new ImageFormatException($"'{value.Name}': ML.NET cannot decode it ({e.Message}); write it again as PNG.", e);
        }
    }

    private static int Length(string path)
    {
        if (path.Length == 0)
            throw new ImageFormatException("The path of the image is empty; name a file, or leave the row out.");
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new ImageFormatException($"'{path}' does not exist; name a file that is there, or leave the row out.");
        return file.Length <= ImageFile.MaximumBytes ? (int)file.Length : throw new ImageFormatException(
            $"'{path}' has {file.Length:N0} bytes, more than the limit of {ImageFile.MaximumBytes:N0}; make it smaller.");
    }
}
