using System.Text;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Sounds for networks of raw samples: <c>introspect explain --sounds …</c>.</summary>
[TestClass]
public sealed class ExplainingSounds
{
    private const int Length = 64;

    [TestMethod]
    public async Task Samples_get_their_part_of_the_score()
    {
        using var work = Prepared(channels: 1);
        Directory.CreateDirectory(work["set/loud"]);
        float[] whole = [.. Enumerable.Range(0, Length).Select(i => MathF.Sin(i * 0.5f))];
        File.WriteAllBytes(work["set/loud/a.wav"], Wave(whole, 1));
        // Longer, and of two channels: cut and mixed. Shorter: filled up.
        float[] stereo = [.. Enumerable.Range(0, 2 * (Length + 10)).Select(i => i % 2 == 0 ? 0.5f : -0.25f)];
        File.WriteAllBytes(work["set/b.wav"], Wave(stereo, 2));
        File.WriteAllBytes(work["set/c.wav"], Wave(whole[..20], 1));
        var done = await work.RunAsync("explain", "@model.onnx", "--sounds", "@set", "-m", "integrated-gradients", "-m", "saliency",
            "-o", "@out");

        Assert.AreEqual(0, done.ExitCode, done.Error);
        StringAssert.Contains(done.Error, "of 64 samples that the network takes, 1 files had more and were cut, 1 had fewer");
        var lines = work.ReadCsv("out/sounds.csv");
        Assert.HasCount(4, lines);
        Assert.AreEqual("loud", lines.Single(l => l[1].EndsWith("a.wav", StringComparison.Ordinal))[2]);
        using var arrays = NpzArchive.Open(work["out/arrays.npz"]);
        var why = arrays.Read("integrated-gradients");
        CollectionAssert.AreEqual((int[])[3, 1, Length], why.Shape.ToArray());
        // The score is the sum of w·x², of which each sample has its own part.
        foreach (var (row, samples) in ((string, float[])[])[("b.wav", [.. Enumerable.Repeat(0.125f, Length)]), ("c.wav",
            [.. whole[..20], .. new float[Length - 20]]), ("a.wav", whole)])
        {
            var place = lines[1..].ToList().FindIndex(l => l[1].EndsWith(row, StringComparison.Ordinal));
            Near.Equal([.. samples.Select((x, i) => (double)x * x * Weight(i))], why.ToDoubles()[(place * Length)..((place + 1) * Length)], 1e-4);
        }
        Near.Equal(arrays.Read("score").ToDoubles(), [.. why.ToDoubles().Chunk(Length).Select(own => own.Sum())], 1e-4);
        Assert.HasCount(6, Directory.EnumerateFiles(work["out/pictures"]).ToArray());
        var page = File.ReadAllText(work["out/index.html"]);
        Assert.Contains("label loud", page);
        Assert.Contains("spectrogram, 0 to 4000 Hz upward", page);
    }

    [TestMethod]
    public async Task What_is_missing_or_wrong_is_said()
    {
        using var work = Prepared(channels: 2);
        string[] command = ["explain", "@model.onnx", "-m", "saliency", "-o", "@out", "--sounds"];
        (await work.RunAsync([.. command, "@none.wav"])).Failed("no folder or sound");
        File.WriteAllBytes(work["a.wav"], Wave(new float[2 * Length], 2));
        File.WriteAllBytes(work["mono.wav"], Wave(new float[Length], 1));
        File.WriteAllBytes(work["song.mp3"], [.. "ID3"u8, .. new byte[20]]);
        (await work.RunAsync([.. command, "@mono.wav"])).FailedAfterNote("mono.wav': it has 1 channels, and the network takes 2");
        (await work.RunAsync([.. command, "@song.mp3"])).FailedAfterNote("MP3, which is not read");
        (await work.RunAsync([.. command, "@a.wav", "--sample-rate", "16000"])).FailedAfterNote("8,000 samples a second, and 16,000 were expected");
        (await work.RunAsync([.. command, "@a.wav", "--data", "@x.npy"])).WasWrongUse("by themselves");
        (await work.RunAsync(["explain", "@model.onnx", "-m", "saliency", "-o", "@out", "--sample-rate", "8000", "--data", "@x.npy"]))
            .WasWrongUse("--sample-rate is for sounds");
        (await work.RunAsync(["explain", Workplace.Given("resnet_tiny.onnx"), .. command[2..], "@a.wav"])).Failed("takes no raw samples");
        Assert.IsFalse(Directory.Exists(work["out"]));
        var folder = Path.GetDirectoryName(work["a.wav"])!;
        var skipped = await work.RunAsync([.. command, folder, "--on-error", "skip"]);
        Assert.AreEqual(0, skipped.ExitCode, skipped.Error);
        StringAssert.Contains(skipped.Out, "2 files were left out");
        StringAssert.Contains(skipped.Out, "song.mp3': it is MP3");
    }

    private static float Weight(int sample) => (sample % 7 - 3) / 3f;

    private static Workplace Prepared(int channels)
    {
        var work = new Workplace();
        var graph = new Graph();
        var x = graph.Input("waveform", ElementType.Float, new Shape(Dimension.Symbol("N"), channels, Length));
        var weights = graph.Constant(Tensor.From([.. Enumerable.Range(0, Length).Select(Weight)], 1, 1, Length));
        var score = (x * x * weights).ReduceSum([1, 2], keepDimensions: false).Unsqueeze(1);
        graph.ToModel([("score", score)]).Save(work);
        return work;
    }

    private static byte[] Wave(float[] samples, int channels) =>
    [
        .. "RIFF"u8, .. BitConverter.GetBytes(36 + 4 * samples.Length), .. "WAVEfmt "u8, .. BitConverter.GetBytes(16),
        .. BitConverter.GetBytes((short)3), .. BitConverter.GetBytes((short)channels), .. BitConverter.GetBytes(8000),
        .. BitConverter.GetBytes(8000 * 4 * channels), .. BitConverter.GetBytes((short)(4 * channels)), .. BitConverter.GetBytes((short)32),
        .. Encoding.ASCII.GetBytes("data"), .. BitConverter.GetBytes(4 * samples.Length), .. samples.SelectMany(BitConverter.GetBytes),
    ];
}
