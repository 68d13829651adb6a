using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Tool.Scoring;
using Microsoft.ML.Introspection.Tool.Tests.Shap;

namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>Shares of a job, put together, are the bytes of one run.</summary>
[TestClass]
public class SharingJobsOut
{
    internal static readonly string[] Trees = ["size", "age", "colour", "city", "grade", "share"];

    [TestMethod]
    [DataRow(".csv")]
    [DataRow(".csv.gz")]
    [DataRow(".tsv")]
    [DataRow(".jsonl")]
    [DataRow(".jsonl.gz")]
    [DataRow(".parquet")]
    [DataRow(".arrow")]
    [DataRow(".arrows")]
    [DataRow(".npy")]
    [DataRow(".npz")]
    public async Task Sixteen_shares_are_the_bytes_of_one_run(string kind)
    {
        using var work = new Workplace();
        var command = Command(work, rows: 100);
        (await work.RunAsync([.. command, "-o", $"@whole{kind}"])).IsDone();
        string[] shares = [.. Enumerable.Range(1, 16).Select(i => $"share{i}{kind}")];
        for (var i = 1; i <= shares.Length; i++)
            (await work.RunAsync([.. command, "--shard", $"{i}/16", "-o", $"@{shares[i - 1]}"])).IsDone();
        // In whatever order.
        (await work.RunAsync(["merge", .. shares.Reverse().Select(s => $"@{s}"), "-o", $"@merged{kind}"])).IsSaid("Merged 100 rows");
        AreSame(work, "whole", "merged");
        (await work.RunAsync(["merge", .. shares[..15].Select(s => $"@{s}"), "-o", $"@less{kind}"])).Failed("rows would be missing");
        (await work.RunAsync(["merge", .. shares.Where((_, i) => i != 7).Select(s => $"@{s}"), "-o", $"@less{kind}"]))
            .Failed("rows would be missing");
        Assert.IsFalse(File.Exists(work[$"less{kind}"]));
    }

    [TestMethod]
    [DataRow(".csv")]
    [DataRow(".parquet")]
    [DataRow(".feather")]
    [DataRow(".npz")]
    public async Task Networks_and_rows_that_fail_are_shared_out_as_well(string kind)
    {
        using var work = new Workplace();
        var lines = File.ReadAllLines(Workplace.Given("breast_cancer.csv"));
        var random = new Random(5);
        // The same rows again and again, some of them damaged.
        work.Write("rows.csv", string.Join('\n', Enumerable.Range(0, 70).Select(i => random.Next(9) == 0 ? "1,2,3"
            : random.Next(9) == 0 ? "x" + lines[1 + i % (lines.Length - 1)] : lines[1 + i % (lines.Length - 1)]).Prepend(lines[0])) + "\n");
        string[] command = ["score", Workplace.Given("mlp_breast_cancer.onnx"), "--data", "@rows.csv", "--label-column", "label", "--scale",
            Workplace.Given("breast_cancer.standardise.json"), "-e", "integrated-gradients", "-b", "8"];
        (await work.RunAsync([.. command, "-o", $"@whole{kind}", "--failed", "@bad.csv"])).IsDone();
        for (var i = 1; i <= 3; i++)
            (await work.RunAsync([.. command, "--shard", $"{i}/3", "-o", $"@share{i}{kind}", "--failed", $"@bad{i}.csv"])).IsDone();
        (await work.RunAsync("merge", $"@share*{kind}", "-o", $"@merged{kind}")).IsSaid("Merged 70 rows");
        AreSame(work, "whole", "merged");
        Assert.AreEqual(File.ReadAllText(work["bad.csv"]), File.ReadAllText(work["merged.failed.csv"]));
        Finite.Above(5, File.ReadAllLines(work["bad.csv"]).Length);
    }

