using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Reports.Tests.Sounds;

/// <summary>WAVE files, written here byte by byte as the format's description has them.</summary>
[TestClass]
public sealed class ReadingSounds
{
    [TestMethod]
    public void Samples_of_every_width_are_numbers_from_minus_one_to_one()
    {
        AssertSamples(Wave(1, 1, 8, [0, 128, 255, 192]), [-1, 0, 127 / 128f, 0.5f]);
        AssertSamples(Wave(1, 1, 16, [0, 0x80, 0xFF, 0x7F, 0, 0x40, 0xFF, 0xFF]), [-1, 32767 / 32768f, 0.5f, -1 / 32768f]);
        AssertSamples(Wave(1, 1, 24, [0, 0, 0x80, 0xFF, 0xFF, 0x7F, 0, 0, 0xC0]), [-1, 8388607 / 8388608f, -0.5f]);
        AssertSamples(Wave(1, 1, 32, [0, 0, 0, 0x80, 0, 0, 0, 0x20]), [-1, 0.25f]);
        AssertSamples(Wave(3, 1, 32, [.. Bytes(0.125f), .. Bytes(-1.5f)]), [0.125f, -1.5f]);
        AssertSamples(Wave(3, 1, 64, [.. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(-0.7)]), [0.1f, -0.7f]);

        static void AssertSamples(byte[] file, float[] expected) =>
            CollectionAssert.AreEqual(expected, WaveFile.Decode(file, "a.wav").Samples.ToArray());

        static byte[] Bytes(float value) => BitConverter.GetBytes(value);
    }

    [TestMethod]
    public void Channels_are_told_apart_and_mixed()
    {
        var sound = WaveFile.Decode(Wave(3, 2, 32, [.. ((float[])[0.5f, -0.5f, 1, 0]).SelectMany(BitConverter.GetBytes)], rate: 8000), "a.wav");
        Assert.AreEqual((2, 2, 8000), (sound.Channels, sound.Length, sound.SampleRate));
        CollectionAssert.AreEqual((float[])[0, 0.5f], sound.Mono());
        CollectionAssert.AreEqual((float[])[-0.5f, 0], sound.Channel(1));
        Near.Equal(2 / 8000.0, sound.Seconds, 1e-12);
    }

    [TestMethod]
    public void What_else_stands_in_a_file_is_passed_over()
    {
        byte[] extended = [.. Form(0xFFFE, 1, 16, 22050), 22, 0, 16, 0, 4, 0, 0, 0, 1, 0, .. new byte[14]];
        var file = Riff([("LIST", [1, 2, 3]), ("fmt ", extended), ("fact", [0, 0, 0, 0]), ("data", [0, 0x40]), ("junk", [9])]);
        CollectionAssert.AreEqual((float[])[0.5f], WaveFile.Decode(file, "a.wav").Samples.ToArray());
        // What came through a pipe claims the largest length.
        var piped = Wave(1, 1, 16, [0, 0x40, 0, 0x20]);
        BinaryPrimitives.WriteUInt32LittleEndian(piped.AsSpan(40), uint.MaxValue);
        CollectionAssert.AreEqual((float[])[0.5f, 0.25f], WaveFile.Decode(piped, "a.wav").Samples.ToArray());
    }

    [TestMethod]
    public void What_cannot_be_read_is_said_in_one_sentence()
    {
        var sound = Wave(1, 1, 16, [1, 0, 2, 0]);
        Refused([], "the file is empty");
        Refused("hello"u8.ToArray(), "no sound that is read here");
        Refused([.. "ID3"u8, 4, 0, 0], "MP3, which is not read", "convert it to WAVE");
        Refused([.. "OggS"u8, 0, 0], "Ogg");
        Refused([.. "fLaC"u8, 0, 0], "FLAC");
        Refused(Wave(0x55, 1, 16, [1, 0]), "packed as MP3");
        Refused(Wave(7, 1, 8, [1, 0]), "µ-law");
        Refused(sound[..^1], "ends early: 4 bytes were announced, 3 are there");
        Refused(sound[..20], "ends early");
        Refused(Riff([("fmt ", Form(1, 1, 16, 8000))]), "has no samples");
        Refused(Riff([("data", [1, 0])]), "come before");
        Refused(Wave(1, 1, 12, [1, 0]), "12 bits");
        Refused(Wave(1, 0, 16, [1, 0]), "0 channels");
        Refused(Wave(1, 1, 16, [1, 0, 2]), "within a sample");
        Refused(Wave(1, 1, 16, []), "no samples");
        Refused(Wave(3, 1, 32, BitConverter.GetBytes(float.NaN)), "no finite numbers");
        Assert.Contains("at most are read", Assert.ThrowsExactly<SoundFormatException>(() => WaveFile.Decode(sound, "a.wav", 1)).Message);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["long.wav"], new byte[(1 << 20) + 100]);
        Assert.Contains("bytes, and", Assert.ThrowsExactly<SoundFormatException>(() => WaveFile.Read(folder["long.wav"], 1)).Message);

