using System.Text;
using Google.Protobuf;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

/// <summary>
/// Whatever bytes come in, what comes out is an ensemble that can score or an error that says what is wrong, in little memory.
/// </summary>
[TestClass]
public sealed class ReadingDamagedTrees
{
    // Beside a multiple of the file's size.
    private const long MemoryAllowed = 4 << 20;

    private static readonly string[] Files =
    [
        "xgb17_categories.json", "xgb17_dart.json", "xgb17_categories.ubj", "xgb34_vector_leaves.ubj", "xgb34_classes.ubj",
        "lgbm_categories.txt", "lgbm_multiclass.txt", "trees.onnx", "newest.onnx",
    ];

    public static IEnumerable<object[]> All => Files.Select(f => new object[] { f });

    [TestMethod]
    [DynamicData(nameof(All))]
    public void Cut_off_at_every_97th_byte(string file)
    {
        var sound = Content(file);
        // Behind the trees LightGBM writes what is not read.
        var end = file.StartsWith("lgbm", StringComparison.Ordinal)
            ? Encoding.UTF8.GetString(sound).IndexOf("end of trees", StringComparison.Ordinal) + "end of trees".Length : sound.Length;
        for (var length = 0; length < end; length += 97)
        {
            var read = Try(file, sound[..length]);
            Assert.IsFalse(read && !file.EndsWith(".onnx", StringComparison.Ordinal), $"{length} bytes");
        }
        Assert.IsTrue(Try(file, sound));
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void Bytes_replaced(string file)
    {
        var random = new Random(1);
        var sound = Content(file);
        for (var round = 0; round < 400; round++)
        {
            var bytes = (byte[])sound.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Try(file, bytes);
        }
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void Digits_and_bits_changed(string file)
    {
        var random = new Random(2);
        var sound = Content(file);
        for (var round = 0; round < 400; round++)
        {
            var bytes = (byte[])sound.Clone();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var at = random.Next(bytes.Length);
                bytes[at] =
                    bytes[at] is >= (byte)'0' and <= (byte)'9' ? (byte)('0' + random.Next(10)) : (byte)(bytes[at] ^ 1 << random.Next(8));
            }
            Try(file, bytes);
        }
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void Pieces_left_out_or_doubled(string file)
    {
        var random = new Random(3);
        var sound = Content(file);
        for (var round = 0; round < 100; round++)
        {
            var (from, count) = (random.Next(sound.Length), random.Next(1, 200));
            var to = Math.Min(sound.Length, from + count);
            Try(file, [.. sound[..from], .. sound[to..]]);
            Try(file, [.. sound[..to], .. sound[from..]]);
        }
    }

    private static byte[] Content(string file) => file switch
    {
        "trees.onnx" => new OnnxForestSample(1, 3, [0, 1, 2, 3, 4, 5], votes: 3).Classifier().Proto.ToByteArray(),
        "newest.onnx" => new OnnxForestSample(1, 3, [0, 4, 6], doubles: true).Ensemble().Proto.ToByteArray(),
        _ => File.ReadAllBytes(References.TreeFile(file)),
    };

    private static bool Try(string file, byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        TreeEnsemble ensemble;
        try
        {
            ensemble = Path.GetExtension(file) switch
            {
                ".txt" => LightGbmModel.Parse(bytes),
                ".onnx" => OnnxTrees.From(OnnxModel.Parse(bytes)),
                _ => XGBoostModel.Parse(bytes),
            };
        }
        catch (Exception e) when (e is InvalidModelException or UnsupportedOperatorException)
        {
            Finite.Above(20, e.Message.Length, "the error says what is wrong");
            return false;
        }
        finally
        {
            Finite.Below(MemoryAllowed + 200L * bytes.Length, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        if (ensemble.FeatureCount < 1000 && ensemble.OutputCount < 1000)
            foreach (var value in (double[])[0, -3, double.NaN])
                ensemble.Score(Enumerable.Repeat(value, ensemble.FeatureCount).ToArray(), new double[ensemble.OutputCount]);
        return true;
    }
}