    [TestMethod]
    public async Task Rows_from_one_to_another_join_as_well()
    {
        using var work = new Workplace();
        var command = Command(work, rows: 40);
        (await work.RunAsync([.. command, "-o", "@whole.csv"])).IsDone();
        (await work.RunAsync([.. command, "--rows", "0..13", "-o", "@a.csv"])).IsDone();
        (await work.RunAsync([.. command, "--rows", "13..", "-o", "@b.csv"])).IsDone();
        (await work.RunAsync([.. command, "--rows", "12..20", "-o", "@c.csv"])).IsDone();
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@merged.csv")).IsSaid("Merged 40 rows");
        AreSame(work, "whole", "merged");
        (await work.RunAsync("merge", "@a.csv", "@c.csv", "-o", "@twice.csv")).Failed("in the result twice");
        (await work.RunAsync("merge", "@a.csv", "@a.csv", "-o", "@twice.csv")).Failed("in the result twice");
        (await work.RunAsync([.. command, "--rows", "5..5", "-o", "@d.csv"])).WasWrongUse("--rows takes FROM..TO");
        (await work.RunAsync([.. command, "--rows", "41..50", "-o", "@d.csv"])).Failed("has 40 rows");
    }

    [TestMethod]
    public async Task Parts_that_do_not_belong_together_are_refused()
    {
        using var work = new Workplace();
        var command = Command(work, rows: 40);
        (await work.RunAsync([.. command, "--shard", "1/2", "-o", "@a.csv"])).IsDone();
        (await work.RunAsync([.. command, "--shard", "2/2", "--top", "2", "-o", "@b.csv"])).IsDone();
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@out.csv")).Failed("not made by the same job", "--top is");

        (await work.RunAsync([.. command, "--shard", "2/2", "-o", "@b.csv", "--threads", "1"])).IsDone();
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@out.parquet")).Failed("'.csv'");
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@a.csv")).WasWrongUse("the file that is read");
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@out.csv")).IsDone();

        // A manifest that would write elsewhere.
        var own = File.ReadAllText(work["b.csv.manifest.json"]);
        work.Write("b.csv.manifest.json", own.Replace("\"Suffix\": \".csv\"", "\"Suffix\": \"/../../elsewhere.csv\""));
        Assert.AreNotEqual(own, File.ReadAllText(work["b.csv.manifest.json"]));
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@no.csv")).Failed("outside of the folder");

        // Another model, other data, damage, no manifest.
        var model = File.ReadAllText(Workplace.Given("lgbm_multiclass.txt"));
        work.Write("other.txt", model + "\n");
        (await work.RunAsync([.. command.Select(c => c.EndsWith(".txt", StringComparison.Ordinal) ? work["other.txt"] : c), "--shard", "2/2",
            "-o", "@b.csv"])).IsDone();
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@out.csv")).Failed("not made by the same job", "model is");
        _ = Command(work, rows: 40, seed: 9);
        (await work.RunAsync([.. command, "--shard", "2/2", "-o", "@b.csv"])).IsDone();
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@out.csv")).Failed("not made by the same job", "--data");
        File.AppendAllText(work["b.csv"], "\n");
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@out.csv")).Failed("it is damaged");
        File.Delete(work["b.csv.manifest.json"]);
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@out.csv")).Failed("no manifest");
    }

