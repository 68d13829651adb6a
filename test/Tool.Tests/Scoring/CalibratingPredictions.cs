using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Tests.Shap;

namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>Intervals and sets beside predictions rest on the truths of rows that the model has not learnt from.</summary>
[TestClass]
public class CalibratingPredictions
{
    private const double Alpha = 0.2;

    [TestMethod]
    [DataRow(".csv")]
    [DataRow(".npz")]
    public async Task Numbers_get_the_error_that_most_rows_stay_below_on_either_side(string kind)
    {
        using var work = new Workplace();
        Houses(work);
        string[] rows = ["@model.zip", "--data", "@rows.csv", "--id-column", "Key"];
        (await work.RunAsync("run", "@model.zip", "--data", "@calibration.csv", "--label-column", "Price", "-o", "@known.csv")).IsDone();
        var errors = work.ReadCsv("known.csv")[1..].Select(r => Math.Abs(Number(r[1]) - Number(r[2]))).Order().ToArray();
        var reach = errors[(int)Math.Ceiling((errors.Length + 1) * (1 - Alpha)) - 1];
        Finite.Above(1, reach);

        var scored = await work.RunAsync(["score", .. rows, "--calibration", "@calibration.csv", "--truth", "Price", "--alpha", "0.2", "-e",
            "shap", "--background", "data", "--background-rows", "10", "-o", $"@out{kind}"]);
        scored.IsSaidAfterNotes("Scored 40 rows");
        Assert.Contains($"calibrated on 50 rows: predictions ± {reach.ToString("G4", CultureInfo.InvariantCulture)} hold the truth of 80 %",
            scored.Error);
        if (kind == ".npz")
        {
            using var arrays = NpzArchive.Open(work["out.npz"]);
            var (predicted, interval) = (arrays.Read("prediction").ToDoubles(), arrays.Read("interval"));
            CollectionAssert.AreEqual((int[])[40, 2], interval.Shape.ToArray());
            Near.Equal([.. predicted.SelectMany(p => (double[])[p - reach, p + reach])], interval.ToDoubles(), 1e-12);
            return;
        }
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "Key", "prediction", "lower", "upper", "target"], table[0][..6]);
        foreach (var row in table[1..])
            Near.Equal([Number(row[2]) - reach, Number(row[2]) + reach], [Number(row[3]), Number(row[4])], 1e-12);
    }

    [TestMethod]
    public async Task Classes_are_in_the_set_whose_probability_is_that_of_most_true_ones()
    {
        using var work = new Workplace();
        var model = Classes(work);
        (await work.RunAsync("run", model, "--data", "@calibration.csv", "--label-column", "class", "-o", "@known.csv")).IsDone();
        var doubts = work.ReadCsv("known.csv")[1..].Select(r => 1 - Number(r[2 + int.Parse(r[1], CultureInfo.InvariantCulture)])).Order()
            .ToArray();
        var threshold = doubts[(int)Math.Ceiling((doubts.Length + 1) * (1 - Alpha)) - 1];

        (await work.RunAsync("score", model, "--data", "@rows.csv", "--calibration", "@calibration.csv", "--truth", "class", "--alpha",
            "0.2", "-e", "shap", "-o", "@out.csv")).IsSaidAfterNotes("Scored");
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["set", "set.size", "target"], table[0][4..7]);
        var sizes = new HashSet<string>();
        foreach (var row in table[1..])
        {
            string[] set = [.. Enumerable.Range(0, 3).Where(k => 1 - Number(row[1 + k]) <= threshold).Select(k => $"{k}")];
            Assert.AreEqual(string.Join('|', set), row[4]);
            Assert.AreEqual($"{set.Length}", row[5]);
            sizes.Add(row[5]);
        }
        Finite.AtLeast(2, sizes.Count);
    }

    [TestMethod]
    [DataRow(".parquet")]
    [DataRow(".npz")]
    public async Task Shares_rows_that_fail_and_jobs_that_go_on_have_the_same(string kind)
    {
        using var work = new Workplace();
        var model = Classes(work);
        var lines = File.ReadAllLines(work["rows.csv"]);
        lines[7] = "1,2";
        File.WriteAllLines(work["rows.csv"], lines);
        string[] command = ["score", model, "--data", "@rows.csv", "--calibration", "@calibration.csv", "--truth", "class", "-e", "shap"];
        (await work.RunAsync([.. command, "--failed", "@bad.csv", "-o", $"@whole{kind}"])).IsSaidAfterNotes("1 rows failed");
        for (var i = 1; i <= 3; i++)
            (await work.RunAsync([.. command, "--shard", $"{i}/3", "--failed", $"@bad{i}.csv", "--resume", "-o", $"@share{i}{kind}"]))
                .IsSaidAfterNotes("Scored");
        (await work.RunAsync("merge", $"@share*{kind}", "-o", $"@merged{kind}")).IsDone();
        SharingJobsOut.AreSame(work, "whole", "merged");

        // Other truths promise something else.
        File.WriteAllLines(work["calibration.csv"], File.ReadAllLines(work["calibration.csv"])[..20]);
        (await work.RunAsync([.. command, "--shard", "1/3", "--failed", "@bad4.csv", "-o", $"@share1{kind}"]))
            .IsSaidAfterNotes("Scored");
        (await work.RunAsync("merge", $"@share*{kind}", "-o", $"@other{kind}")).Failed("not made by the same job", "--calibration");
    }

    [TestMethod]
    public async Task Chances_of_yes_and_logits_are_sets_too()
    {
        using var work = new Workplace();
        var random = new Random(3);
        TinyNetworks.Linear().Save(work);
        NpyArray.From([.. Enumerable.Range(0, 200).Select(_ => random.NextSingle() * 4 - 2)], 100, 2).Save(work["rows.npy"]);
        NpyArray.From([.. Enumerable.Range(0, 100).Select(_ => (float)random.Next(3))], 100).Save(work["truths.npy"]);
        var logits = await work.RunAsync("score", "@model.onnx", "--data", "@rows.npy", "--calibration", "@rows.npy", "--truth",
            "@truths.npy", "-o", "@logits.csv");
        logits.IsSaidAfterNotes("Scored");
        Assert.Contains("taken for logits", logits.Error);
        TinyNetworks.Probabilities().Save(work);
        (await work.RunAsync("score", "@model.onnx", "--data", "@rows.npy", "--calibration", "@rows.npy", "--truth", "@truths.npy", "-o",
            "@shares.csv")).IsSaidAfterNotes("Scored");
        foreach (var (logit, share) in work.ReadCsv("logits.csv").Zip(work.ReadCsv("shares.csv")))
            CollectionAssert.AreEqual(logit[^2..], share[^2..]);

        ModelOfChance().Save(work["model.onnx"]);
        work.Write("known.csv", string.Concat(Enumerable.Range(0, 30).Select(i => $"{i % 5 - 2},1,{(i % 5 > 1 ? "true" : "0")}\n")
            .Prepend("a,b,yes\n")));
        (await work.RunAsync("score", "@model.onnx", "--data", "@known.csv", "--label-column", "yes", "--calibration", "@known.csv", "-o",
            "@chance.csv")).IsSaidAfterNotes("Scored 30 rows");
        Assert.Contains(work.ReadCsv("chance.csv")[1][^2], (string[])["0", "1", "0|1"]);
    }

    [TestMethod]
    public async Task Pipelines_have_classes_of_their_own_names_and_chances()
    {
        using var work = new Workplace();
        var (ml, random) = (new MLContext(seed: 1), new Random(4));
        Flower[] flowers = [.. Enumerable.Range(0, 120).Select(i => new Flower
        {
            Kind = new[] { "rose", @"tiger|lily\", "iris" }[i % 3], IsRose = i % 3 == 0,
            Features = [i % 3 + random.NextSingle() * 2, random.NextSingle() * 3],
        })];
        var data = ml.Data.LoadFromEnumerable(flowers[..60]);
        ml.Model.Save(ml.Transforms.Conversion.MapValueToKey("Label", "Kind")
            .Append(ml.MulticlassClassification.Trainers.SdcaMaximumEntropy()).Fit(data), data.Schema, work["kinds.zip"]);
        ml.Model.Save(ml.BinaryClassification.Trainers.SdcaLogisticRegression("IsRose").Fit(data), data.Schema, work["roses.zip"]);
        string Line(Flower f) => FormattableString.Invariant($"{f.Features[0]},{f.Features[1]},{f.Kind},{f.IsRose}");
        work.Write("known.csv", string.Join('\n', flowers[60..].Select(Line).Prepend("Features.0,Features.1,Kind,IsRose")) + "\n");
        foreach (var (model, truth, names) in ((string, string, string[])[])
            [("@kinds.zip", "Kind", ["rose", @"tiger|lily\", "iris"]), ("@roses.zip", "IsRose", ["0", "1"])])
        {
            (await work.RunAsync("score", model, "--data", "@known.csv", "--calibration", "@known.csv", "--truth", truth, "--label-column",
                truth, "-o", "@out.csv")).IsSaidAfterNotes("Scored 60 rows");
            var table = work.ReadCsv("out.csv");
            var (set, held) = (Array.IndexOf(table[0], "set"), 0);
            foreach (var row in table[1..])
            {
                var classes = Classes(row[set]);
                CollectionAssert.IsSubsetOf(classes, names);
                Assert.AreEqual($"{classes.Length}", row[set + 1]);
                held += classes.Contains(row[1] switch { "True" => "1", "False" => "0", var name => name }) ? 1 : 0;
            }
            // Of the rows of the calibration themselves nine in ten at least.
            Finite.AtLeast(54, held);
        }

        // Between names stands |, unless a backslash is before it; and that one has another.
        static string[] Classes(string set)
        {
            var (classes, name) = (new List<string>(), "");
            for (var i = 0; i < set.Length; i++)
                if (set[i] != '|')
                    name += set[i] == '\\' ? set[++i] : set[i];
                else
                {
                    classes.Add(name);
                    name = "";
                }
            return [.. classes, .. name.Length > 0 ? [name] : Array.Empty<string>()];
        }
    }

    [TestMethod]
    public async Task What_promises_nothing_is_refused_or_said()
    {
        using var work = new Workplace();
        var model = Classes(work);
        string[] command = ["score", model, "--data", "@rows.csv", "-o", "@out.csv"];
        (await work.RunAsync([.. command, "--calibration", "@calibration.csv"])).WasWrongUse("--truth");
        (await work.RunAsync([.. command, "--truth", "class"])).WasWrongUse("goes with --calibration");
        (await work.RunAsync([.. command, "--alpha", "0.5"])).WasWrongUse("goes with --calibration");
        command = [.. command, "--calibration", "@calibration.csv"];
        (await work.RunAsync([.. command, "--truth", "class", "--alpha", "1"])).WasWrongUse("between 0 and 1");
        (await work.RunAsync([.. command, "--truth", "none"])).Failed("none");
        (await work.RunAsync([.. command, "--calibration", "-", "--truth", "class"])).WasWrongUse("through a pipe");
        var lines = File.ReadAllLines(work["calibration.csv"]);
        File.WriteAllLines(work["calibration.csv"], [.. lines[..5], lines[5][..(lines[5].LastIndexOf(',') + 1)] + "7", .. lines[6..]]);
        (await work.RunAsync([.. command, "--truth", "class"])).Failed("row 4", "'7'", "0, 1, 2");
        File.WriteAllLines(work["calibration.csv"], [.. lines[..5], lines[5][..(lines[5].LastIndexOf(',') + 1)], .. lines[6..]]);
        (await work.RunAsync([.. command, "--truth", "class"])).Failed("row 4", "missing");
        File.WriteAllLines(work["calibration.csv"], lines[..4]);
        var few = await work.RunAsync([.. command, "--truth", "class"]);
        few.IsSaidAfterNotes("Scored");
        Assert.Contains("3 rows are too few to promise 90 %", few.Error);
        foreach (var row in work.ReadCsv("out.csv")[1..])
            Assert.AreEqual("0|1|2", row[^2]);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    // Trees of three classes, rows, and rows with classes drawn at random.
    private static string Classes(Workplace work)
    {
        var random = new Random(9);
        var rows = ShapFiles.Csv(ShapFiles.Rows("lgbm_multiclass"), SharingJobsOut.Trees).TrimEnd('\n').Split('\n');
        work.Write("rows.csv", string.Join('\n', rows) + "\n");
        work.Write("calibration.csv", string.Concat(rows.Select((line, i) => $"{line},{(i == 0 ? "class" : random.Next(3))}\n")));
        return Workplace.Given("lgbm_multiclass.txt");
    }

    private static OnnxModel ModelOfChance()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
        return graph.ToModel([("chance", x.MatMul(graph.Constant(Tensor.From([1f, -0.5f], 2, 1))).Sigmoid())]);
    }

    private static void Houses(Workplace work)
    {
        var (ml, random, towns) = (new MLContext(seed: 1), new Random(5), (string[])["east", "north", "south"]);
        House[] houses = [.. Enumerable.Range(0, 170).Select(i => new House { Town = towns[i % 3], Size = random.Next(20, 90) })];
        foreach (var house in houses)
            house.Price = house.Size + 40 * Array.IndexOf(towns, house.Town) + random.Next(-20, 20);
        var data = ml.Data.LoadFromEnumerable(houses[..80]);
        ml.Model.Save(ml.Transforms.Categorical.OneHotEncoding("Town").Append(ml.Transforms.Concatenate("Features", "Town", "Size"))
            .Append(ml.Regression.Trainers.FastTree("Price", minimumExampleCountPerLeaf: 2)).Fit(data), data.Schema, work["model.zip"]);
        work.Write("calibration.csv", "Town,Size,Price\n"
            + string.Join('\n', houses[80..130].Select(h => $"{h.Town},{h.Size},{h.Price}")) + "\n");
        work.Write("rows.csv", "Key,Town,Size\n" + string.Join('\n', houses[130..].Select((h, i) => $"k{i},{h.Town},{h.Size}")) + "\n");
    }

    private sealed class Flower
    {
        public string Kind { get; set; } = "";

        public bool IsRose { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class House
    {
        public string Town { get; set; } = "";

        public float Size { get; set; }

        public float Price { get; set; }
    }
}
