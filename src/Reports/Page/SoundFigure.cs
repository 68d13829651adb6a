using System.Globalization;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// A sound and what a method says of its samples: the wave in colours, the spectrogram with the relevance of each time over it, and the
/// stretches that matter most, in words. Or a spectrogram and what a method says of each of its frequencies and times.
/// </summary>
/// <example><code>
/// new SoundFigure(sound.Mono(), sound.SampleRate, relevance) { Caption = "Integrated gradients" }
/// </code></example>
public sealed class SoundFigure : ReportSection
{
    private const int Stretches = 20;
    private const int Told = 5;
    private const int ShownWidth = 960;
    private const int ShownHeight = 160;

    private readonly float[] _samples = [];
    private readonly float[] _relevance;
    private readonly Spectrogram _spectrogram;
    private readonly HeatmapOptions _options;
    private readonly double? _seconds;

    /// <summary>A sound of one channel.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="sampleRate">How many make a second.</param>
    /// <param name="relevance">A number for each.</param>
    /// <param name="options">How numbers become colours.</param>
    /// <exception cref="ArgumentException">There are not as many numbers as samples, or there is none.</exception>
    public SoundFigure(ReadOnlySpan<float> samples, int sampleRate, ReadOnlySpan<float> relevance, HeatmapOptions? options = null)
    {
        if (samples.IsEmpty || samples.Length != relevance.Length)
            throw new ArgumentException($"A number for each of the {samples.Length} samples, one at least, was expected; "
                + $"{relevance.Length} given.", nameof(relevance));
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, 1);
        (_samples, _relevance, _options) = (samples.ToArray(), relevance.ToArray(), options ?? new());
        _seconds = (double)samples.Length / sampleRate;
        // About as many times as the page has pixels, and windows that overlap.
        var window = 64;
        while (window < 2048 && window * 240 < samples.Length)
            window *= 2;
        _spectrogram = Spectrogram.Of(samples, sampleRate, window, Math.Max(window / 4, samples.Length / ShownWidth + 1));
    }

    /// <summary>A spectrogram.</summary>
    /// <param name="spectrogram">What the network saw.</param>
    /// <param name="relevance">A number for each of its frequencies and times, the lowest frequency first.</param>
    /// <param name="options">How numbers become colours.</param>
    /// <exception cref="ArgumentException">There are not as many numbers.</exception>
    public SoundFigure(Spectrogram spectrogram, ReadOnlySpan<float> relevance, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(spectrogram);
        if (relevance.Length != spectrogram.Values.Length)
            throw new ArgumentException($"A number for each of the {spectrogram.Frequencies} × {spectrogram.Frames} frequencies and times "
                + $"was expected; {relevance.Length} given.", nameof(relevance));
        (_spectrogram, _relevance, _options, _seconds) = (spectrogram, relevance.ToArray(), options ?? new(), spectrogram.Seconds);
    }

    /// <summary>What the pictures show.</summary>
    public string? Caption { get; init; }

    internal override void Write(HtmlWriter html)
    {
        html.Open("figure", ("class", "sound"));
        if (_samples.Length > 0)
        {
            var (wave, map) = SoundPicture.Waveform(_samples, _relevance, ShownWidth, ShownHeight, _options);
            Picture(html, wave, map, "The wave in the colours of what its samples have", "wave");
        }
        var (spectrum, over) = SoundPicture.Over(_spectrogram, _relevance, _options);
        Picture(html, spectrum, over, _samples.Length > 0 ? "The spectrogram, over it what each time has"
            : "The spectrogram, over it what each frequency and time has",
            _spectrogram.HighestFrequency is { } highest ? $"spectrogram, 0 to {Numbers.Format(highest)} Hz upward"
                : "spectrogram, low frequencies at the bottom");
        if (_samples.Length >= Stretches && _seconds is { } seconds)
            WriteStretches(html, seconds);
        html.Element("figcaption", Caption ?? "Red speaks in favour, blue against.").Close();
    }

    private void Picture(HtmlWriter html, Raster picture, Heatmap map, string alt, string caption)
    {
        html.Element("p", caption, ("class", "above"))
            .Image(PngWriter.Encode(picture), alt, ShownWidth, ShownHeight, null)
            .Open("div", ("class", "times")).Element("span", "0 s")
            .Element("span", _seconds is { } seconds ? $"{Numbers.Format(Math.Round(seconds, 3))} s" : "end").Close();
        ColorBar.Write(html, map);
    }

    private void WriteStretches(HtmlWriter html, double seconds)
    {
        var sums = SoundPicture.Stretches(_relevance, Stretches);
        var strongest = sums.Index().Where(s => float.IsFinite(s.Item) && s.Item != 0).OrderByDescending(s => Math.Abs(s.Item)).Take(Told)
            .Select(s => string.Create(CultureInfo.InvariantCulture,
                $"{s.Index * seconds / Stretches:0.###} to {(s.Index + 1) * seconds / Stretches:0.###} s {Numbers.Signed(s.Item)}"));
        html.Element("p", $"The stretches that matter most: {string.Join("; ", strongest)}.", ("class", "note"));
    }
}
