using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Pictures of sounds with what a method says of their samples.</summary>
public static class SoundPicture
{
    private static readonly Rgb Paper = new(0xFF, 0xFF, 0xFF), Silent = new(0x5C, 0x65, 0x73), Middle = new(0xE2, 0xE5, 0xEA);

    // Of weak relevance the wave keeps its gray.
    private const double Weakest = 0.15;

    /// <summary>The sums of relevance over stretches of equal length, as nearly as the samples allow: they keep the total.</summary>
    /// <param name="relevance">A number for each sample.</param>
    /// <param name="stretches">How many stretches; no more than there are samples.</param>
    public static float[] Stretches(ReadOnlySpan<float> relevance, int stretches)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stretches, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stretches, relevance.Length);
        var sums = new double[stretches];
        for (var i = 0; i < relevance.Length; i++)
            sums[(int)((long)i * stretches / relevance.Length)] += relevance[i];
        return Array.ConvertAll(sums, sum => (float)sum);
    }

    /// <summary>The wave, from its least to its largest sample at each place, in the colour of the relevance there.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="relevance">A number for each.</param>
    /// <param name="width">Pixels from left to right; there may be fewer samples.</param>
    /// <param name="height">Pixels from top to bottom.</param>
    /// <param name="options">How numbers become colours.</param>
    /// <returns>The picture, and the map that explains its colours.</returns>
    /// <exception cref="ArgumentException">There are not as many numbers as samples.</exception>
    public static (Raster Picture, Heatmap Map) Waveform(ReadOnlySpan<float> samples, ReadOnlySpan<float> relevance, int width = 960,
        int height = 160, HeatmapOptions? options = null)
    {
        if (samples.IsEmpty || samples.Length != relevance.Length)
            throw new ArgumentException($"A number for each of the {samples.Length} samples, one at least, was expected; "
                + $"{relevance.Length} given.", nameof(relevance));
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 8);
        var places = Math.Min(width, samples.Length);
        var map = new Heatmap(Stretches(relevance, places), 1, places, options);
        var colors = map.Draw();
        var (low, high, most) = (new float[places], new float[places], 0f);
        Array.Fill(low, float.PositiveInfinity);
        Array.Fill(high, float.NegativeInfinity);
        for (var i = 0; i < samples.Length; i++)
        {
            var place = (int)((long)i * places / samples.Length);
            (low[place], high[place]) = (MathF.Min(low[place], samples[i]), MathF.Max(high[place], samples[i]));
            most = MathF.Max(most, MathF.Abs(samples[i]));
        }
        var middle = (height - 1) / 2.0;
        var strong = map.Maximum > map.Minimum ? Math.Max(Math.Abs(map.Minimum), Math.Abs(map.Maximum)) : 1;
        var values = Stretches(relevance, places);
        var picture = Raster.Create(width, height, (x, y) =>
        {
            var place = (int)((long)x * places / width);
            // A wave that changes less than a line is a line.
            var top = (int)Math.Round(middle - (most > 0 ? high[place] / most : 0) * middle);
            var bottom = (int)Math.Round(middle - (most > 0 ? low[place] / most : 0) * middle);
            if (y < top || y > bottom)
                return y == (int)middle ? Middle : Paper;
            var strength = Math.Min(1, Math.Abs(values[place]) / strong);
            return strength < Weakest ? Rgb.Mix(Silent, colors[place, 0], strength / Weakest) : colors[place, 0];
        });
        return (picture, map);
    }

    /// <summary>A spectrogram in shades of gray, and over it what a method says of the samples at each time.</summary>
    /// <param name="spectrogram">The spectrogram.</param>
    /// <param name="relevance">A number for each sample, or one for each frequency and time, the lowest frequency first.</param>
    /// <param name="options">How numbers become colours.</param>
    /// <returns>The picture, and the map that explains its colours.</returns>
    /// <exception cref="ArgumentException">There are fewer samples than times.</exception>
    public static (Raster Picture, Heatmap Map) Over(Spectrogram spectrogram, ReadOnlySpan<float> relevance, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(spectrogram);
        var isWhole = relevance.Length == spectrogram.Values.Length;
        if (!isWhole && relevance.Length < spectrogram.Frames)
            throw new ArgumentException($"A number for each of the samples, or {spectrogram.Frequencies} × {spectrogram.Frames} of them, "
                + $"were expected; {relevance.Length} given.", nameof(relevance));
        var map = isWhole
            ? new Heatmap(spectrogram.Upright(relevance), spectrogram.Frequencies, spectrogram.Frames, options)
            : new Heatmap(Stretches(relevance, spectrogram.Frames), 1, spectrogram.Frames, options);
        return (map.DrawOver(spectrogram.Draw()), map);
    }
}
