namespace Microsoft.ML.Introspection.Imaging;

/// <summary>Weighs the pixels of pictures of bytes.</summary>
internal static class ByteResampler
{
    // Weights as whole numbers with as many bits behind the point, as Pillow has them.
    private const int Bits = 22;

    /// <summary>One axis after the other, each rounded to bytes.</summary>
    public static Raster AxisByAxis(Raster image, AxisWeights columns, AxisWeights rows, bool verticalFirst)
    {
        var (format, channels) = (image.Format, (int)image.Format);
        var (width, height) = (image.Width, image.Height);
        byte[]? pixels = null;
        for (var pass = 0; pass < 2; pass++)
        {
            var vertical = pass == 0 == verticalFirst;
            if ((vertical ? rows : columns).IsIdentity)
                continue;
            var from = pixels ?? image.Pixels;
            pixels = vertical ? Vertical(from, width * channels, rows) : Horizontal(from, width, channels, height, columns);
            (width, height) = vertical ? (width, rows.Count) : (columns.Count, height);
        }
        return Raster.Owning(width, height, format, pixels!);
    }

    /// <summary>Both axes before anything is rounded.</summary>
    public static Raster AtOnce(Raster image, AxisWeights columns, AxisWeights rows)
    {
        var channels = (int)image.Format;
        var wide = columns.Count * channels;
        var narrow = new double[image.Height * wide];
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Row(y);
            for (var x = 0; x < columns.Count; x++)
            {
                var (first, weights) = columns.Taps[x];
                for (var j = 0; j < weights.Length; j++)
                    for (var c = 0; c < channels; c++)
                        narrow[y * wide + x * channels + c] += weights[j] * row[(first + j) * channels + c];
            }
        }
        var pixels = new byte[rows.Count * wide];
        for (var y = 0; y < rows.Count; y++)
            for (var x = 0; x < wide; x++)
                pixels[y * wide + x] = (byte)Math.Clamp(Math.Floor(rows.Sum(y, narrow, x, wide) + 0.5), 0, 255);
        return Raster.Owning(columns.Count, rows.Count, image.Format, pixels);
    }

    private static byte[] Horizontal(ReadOnlySpan<byte> pixels, int width, int channels, int height, AxisWeights columns)
    {
        var whole = Whole(columns);
        var result = new byte[height * columns.Count * channels];
        var to = 0;
        for (var y = 0; y < height; y++)
        {
            var row = pixels.Slice(y * width * channels, width * channels);
            for (var x = 0; x < whole.Length; x++)
            {
                var (first, weights) = whole[x];
                for (var c = 0; c < channels; c++)
                {
                    var sum = 1 << (Bits - 1);
                    for (int j = 0, at = first * channels + c; j < weights.Length; j++, at += channels)
                        sum += weights[j] * row[at];
                    result[to++] = (byte)Math.Clamp(sum >> Bits, 0, 255);
                }
            }
        }
        return result;
    }

    private static byte[] Vertical(ReadOnlySpan<byte> pixels, int stride, AxisWeights rows)
    {
        var whole = Whole(rows);
        var result = new byte[rows.Count * stride];
        var sums = new int[stride];
        for (var y = 0; y < whole.Length; y++)
        {
            var (first, weights) = whole[y];
            Array.Fill(sums, 1 << (Bits - 1));
            for (var j = 0; j < weights.Length; j++)
            {
                var row = pixels.Slice((first + j) * stride, stride);
                var weight = weights[j];
                for (var x = 0; x < sums.Length; x++)
                    sums[x] += weight * row[x];
            }
            for (var x = 0; x < sums.Length; x++)
                result[y * stride + x] = (byte)Math.Clamp(sums[x] >> Bits, 0, 255);
        }
        return result;
    }

    private static (int First, int[] Weights)[] Whole(AxisWeights weights) => Array.ConvertAll(weights.Taps,
        tap => (tap.First, Array.ConvertAll(tap.Weights, w => (int)Math.Round(w * (1 << Bits), MidpointRounding.AwayFromZero))));
}
