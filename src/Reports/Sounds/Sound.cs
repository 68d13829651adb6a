namespace Microsoft.ML.Introspection.Reports;

/// <summary>A sound: samples of one channel or of several, as many a second as the rate says. Never changes.</summary>
public sealed class Sound
{
    private readonly float[] _samples;

    /// <summary>A sound from its samples.</summary>
    /// <param name="samples">The samples, those of all channels at one time together, from −1 to 1; copied.</param>
    /// <param name="channels">How many channels there are.</param>
    /// <param name="sampleRate">How many samples of a channel make a second.</param>
    /// <exception cref="ArgumentException">The number of samples is not a multiple of the channels'.</exception>
    public Sound(ReadOnlySpan<float> samples, int channels, int sampleRate)
        : this(channels, sampleRate, samples.ToArray())
    {
    }

    private Sound(int channels, int sampleRate, float[] samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, 1);
        if (samples.Length % channels != 0)
            throw new ArgumentException($"{samples.Length} samples are not those of {channels} channels.", nameof(samples));
        (_samples, Channels, SampleRate) = (samples, channels, sampleRate);
    }

    /// <summary>The samples, those of all channels at one time together.</summary>
    public ReadOnlySpan<float> Samples => _samples;

    /// <summary>How many channels there are.</summary>
    public int Channels { get; }

    /// <summary>How many samples of a channel make a second.</summary>
    public int SampleRate { get; }

    /// <summary>How many samples a channel has.</summary>
    public int Length => _samples.Length / Channels;

    /// <summary>How long it lasts, in seconds.</summary>
    public double Seconds => (double)Length / SampleRate;

    /// <summary>One channel: the mean of all.</summary>
    public float[] Mono()
    {
        if (Channels == 1)
            return [.. _samples];
        var mono = new float[Length];
        for (var i = 0; i < mono.Length; i++)
        {
            var sum = 0.0;
            for (var channel = 0; channel < Channels; channel++)
                sum += _samples[i * Channels + channel];
            mono[i] = (float)(sum / Channels);
        }
        return mono;
    }

    /// <summary>The samples of one channel.</summary>
    /// <param name="number">Which, from 0.</param>
    public float[] Channel(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Channels);
        var channel = new float[Length];
        for (var i = 0; i < channel.Length; i++)
            channel[i] = _samples[i * Channels + number];
        return channel;
    }

    internal static Sound Owning(float[] samples, int channels, int sampleRate) => new(channels, sampleRate, samples);
}