        static void Refused(byte[] file, params string[] parts)
        {
            var message = Assert.ThrowsExactly<SoundFormatException>(() => WaveFile.Decode(file, "a.wav")).Message;
            foreach (var part in parts)
                Assert.Contains(part, message);
            StringAssert.StartsWith(message, "'a.wav': ");
            StringAssert.EndsWith(message, ".");
        }
    }

    [TestMethod]
    public void Damaged_files_end_in_nothing_but_that_sentence()
    {
        var random = new Random(3);
        var sound = Wave(1, 2, 16, [.. Enumerable.Range(0, 64).Select(i => (byte)i)]);
        for (var trial = 0; trial < 2000; trial++)
        {
            byte[] file = [.. sound[..random.Next(12, sound.Length + 1)]];
            for (var change = 0; change < 3; change++)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            try
            {
                Finite.AtLeast(1, WaveFile.Decode(file, "a.wav").Length);
            }
            catch (SoundFormatException)
            {
            }
        }
    }

    [TestMethod]
    public void A_spectrogram_is_the_transform_of_each_frame()
    {
        const int Window = 32, Hop = 8, Rate = 800;
        var random = new Random(5);
        float[] samples = [.. Enumerable.Range(0, 100).Select(i => MathF.Sin(2 * MathF.PI * 100 * i / Rate) + 0.1f * random.NextSingle())];
        var spectrogram = Spectrogram.Of(samples, Rate, Window, Hop, floor: -200);
        Assert.AreEqual((17, 13), (spectrogram.Frequencies, spectrogram.Frames));
        Near.Equal(400, spectrogram.HighestFrequency!.Value, 1e-9);

        // The sum that defines it, term by term.
        var magnitudes = new double[17 * 13];
        for (var f = 0; f < 17; f++)
            for (var t = 0; t < 13; t++)
            {
                var (real, imaginary) = (0.0, 0.0);
                for (var n = 0; n < Window && t * Hop + n < samples.Length; n++)
                {
                    var weighted = samples[t * Hop + n] * (0.5 - 0.5 * Math.Cos(2 * Math.PI * n / Window));
                    real += weighted * Math.Cos(2 * Math.PI * f * n / Window);
                    imaginary -= weighted * Math.Sin(2 * Math.PI * f * n / Window);
                }
                magnitudes[f * 13 + t] = Math.Sqrt(real * real + imaginary * imaginary);
            }
        var most = magnitudes.Largest();
        Near.Equal([.. magnitudes.Select(m => 20 * Math.Log10(m / most))], [.. spectrogram.Values.ToArray().Select(v => (double)v)], 1e-3);
        // 100 Hz of 400 in 16 steps.
        Assert.AreEqual(4, Enumerable.Range(0, 17).MaxBy(f => spectrogram.Values[f * 13 + 3]));
    }

    private static byte[] Wave(int format, int channels, int bits, byte[] data, int rate = 16000) =>
        Riff([("fmt ", Form(format, channels, bits, rate)), ("data", data)]);

    private static byte[] Form(int format, int channels, int bits, int rate) =>
    [
        .. BitConverter.GetBytes((short)format), .. BitConverter.GetBytes((short)channels), .. BitConverter.GetBytes(rate),
        .. BitConverter.GetBytes(rate * channels * bits / 8), .. BitConverter.GetBytes((short)(channels * bits / 8)),
        .. BitConverter.GetBytes((short)bits),
    ];

    private static byte[] Riff((string Kind, byte[] Content)[] parts)
    {
        byte[] content = [.. parts.SelectMany(p => (byte[])
            [.. Encoding.ASCII.GetBytes(p.Kind), .. BitConverter.GetBytes(p.Content.Length), .. p.Content, .. new byte[p.Content.Length & 1]])];
        // The last part may lack what fills it up to an even length, as many writers have it.
        if (parts[^1].Content.Length % 2 == 1)
            content = content[..^1];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(content.Length + 4), .. "WAVE"u8, .. content];
    }
}
