using System.Globalization;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Pages;

namespace Microsoft.ML.Introspection.Tool.Sounds;

/// <summary>Draws each sound, and keeps the first for the page.</summary>
internal sealed class SoundSink(ResultFolder folder, SoundInput input,
    IReadOnlyList<(string Method, ResultPort Port, ResultPort? Base)> methods,
    ResultPort target, ResultPort score, SoundRows rows, int shown) : IRowSink
{
    private const int Window = 512;

    private readonly List<Section> _sections = [];

    public IReadOnlyList<string> Paths => [folder.Path];

    public bool Carries => true;

    public void Append(long first, int count, IReadOnlyList<string[]> carried)
    {
        Directory.CreateDirectory(folder["pictures"]);
        for (var row = 0; row < count; row++)
            Draw(first + row, row, carried[row]);
    }

    public void Prepare() { }

    public void Complete() { }

    public void Dispose() { }

    /// <summary>The page of the first sounds.</summary>
    public Report Page(string model, long total, IReadOnlyList<string> problems)
    {
        var report = new Report($"Sounds for {model}", "What in them speaks for the score") { new Facts(
            ("Model", model), ("Methods", string.Join(", ", methods.Select(m => m.Method))), ("Samples a second", rows.SampleRate),
            ("Sounds", FormattableString.Invariant($"{total:N0}")
                + (_sections.Count < total ? FormattableString.Invariant($", the first {_sections.Count:N0} shown") : ""))) };
        if (rows.Fitted is { } fitted)
            report.Add(new Paragraph($"Note: {fitted}."));
        if (problems.Count > 0)
            report.Add(new Paragraph($"{problems.Count} files could not be used: {string.Join(" ", problems)}"));
        foreach (var section in _sections)
            report.Add(section);
        return report;
    }

    private void Draw(long number, int row, string[] carried)
    {
        // As the network saw it: one channel for the eye.
        var sound = Heard(WaveFile.Read(carried[0]));
        var stem = string.Create(CultureInfo.InvariantCulture, $"{number:00000}-{Path.GetFileNameWithoutExtension(carried[0])}");
        var section = number >= shown ? null : new Section(Path.GetFileName(carried[0]), string.Create(CultureInfo.InvariantCulture,
            $"explained: {PortNumbers.Of(target, row)[0]}, score {PortNumbers.Of(score, row)[0]:0.####}")
            + (carried[1].Length > 0 ? $", label {carried[1]}" : ""));
        foreach (var (method, port, start) in methods)
        {
            var relevance = OverChannels(PortNumbers.Of(port, row));
            var gap = new Rgb(255, 255, 255);
            var (wave, _) = SoundPicture.Waveform(sound, relevance);
            var (spectrum, _) = SoundPicture.Over(
                Spectrogram.Of(sound, rows.SampleRate!.Value, Window, Math.Max(Window / 4, sound.Length / wave.Width + 1)), relevance);
            PngWriter.Save(Raster.Stacked(8, gap, wave, spectrum.Resize(wave.Width, 2 * wave.Height)), Path.Combine(folder["pictures"],
                $"{stem}.{method}.png"));
            section?.Add(new SoundFigure(sound, rows.SampleRate!.Value, relevance)
            {
                Caption = $"{method}: red speaks in favour, blue against." + (start is null ? ""
                    : string.Create(CultureInfo.InvariantCulture, $" Its sum, {relevance.Sum():0.####}, leads ")
                        + string.Create(CultureInfo.InvariantCulture, $"from {PortNumbers.Of(start, row)[0]:0.####} to the score.")),
            });
        }
        if (section is not null)
            _sections.Add(section);
    }

    private float[] Heard(Sound sound)
    {
        var heard = new float[input.Length];
        var mono = sound.Mono();
        mono.AsSpan(0, Math.Min(mono.Length, heard.Length)).CopyTo(heard);
        return heard;
    }

    private float[] OverChannels(double[] values)
    {
        var sums = new double[input.Length];
        for (var i = 0; i < values.Length; i++)
            sums[input.ChannelsLast ? i / input.Channels : i % input.Length] += values[i];
        return Array.ConvertAll(sums, sum => (float)sum);
    }
}
