using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tool.Tests.Shap;

[TestClass]
public class SharingScoresOfNetworks
{
    private static readonly string Tumours = Workplace.Given("mlp_breast_cancer.onnx"), Digits = Workplace.Given("cnn_digits.onnx");

    [TestMethod]
    public async Task Takes_all_coalitions_of_few_features()
    {
        using var work = Products("1,2,3,4\n-1,0.5,2,0\n");
        // The score is x₀·x₁ + x₂·x₃: half of a product's change goes to each factor.
        var outcome =
            (await work.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "--background", "zero", "-o", "@out.csv")).IsDone();
        Assert.Contains("Algorithm: all coalitions, against zeros", outcome.Out);
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "target", "score", "base", "a", "b", "c", "d"], table[0]);
        ShapFiles.AreSame([0, 0, 14, 0, 1, 1, 6, 6, 1, 0, -0.5, 0, -0.25, -0.25, 0, 0], table.Numbers(..));
    }

    [TestMethod]
    public async Task Takes_the_mean_or_rows_of_the_data_as_background()
    {
        using var work = Products("1,2,3,4\n-1,0,1,0\n3,4,5,2\n");
        var outcome =
            (await work.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "--background", "mean", "-o", "@out.csv")).IsDone();
        Assert.Contains("against the mean of 'rows.csv'", outcome.Out);
        // The mean row is 1, 2, 3, 2.
        ShapFiles.AreSame([0, 0, 14, 8, 0, 0, 0, 6], [.. work.ReadCsv("out.csv")[1].Select(ShapFiles.Number)]);

        outcome = (await work.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "--background", "data", "-o", "@out.csv")).IsDone();
        Assert.Contains("against the 3 rows of 'rows.csv'", outcome.Out);
        ShapFiles.AreSame([(14 + 0 + 22) / 3.0], [ShapFiles.Number(work.ReadCsv("out.csv")[1][3])]);
        outcome =
            (await work.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "--background", "data", "--background-rows", "1", "-o",
                "@out.csv")).IsDone();
        Assert.Contains("against 1 of the 3 rows of 'rows.csv'", outcome.Out);
        CollectionAssert.AreEqual((string[])["0", "0", "14", "0"], work.ReadCsv("out.csv")[1][..4]);
    }

    [TestMethod]
    public async Task Says_what_to_do_without_a_background()
    {
        using var work = Products("1,2,3,4\n");
        foreach (var algorithm in (string[])["auto", "kernel", "deep", "linear"])
            (await work.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "-a", algorithm, "-o", "@out.csv"))
                .Failed("needs a background", "--background FILE", "--background data", "mean", "zero");
        CollectionAssert.AreEqual((string[])["model.onnx", "rows.csv"], work.Files);
    }

    [TestMethod]
    [DataRow("auto", "")]
    [DataRow("kernel", "--samples 300 --seed 2")]
    [DataRow("kernel", "--samples 300 --selection 5")]
    [DataRow("permutation", "--permutations 3")]
    [DataRow("sampling", "--samples 40")]
    [DataRow("partition", "--evaluations 100")]
    public async Task Agrees_with_the_library_on_scaled_rows(string algorithm, string options)
    {
        using var work = new Workplace();
        (await work.RunAsync(["shap", Tumours, "--data", Workplace.Given("breast_cancer.csv"), "--label-column", "label", "--scale",
            Workplace.Given("breast_cancer.standardise.json"),
            "--background", "data", "--background-rows", "5", "-a", algorithm, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            "--threads", "1", "-o", "@out.csv"])).IsDone();

        var rows = Scaled();
        float[] background = [.. ((int[])[1, 3, 6, 8, 10]).SelectMany(row => rows[(row * 30)..((row + 1) * 30)])];
        using var scorer = new NetworkScorer(Network.Load(Tumours), runtime: new RuntimeOptions { Threads = 1 });
        CoalitionMethod method = algorithm switch
        {
            "auto" => new PermutationShap(),
            "kernel" => new KernelShap(300,
                options.Contains("seed") ? 2 : 1) { Selection = options.Contains("selection") ? Selection.Features(5) : Selection.None },
            "permutation" => new PermutationShap(3),
            "sampling" => new SamplingShap(40),
            _ => new PartitionShap(FeatureClustering.ByCorrelation(background, 30), 100),
        };
        var expected = new BlackBox(scorer, background).Explain(method, rows);
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "label", "target", "score", "base", "mean radius"], table[0][..6]);
        ShapFiles.AreSame(expected.Values, table.Numbers(5..), 1e-5);
        ShapFiles.AreSame(expected.Scores, table.Numbers(3..4), 1e-5);
    }

    [TestMethod]
    [DataRow("deep", "", "argmax")]
    [DataRow("deep", "--rule reveal-cancel", "all")]
    [DataRow("gradient", "--samples 20 --seed 4", "3-5")]
    [DataRow("gradient", "--samples 2 --draws quadrature", "all")]
    public async Task Looks_into_networks(string algorithm, string options, string target)
    {
        using var work = new Workplace();
        using var reference = NpzArchive.Open(Workplace.Given("cnn_digits.npz"));
        var digits = reference.Read("input").ToSingles();
        NpyArray.From(digits.AsSpan(0, 5 * 64), 5, 1, 8, 8).Save(work["rows.npy"]);
        NpyArray.From(digits.AsSpan(5 * 64, 3 * 64), 3, 64).Save(work["background.npy"]);
        string[] given = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        (await work.RunAsync(["shap", Digits, "--data", "@rows.npy", "--background", "@background.npy", "-a", algorithm, .. given, "-t",
            target, "-b", "2", "-o", "@out.npy"])).IsDone();

        var chosen = given.Chunk(2).ToDictionary(o => o[0][2..], o => o[1]);
        var baseline = Baseline.Given(Tensor.From(digits[(5 * 64)..(8 * 64)], 3, 1, 8, 8));
        var method = MethodCatalog.Create($"{algorithm}-shap", chosen) switch
        {
            DeepShap deep => deep with { Baseline = baseline },
            GradientShap gradient => (AttributionMethod)(gradient with { Baseline = baseline }),
            var other => other,
        };
        var values = NpyArray.Load(work["out.npy"]);
        CollectionAssert.AreEqual(target == "all" ? (int[])[5, 10, 1, 8, 8] : [5, 1, 8, 8], values.Shape.ToArray());
        foreach (var (slot, each) in (target == "all" ? Enumerable.Range(0, 10).Select(Target.Class) : [Target.Parse(target)]).Index())
        {
            using var session = new ModelSession(Explanation.Compile(Network.Load(Digits), method, each));
            var expected = session.Run(new Dictionary<string, Tensor> { ["input"] = Tensor.From(digits[..(5 * 64)], 5, 1, 8, 8) });
            var all = values.ToDoubles();
            float[] own = target == "all"
                ? [.. Enumerable.Range(0, 5).SelectMany(row => all[((row * 10 + slot) * 64)..((row * 10 + slot + 1) * 64)])
                    .Select(v => (float)v)]
                : [.. all.Select(v => (float)v)];
            Close.To(expected["attribution"].As<float>(), own);
            var scores = NpyArray.Load(work["out.score.npy"]).ToSingles();
            Close.To(expected["score"].As<float>(), target == "all" ? [.. scores.Where((_, i) => i % 10 == slot)] : scores);
            if (target == "argmax")
                CollectionAssert.AreEqual(expected["target"].As<long>().ToArray(), NpyArray.Load(work["out.target.npy"]).ToInt64s());
        }
    }

    [TestMethod]
    public async Task Cuts_images_across_their_sides()
    {
        using var work = new Workplace();
        using var reference = NpzArchive.Open(Workplace.Given("cnn_digits.npz"));
        var digits = reference.Read("input").ToSingles();
        NpyArray.From(digits.AsSpan(0, 2 * 64), 2, 1, 8, 8).Save(work["rows.npy"]);
        (await work.RunAsync("shap", Digits, "--data", "@rows.npy", "--background", "zero", "-a", "partition", "--evaluations", "80", "-t",
            "2", "-o", "@out.npy")).IsDone();
        using var scorer = new NetworkScorer(Network.Load(Digits));
        var expected =
            new BlackBox(scorer, new float[64]).Explain(new PartitionShap(Partition.Image(1, 8, 8), 80), digits.AsSpan(0, 2 * 64), [2]);
        var values = NpyArray.Load(work["out.npy"]);
        CollectionAssert.AreEqual((int[])[2, 1, 8, 8], values.Shape.ToArray());
        ShapFiles.AreSame(expected.Values, values.ToDoubles(), 1e-5);
    }

    [TestMethod]
    public async Task Explains_linear_networks_in_closed_form()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        work.Write("rows.csv", "a,b\n1,-1\n3,5\n");
        var outcome =
            (await work.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "--background", "data", "-a", "linear", "-t", "1", "-o",
                "@out.csv")).IsDone();
        Assert.Contains("linear SHAP", outcome.Out);
        // Class 1 is -2·a + b; the means are 2 and 2.
        ShapFiles.AreSame([-3, -2, 2, -3, -1, -2, -2, 3], work.ReadCsv("out.csv").Numbers(2..), 1e-6);
        (await work.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "--background", "data", "-a", "linear", "-t", "1", "--group",
            "both=a,b", "-o", "@out.csv")).IsDone();
        ShapFiles.AreSame([-3, -2, -1, -1, -2, 1], work.ReadCsv("out.csv").Numbers(2..), 1e-6);
        using var products = Products("1,2,3,4\n5,4,3,1\n");
        (await products.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "--background", "data", "-a", "linear", "-o", "@out.csv"))
            .Failed("is not linear");
    }

    [TestMethod]
    public async Task Explains_probabilities_where_asked()
    {
        using var work = new Workplace();
        TinyNetworks.Probabilities().Save(work);
        work.Write("rows.csv", "a,b\n1,-1\n");
        string[] command = ["shap", "@model.onnx", "--data", "@rows.csv", "--background", "zero", "-o", "@out.csv"];
        (await work.RunAsync(command)).IsDone();
        CollectionAssert.AreEqual((string[])["4.25", "0"], work.ReadCsv("out.csv")[3][2..4]);
        (await work.RunAsync([.. command, "--output-kind", "prediction"])).IsDone();
        var cells = work.ReadCsv("out.csv")[3];
        ShapFiles.AreSame([Math.Exp(4.25) / (Math.Exp(0.5) + Math.Exp(-3) + Math.Exp(4.25)), 1 / 3.0],
            [ShapFiles.Number(cells[2]), ShapFiles.Number(cells[3])], 1e-6);
    }

    [TestMethod]
    public async Task Reads_several_inputs_one_after_the_other()
    {
        using var work = new Workplace();
        TinyNetworks.TwoInputs().Save(work);
        work.Write("rows.csv", "1,2,3,5\n");
        string[] command = ["shap", "@model.onnx", "--data", "@rows.csv", "--background", "zero", "-t", "0"];
        (await work.RunAsync([.. command, "-o", "@out.csv"])).IsDone();
        ShapFiles.AreSame([0, 0, 13, 0, 1.5, 5, 1.5, 5], work.ReadCsv("out.csv").Numbers(..));
        CollectionAssert.AreEqual((string[])["a[0]", "a[1]", "b[0]", "b[1]"], work.ReadCsv("out.csv")[0][4..]);
        (await work.RunAsync([.. command, "-a", "deep", "-o", "@out.csv"])).Failed("explains networks of one input; this one has 2",
            "introspect explain --method deep-shap");
    }

    [TestMethod]
    public async Task Refuses_what_does_not_fit()
    {
        using var work = Products("1,2,3,4\n");
        string[] command = ["shap", "@model.onnx", "--data", "@rows.csv", "--background", "zero", "-o", "@out.csv"];
        (await work.RunAsync([.. command, "-a", "tree"])).Failed("cannot be explained as trees", "It has no operator with trees",
            "Choose another --algorithm");
        (await work.RunAsync([.. command, "-t", "1"])).Failed("The target class 1 is out of range: the model has 1 output, number 0.");
        (await work.RunAsync([.. command, "-a", "deep", "--group", "x=a,b"])).Failed("explains every feature by itself");
        (await work.RunAsync(["shap", "@model.onnx", "--data", "@rows.csv", "--interactions", "-o", "@out.csv"]))
            .Failed("needs a background");
        work.Write("rows.csv", "a,b,c,d\n1,2,,4\n");
        (await work.RunAsync(command)).Failed("line 2, column 3 ('c'): the value is missing");
        work.Write("rows.csv", "a,b,c\n1,2,3\n");
        (await work.RunAsync(command)).Failed("has 3 columns of numbers from 'a' to 'c'; the model takes 4 features");
        CollectionAssert.AreEqual((string[])["model.onnx", "rows.csv"], work.Files);
    }

    private static float[] Scaled()
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Workplace.Given("breast_cancer.standardise.json")));
        double[] Numbers(string name) => [.. json.RootElement.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
        var (mean, deviation) = (Numbers("mean"), Numbers("std"));
        return [
            .. File.ReadAllLines(Workplace.Given("breast_cancer.csv"))[1..]
                .SelectMany(line => line.Split(',')[..30].Select((cell, i) => (float)((ShapFiles.Number(cell) - mean[i]) / deviation[i])))];
    }

    // The score is x₀·x₁ + x₂·x₃.
    private static Workplace Products(string rows)
    {
        var work = new Workplace();
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 4)).Reshape(-1, 2, 2);
        graph.ToModel([("score", (x.Slice([0], [1], [2]) * x.Slice([1], [2], [2])).Reshape(-1, 2).ReduceSum([1]))]).Save(work);
        work.Write("rows.csv", "a,b,c,d\n" + rows);
        return work;
    }
}
