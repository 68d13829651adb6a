using System.Text.Json;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Assertions;
using Microsoft.ML.Introspection.Tool.Tests.Shap;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class EvaluatingExplanations
{
    [TestMethod]
    public async Task A_page_numbers_and_a_table_the_same_twice()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 8 * 64).Select(i => i * 7 % 23 / 22f)], 8, 1, 8, 8).Save(work["rows.npy"]);
        NpyArray.From([.. Enumerable.Range(0, 8 * 64).Select(i => i % 8 < 4 ? 1L : 0)], 8, 8, 8).Save(work["masks.npy"]);
        string[] command = ["evaluate", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "--masks", "@masks.npy", "--methods",
            "saliency,integrated-gradients:steps=8", "--metrics",
            "deletion:steps=4,road:percentages=20,60:order=difference,max-sensitivity:draws=3,sparseness,pointing-game,random-logit",
            "--rows", "7", "--sanity"];
        foreach (var name in (string[])["a", "b"])
            (await work.RunAsync([.. command, "-o", $"@{name}.html", "-o", $"@{name}.json", "-o", $"@{name}.csv"])).IsDone();
        foreach (var kind in (string[])["html", "json", "csv"])
            CollectionAssert.AreEqual(File.ReadAllBytes(work["a." + kind]), File.ReadAllBytes(work["b." + kind]), kind);
        using var json = JsonDocument.Parse(File.ReadAllText(work["a.json"]));
        var results = json.RootElement.GetProperty("results").EnumerateArray().ToList();
        Assert.HasCount(4 * 6, results);
        Assert.IsTrue(results.TrueForAll(r => !r.TryGetProperty("obstacle", out _)), File.ReadAllText(work["a.json"]));
        Assert.AreEqual("chance", results[^7].GetProperty("method").GetString());
        foreach (var result in results.Where(r => r.GetProperty("metric").GetString() == "sparseness"))
        {
            Assert.AreEqual(7, result.GetProperty("n").GetInt32());
            Assert.IsTrue(result.GetProperty("low").GetDouble() <= result.GetProperty("median").GetDouble());
            Assert.AreEqual("higher", result.GetProperty("better").GetString());
        }
        Assert.AreEqual(7 * 5, results[0].GetProperty("scored").GetInt32());
        Assert.AreEqual(7 * 3, results[2].GetProperty("explained").GetInt32());
        Assert.HasCount(2, json.RootElement.GetProperty("sanity").EnumerateArray().ToList());
        Assert.HasCount(1 + 4 * 6 * 7, work.ReadCsv("a.csv"));
        var page = File.ReadAllText(work["a.html"]);
        foreach (var text in (string[])["In plain words", "What the numbers do not say", "Radar chart", "Sanity", "Agreement", "Cost", "↓"])
            Assert.Contains(text, page);
    }

    [TestMethod]
    public async Task A_network_of_permuted_labels_is_compared_with()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 8 * 64).Select(i => i * 7 % 23 / 22f)], 8, 1, 8, 8).Save(work["rows.npy"]);
        var trained = Workplace.Given("cnn_digits.onnx");
        // Random weights stand for those that shuffled labels give: nothing is left of what was learned.
        WeightRandomisation.Steps(OnnxModel.Load(trained)).Last().Model.Save(work["other.onnx"]);
        string[] command = ["evaluate", trained, "--data", "@rows.npy", "--methods", "saliency", "--metrics", "sparseness"];
        async Task<double> Similarity(string permuted, string name)
        {
            (await work.RunAsync([.. command, "--permuted", permuted, "-o", $"@{name}.json", "-o", $"@{name}.html"])).IsDone();
            using var json = JsonDocument.Parse(File.ReadAllText(work[name + ".json"]));
            return json.RootElement.GetProperty("sanity")[0].GetProperty("permutedLabels").GetDouble();
        }
        Near.Equal(1, await Similarity(trained, "same"), 1e-9);
        Assert.Contains("says much the same of a network trained on permuted labels", File.ReadAllText(work["same.html"]));
        Finite.Below(0.5, await Similarity("@other.onnx", "other"));
        Assert.Contains("Sanity: permuted labels", File.ReadAllText(work["other.html"]));
        Assert.IsFalse(File.ReadAllText(work["other.html"]).Contains("says much the same of a network", StringComparison.Ordinal));
        (await work.RunAsync([.. command[..4], "--methods", "saliency,input-x-gradient", "--metrics", "sparseness", "--shift", "0.5",
            "--sanity", "--similarity", "pearson", "-o", "@shift.json", "-o", "@shift.html"])).IsDone();
        using (var json = JsonDocument.Parse(File.ReadAllText(work["shift.json"])))
        {
            var sanity = json.RootElement.GetProperty("sanity");
            Near.Equal(0, sanity[0].GetProperty("shiftedRows").GetDouble(), 1e-4);
            Finite.Above(0.1, sanity[1].GetProperty("shiftedRows").GetDouble());
            Finite.AtLeast(2, sanity[0].GetProperty("pearson").GetArrayLength());
        }
        Assert.Contains("The similarity (pearson)", File.ReadAllText(work["shift.html"]));
        (await work.RunAsync([.. command, "--similarity", "cosine", "-o", "@no.json"])).WasWrongUse("--similarity takes one of spearman");
        (await work.RunAsync([.. command, "--permuted", Workplace.Given("mlp_breast_cancer.onnx"), "-o", "@no.json"]))
            .WasWrongUse("no network of the same kind");
        Assert.IsFalse(File.Exists(work["no.json"]));
    }

    [TestMethod]
    public async Task Shapley_values_of_trees_share_out_what_the_score_gains()
    {
        using var work = new Workplace();
        ShapFiles.Rows("xgb_wine").Save(work["rows.npy"]);
        (await work.RunAsync("evaluate", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "--background", "mean", "--methods",
            "tree,kernel:samples=300,lime:samples=400", "--metrics", "completeness-gap,max-sensitivity:draws=2,insertion", "--rows", "20",
            "-o", "@a.json", "-o", "@a.html")).IsDone();
        var found = Results(work, "a.json");
        Assert.HasCount(4 * 3, found);
        foreach (var method in (string[])["tree", "kernel:samples=300"])
            foreach (var gap in found[(method, "completeness-gap")])
                // The mean of the rows in single precision and in double.
                Near.Equal(0, gap, 2e-4);
        Assert.Contains(gap => Math.Abs(gap) > 1e-3, found[("lime:samples=400", "completeness-gap")]);
        Finite.AtLeast(Median(found[("chance", "insertion")]) + 0.05, Median(found[("tree", "insertion")]));
        Assert.Contains("chance", File.ReadAllText(work["a.html"]));
    }

    [TestMethod]
    public async Task A_linear_model_falls_as_far_as_its_weights_say()
    {
        using var work = new Workplace();
        var (ml, random) = (new MLContext(seed: 1), new Random(3));
        Measured[] rows = [.. Enumerable.Range(0, 60).Select(_ => new Measured
        {
            Small = random.NextSingle() * 1e-3f, Large = 5e4f + random.NextSingle() * 1e4f, Middle = random.NextSingle(),
        })];
        foreach (var row in rows)
            row.Label = 2000 * row.Small - 1e-4f * row.Large + row.Middle;
        var data = ml.Data.LoadFromEnumerable(rows);
        var model = ml.Transforms.Concatenate("Features", "Small", "Large", "Middle")
            .Append(ml.Transforms.NormalizeMeanVariance("Features")).Append(ml.Regression.Trainers.Sdca()).Fit(data);
        ml.Model.Save(model, data.Schema, work["model.zip"]);
        work.Write("rows.csv", "Small,Large,Middle\n"
            + string.Concat(rows.Select(r => FormattableString.Invariant($"{r.Small:R},{r.Large:R},{r.Middle:R}\n"))));
        string[] command = ["evaluate", "@model.zip", "--data", "@rows.csv", "-o", "@a.json", "--metrics",
            "faithfulness-correlation:runs=20:size=2,max-sensitivity:draws=3"];
        (await work.RunAsync([.. command, "--methods", "exact,permutation,lime"])).IsDone();
        var found = Results(work, "a.json");
        foreach (var method in (string[])["exact", "permutation"])
            foreach (var correlation in found[(method, "faithfulness-correlation")])
                Near.Equal(1, correlation, 1e-3);
        // Noise is of the size of each feature's own, or else the large one would never move.
        Finite.AtLeast(0.01, Median(found[("exact", "max-sensitivity")]));
        // Slots of the feature column, of which the pipeline's columns are the same here.
        (await work.RunAsync([.. command, "--methods", "linear,exact"])).IsDone();
        foreach (var correlation in Results(work, "a.json")[("linear", "faithfulness-correlation")])
            Near.Equal(1, correlation, 1e-3);
    }

    [TestMethod]
    public async Task Words_stay_words_however_rows_are_changed()
    {
        using var work = new Workplace();
        var (ml, random, towns) = (new MLContext(seed: 1), new Random(5), (string[])["east", "north", "south"]);
        Placed[] rows = [.. Enumerable.Range(0, 200).Select(i => new Placed { Town = towns[i % 3], Size = random.Next(20, 90) })];
        foreach (var row in rows)
            row.Label = row.Size + 40 * Array.IndexOf(towns, row.Town);
        var data = ml.Data.LoadFromEnumerable(rows);
        ml.Model.Save(ml.Transforms.Categorical.OneHotEncoding("Town").Append(ml.Transforms.Concatenate("Features", "Town", "Size"))
            .Append(ml.Regression.Trainers.FastTree(minimumExampleCountPerLeaf: 2)).Fit(data), data.Schema, work["model.zip"]);
        work.Write("rows.csv", "Town,Size\n" + string.Concat(rows.Take(40).Select(r => $"{r.Town},{r.Size}\n")));
        string[] command = ["evaluate", "@model.zip", "--data", "@rows.csv", "--metrics",
            "deletion,insertion,faithfulness-correlation,max-sensitivity:draws=3,infidelity,pgi:draws=9,sparseness,complexity"];
        foreach (var name in (string[])["@a", "@b"])
            (await work.RunAsync([.. command, "-o", name + ".json", "-o", name + ".html"])).IsDone();
        foreach (var kind in (string[])[".json", ".html"])
            CollectionAssert.AreEqual(File.ReadAllBytes(work["a" + kind]), File.ReadAllBytes(work["b" + kind]));
        var found = Results(work, "a.json");
        Assert.HasCount(4 * 8, found);
        foreach (var (cell, values) in found)
            Assert.HasCount(40, values, $"{cell}: {File.ReadAllText(work["a.json"])}");
        // A town that is taken away is the most frequent one, and not a mixture.
        Finite.AtLeast(Median(found[("chance", "insertion")]), Median(found[("permutation", "insertion")]));
        (await work.RunAsync([.. command, "--methods", "tree,exact", "--background", "data", "-o", "@c.json"])).IsDone();
        Assert.HasCount(3 * 8, Results(work, "c.json"));
    }

    [TestMethod]
    public async Task What_is_for_networks_alone_is_said()
    {
        using var work = new Workplace();
        ShapFiles.Rows("xgb_wine").Save(work["rows.npy"]);
        string[] command = ["evaluate", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "--rows", "3", "-o", "@a.json"];
        (await work.RunAsync([.. command, "--sanity"])).WasWrongUse("--sanity is for networks");
        (await work.RunAsync([.. command, "--permuted", "net.onnx"])).WasWrongUse("--permuted is for networks");
        (await work.RunAsync([.. command, "--methods", "saliency"])).WasWrongUse("no algorithm 'saliency'");
        (await work.RunAsync([.. command, "--methods", "lime:width=2"])).WasWrongUse("takes the option samples");
        (await work.RunAsync([.. command, "--methods", "lime:samples=x"])).WasWrongUse("'x' is none");
        (await work.RunAsync([.. command, "--methods", "linear"])).Failed("made of trees");
        Assert.IsFalse(File.Exists(work["a.json"]));
    }

    [TestMethod]
    public async Task What_cannot_be_judged_is_said()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 128).Select(i => i % 23 / 22f)], 2, 1, 8, 8).Save(work["rows.npy"]);
        string[] command = ["evaluate", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "--methods", "saliency"];
        (await work.RunAsync([.. command, "--metrics", "pointing-game", "-o", "@x.json"])).IsDone();
        Assert.Contains("Give a mask for every row", File.ReadAllText(work["x.json"]));
        (await work.RunAsync(command)).WasWrongUse("--output FILE.html");
        (await work.RunAsync([.. command, "-o", "@x.npz"])).WasWrongUse(".html, .json or .csv");
        (await work.RunAsync([.. command, "-o", "@x.json", "--metrics", "pixels"])).WasWrongUse("no metric 'pixels'");
        (await work.RunAsync([.. command, "-o", "@x.json", "--metrics", "deletion:steps"])).WasWrongUse("name:option=value");
        (await work.RunAsync([.. command, "-o", "@x.json", "--rows", "0"])).WasWrongUse("from 1");
    }

    private static Dictionary<(string, string), double[]> Results(Workplace work, string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(work[name]));
        return json.RootElement.GetProperty("results").EnumerateArray().ToDictionary(
            r => (r.GetProperty("method").GetString()!, r.GetProperty("metric").GetString()!.Split(':')[0]),
            r => r.TryGetProperty("values", out var values)
                ? values.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? double.NaN : v.GetDouble()).ToArray() : []);
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private sealed class Placed
    {
        public string Town { get; set; } = "";

        public float Size { get; set; }

        public float Label { get; set; }
    }

    private sealed class Measured
    {
        public float Small { get; set; }

        public float Large { get; set; }

        public float Middle { get; set; }

        public float Label { get; set; }
    }
}
