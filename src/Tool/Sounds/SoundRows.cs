using Microsoft.ML.Introspection.Tool.Data;
using System.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Images;

namespace Microsoft.ML.Introspection.Tool.Sounds;

/// <summary>Files of sounds as rows for a network of raw samples: cut, or filled up with silence, to the length that it takes.</summary>
/// <param name="files">The files, with what they are said to hold.</param>
/// <param name="input">What the network takes.</param>
/// <param name="request">What is asked.</param>
internal sealed class SoundRows(IReadOnlyList<LabelledFile> files, SoundInput input, SoundRequest request) : RowSource
{
    private readonly List<string> _problems = [];
    private int? _rate = request.SampleRate;
    private int _begun;
    private LabelledFile? _file;
    private float[] _row = [];
    private int _cut;
    private int _filled;

    public override string Name => _file?.Path ?? files[0].Path;

    public override IReadOnlyList<RowTensor> Tensors { get; } = [new("", ElementType.Float, input.RowShape)];

    public override IReadOnlyList<string> CarriedNames => ["sound", "label"];

    public override double Progress => (double)_begun / files.Count;

    public override string Place => Name;

    /// <summary>What was wrong with files that were left out, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>How many samples a second the files have; null before the first is read.</summary>
    public int? SampleRate => _rate;

    /// <summary>What was done to fit files to the network's length; null where all had it.</summary>
    public string? Fitted => (_cut, _filled) is (0, 0) ? null
        : $"of {input.Length:N0} samples that the network takes, {_cut:N0} files had more and were cut, {_filled:N0} had fewer and were "
            + "filled up with silence";

    public override void Read<T>(int tensor, Span<T> row)
    {
        for (var i = 0; i < row.Length; i++)
            row[i] = T.CreateSaturating(_row[i]);
    }

    public override string[] Carried() => [_file!.Path, _file.Label ?? ""];

    public override void Dispose()
    {
    }

    protected override long Advance(long rows)
    {
        var gone = 0L;
        while (gone < rows && _begun < files.Count)
        {
            var file = files[_begun++];
            try
            {
                _row = Fit(WaveFile.Read(file.Path), file.Path);
            }
            catch (Exception e) when (request.SkipsBadFiles && e is SoundFormatException or IOException or UnauthorizedAccessException)
            {
                _problems.Add(e.Message);
                continue;
            }
            _file = file;
            gone++;
        }
        return gone;
    }

    private float[] Fit(Sound sound, string path)
    {
        if ((_rate ??= sound.SampleRate) != sound.SampleRate)
            throw new SoundFormatException($"'{path}': it has {sound.SampleRate:N0} samples a second, and {_rate:N0} were expected; "
                + "resample it, since sounds are given to the network as they are.");
        if (input.Channels > 1 && sound.Channels != input.Channels)
            throw new SoundFormatException($"'{path}': it has {sound.Channels} channels, and the network takes {input.Channels}; mix it.");
        _cut += sound.Length > input.Length ? 1 : 0;
        _filled += sound.Length < input.Length ? 1 : 0;
        var row = new float[input.Channels * input.Length];
        for (var channel = 0; channel < input.Channels; channel++)
        {
            var samples = input.Channels == 1 ? sound.Mono() : sound.Channel(channel);
            for (var i = 0; i < Math.Min(samples.Length, input.Length); i++)
                row[input.ChannelsLast ? i * input.Channels + channel : channel * input.Length + i] = samples[i];
        }
        return row;
    }
}