    [TestMethod]
    public async Task Weights_beside_a_model_belong_to_it()
    {
        using var work = new Workplace();
        Linear(work, [1f, -2f, 0.25f, 0.5f, 1f, -4f]);
        work.Write("rows.csv", "a,b\n1,2\n3,4\n");
        string[] command = ["score", "@model.onnx", "--data", "@rows.csv"];
        (await work.RunAsync([.. command, "--shard", "1/2", "-o", "@a.csv"])).IsDone();
        (await work.RunAsync([.. command, "--resume", "-o", "@c.csv"])).IsDone();
        (await work.RunAsync([.. command, "--resume", "-o", "@c.csv"])).IsSaid("complete already");
        Linear(work, [1f, -2f, 0.25f, 0.5f, 1f, 4f]);
        (await work.RunAsync([.. command, "--shard", "2/2", "-o", "@b.csv"])).IsDone();
        (await work.RunAsync("merge", "@a.csv", "@b.csv", "-o", "@out.csv")).Failed("not made by the same job", "model[1] is");
        Assert.DoesNotContain("complete already", (await work.RunAsync([.. command, "--resume", "-o", "@c.csv"])).IsDone().Out);

        static void Linear(Workplace work, float[] weights)
        {
            var graph = new Graph();
            var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
            var model = graph.ToModel([("scores", x.MatMul(graph.Constant(Tensor.From(weights, 2, 3))))]).Proto;
            var tensor = model.Graph.Initializer.Single();
            File.WriteAllBytes(work["weights.bin"], tensor.RawData.ToByteArray());
            (tensor.DataLocation, tensor.RawData) = (TensorProto.Types.DataLocation.External, ByteString.Empty);
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "weights.bin" });
            File.WriteAllBytes(work["model.onnx"], model.ToByteArray());
        }
    }

    [TestMethod]
    public async Task Shares_may_be_empty()
    {
        using var work = new Workplace();
        var command = Command(work, rows: 3);
        foreach (var kind in (string[])[".csv", ".parquet", ".arrow", ".npy"])
        {
            (await work.RunAsync([.. command, "-o", $"@whole{kind}"])).IsDone();
            for (var i = 1; i <= 5; i++)
                (await work.RunAsync([.. command, "--shard", $"{i}/5", "-o", $"@share{i}{kind}", "--resume"])).IsDone();
            (await work.RunAsync(["merge", .. Enumerable.Range(1, 5).Select(i => $"@share{i}{kind}"), "-o", $"@merged{kind}"])).IsDone();
        }
        AreSame(work, "whole", "merged");
    }

    [TestMethod]
    public void Shares_have_all_rows_and_none_twice()
    {
        foreach (var total in (long[])[0, 1, 5, 100, 16_385, 1_000_003, long.MaxValue / 2])
            foreach (var count in (int[])[1, 2, 7, 16, 1000])
            {
                var next = 0L;
                for (var i = 1; i <= count; i++)
                {
                    var (first, end) = new PartRequest((i, count), null, false, 1).Of(total);
                    Assert.AreEqual(next, first);
                    Finite.AtLeast(first, end);
                    next = end;
                }
                Assert.AreEqual(total, next);
            }
    }

    [TestMethod]
    public async Task What_is_no_share_is_refused()
    {
        using var work = new Workplace();
        var command = Command(work, rows: 3);
        foreach (var wrong in (string[])["0/4", "5/4", "4", "a/b", "1/0", "-1/4"])
            (await work.RunAsync([.. command, "--shard", wrong, "-o", "@out.csv"])).WasWrongUse("--shard takes I/N");
        (await work.RunAsync([.. command, "--shard", "1/2", "--rows", "0..1", "-o", "@out.csv"])).WasWrongUse("contradict");
        (await work.RunAsync([.. command, "--shard", "1/2", "-o", "-"])).WasWrongUse("parts of a job are of files");
        (await work.RunAsync([.. command, "--resume", "--part-rows", "0", "-o", "@out.csv"])).WasWrongUse("--part-rows takes");
        CollectionAssert.AreEqual((string[])["rows.csv"], work.Files);
    }

    /// <summary>A job on rows that are drawn.</summary>
    internal static string[] Command(Workplace work, int rows, int seed = 3)
    {
        var random = new Random(seed);
        work.Write("rows.csv", "key," + string.Join(',', Trees) + "\n" + string.Concat(Enumerable.Range(0, rows).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"k{i},{random.NextDouble()},{random.Next(5)},{random.Next(4)},{random.Next(9)},") +
            string.Create(CultureInfo.InvariantCulture, $"{random.Next(3)},{(random.Next(9) == 0 ? "" : random.NextDouble())}\n"))));
        return ["score", Workplace.Given("lgbm_multiclass.txt"), "--data", "@rows.csv", "--id-column", "key", "-e", "shap"];
    }

    /// <summary>Asserts that all files of one name are, byte for byte, those of another.</summary>
    internal static void AreSame(Workplace work, string expected, string found)
    {
        string[] files = [.. work.Files.Where(f => f.StartsWith(expected + ".", StringComparison.Ordinal)
            && !f.EndsWith(".manifest.json", StringComparison.Ordinal))];
        Assert.IsNotEmpty(files);
        foreach (var file in files)
            CollectionAssert.AreEqual(File.ReadAllBytes(work[file]), File.ReadAllBytes(work[found + file[expected.Length..]]), file);
    }
}
