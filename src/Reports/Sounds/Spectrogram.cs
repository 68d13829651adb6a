using System.Numerics;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How loud which frequencies are when: a number for each frequency, from the lowest on, and each time.</summary>
public sealed class Spectrogram
{
    private readonly float[] _values;

    /// <summary>A spectrogram from its numbers, such as a network takes.</summary>
    /// <param name="values">frequencies × frames numbers, the lowest frequency first; copied.</param>
    /// <param name="frequencies">How many frequencies there are.</param>
    /// <param name="frames">How many times.</param>
    /// <exception cref="ArgumentException">There are not so many numbers.</exception>
    public Spectrogram(ReadOnlySpan<float> values, int frequencies, int frames)
    {
        if (frequencies < 1 || frames < 1 || (long)frequencies * frames != values.Length)
            throw new ArgumentException($"A spectrogram of {frequencies} × {frames} (frequencies, frames), each at least 1, has "
                + $"{(long)frequencies * frames} numbers; {values.Length} given.", nameof(values));
        (_values, Frequencies, Frames) = (values.ToArray(), frequencies, frames);
    }

    /// <summary>How many frequencies there are.</summary>
    public int Frequencies { get; }

    /// <summary>How many times.</summary>
    public int Frames { get; }

    /// <summary>The numbers, those of a frequency together, the lowest first.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The highest frequency, in Hz; null where nobody says it.</summary>
    public double? HighestFrequency { get; init; }

    /// <summary>How long it lasts, in seconds; null where nobody says it.</summary>
    public double? Seconds { get; init; }

    /// <summary>
    /// The magnitudes of a short-time Fourier transform with a Hann window (periodic), in decibels below the loudest, no less than the
    /// floor. Frame t has the samples from t · hop on; what is missing at the end is silence.
    /// </summary>
    /// <param name="samples">The samples.</param>
    /// <param name="sampleRate">How many make a second.</param>
    /// <param name="window">How many samples a frame has: a power of two, from 16 on.</param>
    /// <param name="hop">How far the next frame begins behind one; null for a quarter of the window.</param>
    /// <param name="floor">The least, in decibels.</param>
    public static Spectrogram Of(ReadOnlySpan<float> samples, int sampleRate, int window = 512, int? hop = null, double floor = -80)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, 1);
        if (window < 16 || !BitOperations.IsPow2(window) || window > 1 << 16)
            throw new ArgumentOutOfRangeException(nameof(window), window, "A power of two from 16 to 65,536 was expected.");
        var step = hop ?? window / 4;
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        if (!(floor < 0))
            throw new ArgumentOutOfRangeException(nameof(floor), floor, "Decibels below 0 were expected.");
        var (frames, frequencies) = (Math.Max(1, (samples.Length + step - 1) / step), window / 2 + 1);
        var hann = new double[window];
        for (var i = 0; i < window; i++)
            hann[i] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / window);
        var (magnitudes, frame, most) = (new double[frequencies * frames], new Complex[window], 0.0);
        for (var t = 0; t < frames; t++)
        {
            for (var i = 0; i < window; i++)
                frame[i] = t * step + i < samples.Length ? samples[t * step + i] * hann[i] : 0;
            Transform(frame);
            for (var f = 0; f < frequencies; f++)
                most = Math.Max(most, magnitudes[f * frames + t] = frame[f].Magnitude);
        }
        var decibels = Array.ConvertAll(magnitudes, m => (float)Math.Max(floor, most > 0 && m > 0 ? 20 * Math.Log10(m / most) : floor));
        return new Spectrogram(decibels, frequencies, frames)
        {
            HighestFrequency = sampleRate / 2.0, Seconds = (double)frames * step / sampleRate,
        };
    }

    /// <summary>The spectrogram in shades of gray, the lowest frequency at the bottom.</summary>
    public Raster Draw()
    {
        var finite = _values.Where(float.IsFinite).DefaultIfEmpty().ToList();
        var (black, white) = (finite.Min(), finite.Max());
        return Raster.FromPlanes(Upright(_values), 1, Frequencies, Frames, black, white > black ? white : MathF.BitIncrement(black));
    }

    /// <summary>A map of the same frequencies and times, or of times alone, as <see cref="Draw"/> has them: the highest first.</summary>
    /// <param name="map">frequencies × frames numbers, the lowest frequency first.</param>
    internal float[] Upright(ReadOnlySpan<float> map)
    {
        var upright = new float[map.Length];
        for (var f = 0; f < Frequencies; f++)
            map.Slice(f * Frames, Frames).CopyTo(upright.AsSpan((Frequencies - 1 - f) * Frames));
        return upright;
    }

    // Cooley and Tukey, in place.
    private static void Transform(Span<Complex> values)
    {
        var bits = BitOperations.Log2((uint)values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            var mirrored = 0;
            for (var bit = 0; bit < bits; bit++)
                mirrored |= ((i >> bit) & 1) << (bits - 1 - bit);
            if (mirrored > i)
                (values[i], values[mirrored]) = (values[mirrored], values[i]);
        }
        for (var size = 2; size <= values.Length; size *= 2)
        {
            for (var k = 0; k < size / 2; k++)
            {
                var turn = Complex.FromPolarCoordinates(1, -2 * Math.PI * k / size);
                for (var start = 0; start < values.Length; start += size)
                {
                    var (even, odd) = (values[start + k], turn * values[start + k + size / 2]);
                    (values[start + k], values[start + k + size / 2]) = (even + odd, even - odd);
                }
            }
        }
    }
}
