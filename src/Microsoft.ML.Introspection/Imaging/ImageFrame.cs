namespace Microsoft.ML.Introspection.Imaging;

/// <summary>
/// Where all of an image lies in the picture that a network is given: it is stretched to that rectangle, and what of it reaches out of the
/// picture is cropped.
/// </summary>
/// <param name="Left">The first column; negative where columns are cropped.</param>
/// <param name="Top">The first row; negative where rows are cropped.</param>
/// <param name="Width">The columns of the whole image.</param>
/// <param name="Height">Its rows.</param>
public readonly record struct ImageFrame(int Left, int Top, int Width, int Height)
{
    /// <summary>Carries a map of the picture back to the image: what the crop left out gets no value, NaN.</summary>
    /// <param name="map">height × width numbers of the picture.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="imageHeight">Rows of the image.</param>
    /// <param name="imageWidth">Columns of the image.</param>
    /// <param name="interpolation">How values between places are found; cubic ones overshoot and are not offered.</param>
    /// <returns>imageHeight × imageWidth numbers.</returns>
    public double[] CarryBack(ReadOnlySpan<double> map, int height, int width, int imageHeight, int imageWidth,
        Interpolation interpolation = Interpolation.Bilinear)
    {
        Raster.CheckSize(width, height);
        Raster.CheckSize(imageWidth, imageHeight);
        if (map.Length != width * height)
            throw new ArgumentException($"A map of {height} × {width} has {height * width} values; {map.Length} given.", nameof(map));
        if (interpolation is not (Interpolation.Nearest or Interpolation.Bilinear))
            throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, "Nearest or Bilinear was expected.");
        var (columns, rows) = (Places(imageWidth, Left, Width, width), Places(imageHeight, Top, Height, height));
        var back = new double[imageHeight * imageWidth];
        for (var y = 0; y < imageHeight; y++)
            for (var x = 0; x < imageWidth; x++)
                back[y * imageWidth + x] = At(map, width, height, columns[x], rows[y], interpolation == Interpolation.Nearest);
        return back;
    }

    /// <summary>Where the middle of each pixel of the image lies in the picture; NaN outside.</summary>
    private static double[] Places(int image, int start, int extent, int picture)
    {
        var places = new double[image];
        for (var i = 0; i < image; i++)
        {
            var place = start + (i + 0.5) * extent / image;
            places[i] = extent > 0 && place >= 0 && place <= picture ? Math.Clamp(place - 0.5, 0, picture - 1) : double.NaN;
        }
        return places;
    }

    private static double At(ReadOnlySpan<double> map, int width, int height, double x, double y, bool nearest)
    {
        if (double.IsNaN(x) || double.IsNaN(y))
            return double.NaN;
        if (nearest)
            return map[(int)Math.Floor(y + 0.5) * width + (int)Math.Floor(x + 0.5)];
        var (left, top) = ((int)x, (int)y);
        var (right, bottom) = (Math.Min(left + 1, width - 1), Math.Min(top + 1, height - 1));
        var above = Mix(map[top * width + left], map[top * width + right], x - left);
        return Mix(above, Mix(map[bottom * width + left], map[bottom * width + right], x - left), y - top);
    }

    private static double Mix(double a, double b, double share) => share == 0 ? a : a + (b - a) * share;
}
