using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Tests.Shap;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class RunningModels
{
    [TestMethod]
    [DataRow("prediction")]
    [DataRow("raw")]
    public async Task Gives_what_a_network_says_and_its_logits(string kind)
    {
        using var work = new Workplace();
        TinyNetworks.Probabilities().Save(work);
        work.Write("rows.csv", "who,a,b\nann,1,2\nbob,0,0\n");
        (await Run(work, "--data", "@rows.csv", "--id-column", "who", "--output-kind", kind, "-o", "@out.csv")).IsDone();
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "who", "probabilities[0]", "probabilities[1]", "probabilities[2]"], table[0]);
        CollectionAssert.AreEqual((string[])["ann", "bob"], table[1..].Select(line => line[1]).ToArray());
        double[] logits = [2, 0, -7.75, 0, 0, 0];
        double[] softmax = [.. logits.Chunk(3).SelectMany(row => row.Select(l => Math.Exp(l) / row.Sum(Math.Exp)))];
        ShapFiles.AreSame(kind == "raw" ? logits : softmax, table.Numbers(2..), 1e-6);
    }

    [TestMethod]
    public async Task Takes_and_gives_an_array_by_name()
    {
        using var work = new Workplace();
        TinyNetworks.TwoInputs().Save(work);
        NpzArchive.Save(work["rows.npz"], [new("b", NpyArray.From([3f, 4, 5, 6], 2, 2)), new("other", NpyArray.From([0f])),
            new("a", NpyArray.From([1f, 2, 1, 1], 2, 2))]);
        (await Run(work, "--data", "@rows.npz", "-o", "@out.npz")).IsDone();
        using (var archive = NpzArchive.Open(work["out.npz"]))
        {
            CollectionAssert.AreEqual((string[])["scores", "total"], archive.Names.ToArray());
            CollectionAssert.AreEqual((float[])[11, -11, 11, -11], archive.Read("scores").ToSingles());
            CollectionAssert.AreEqual((float[])[4, 6, 6, 7], archive.Read("total").ToSingles());
        }
        (await Run(work, "--data", "@rows.npz", "-o", "@out.npy")).IsDone();
        CollectionAssert.AreEqual((float[])[4, 6, 6, 7], NpyArray.Load(work["out.total.npy"]).ToSingles());
        (await Run(work, "--data", "@rows.npz", "--output-tensor", "total", "-o", "@one.npy")).IsDone();
        CollectionAssert.AreEqual((int[])[2, 2], NpyArray.Load(work["one.npy"]).Shape.ToArray());

        (await Run(work, "--data", "a=@rows.npz", "-o", "@out.npz")).Failed("no file is given for 'b'");
        (await Run(work, "--data", "@rows.npz", "--output-tensor", "none", "-o", "@out.npz")).Failed("no output 'none'");
        NpzArchive.Save(work["wrong.npz"], [new("c", NpyArray.From([3f, 4], 1, 2))]);
        (await Run(work, "--data", "@wrong.npz", "-o", "@out.npz")).Failed("no array for 'a', 'b'; it has 'c'");
        (await Run(work, "--data", "@rows.npz", "--output-kind", "x", "-o", "@out.npz")).WasWrongUse("raw or prediction");
    }

    [TestMethod]
    public async Task Gives_what_layers_make_of_rows()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 128).Select(i => i % 17 / 16f)], 2, 1, 8, 8).Save(work["rows.npy"]);
        string[] command = ["run", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy"];
        (await work.RunAsync([.. command, "-o", "@all.npz", "--layer", "/fc/Gemm", "-l", "/conv2/Conv", "--output-tensor", "logits"])).IsDone();
        using var archive = NpzArchive.Open(work["all.npz"]);
        CollectionAssert.AreEqual((string[])["logits", "/fc/Gemm", "/conv2/Conv"], archive.Names.ToArray());
        CollectionAssert.AreEqual((int[])[2, 32, 4, 4], archive.Read("/conv2/Conv").Shape.ToArray());
        CollectionAssert.AreEqual(archive.Read("logits").ToSingles(), archive.Read("/fc/Gemm").ToSingles());
        (await work.RunAsync([.. command, "-o", "@one.npy", "--layer", "/conv2/Conv"])).IsDone();
        CollectionAssert.AreEqual(archive.Read("/conv2/Conv").ToSingles(), NpyArray.Load(work["one.npy"]).ToSingles());
        (await work.RunAsync([.. command, "-o", "@none.npy", "--layer", "nothing"])).Failed("'nothing'");
    }

    [TestMethod]
    [DataRow("xgb_wine.json")]
    [DataRow("lgbm_multiclass.txt")]
    public async Task Scores_trees_whatever_the_file_is_called(string model)
    {
        using var work = new Workplace();
        var (trees, rows) = (ShapFiles.Trees(model), ShapFiles.Rows(Path.GetFileNameWithoutExtension(model)));
        File.Copy(Workplace.Given(model), work["model.onnx"]);
        rows.Save(work["rows.npy"]);
        (await Run(work, "--data", "@rows.npy", "--output-kind", "raw", "-o", "@raw.npz")).IsDone();
        (await Run(work, "--data", "@rows.npy", "-o", "@out.npy")).IsDone();
        using var raw = NpzArchive.Open(work["raw.npz"]);
        var expected = ShapFiles.Scores(trees, rows);
        ShapFiles.AreSame(expected, raw.Read("score").ToDoubles(), 1e-6);
        double[] linked = [.. expected.Chunk(trees.OutputCount).SelectMany(row =>
        {
            trees.Link.Apply(row);
            return row;
        })];
        ShapFiles.AreSame(linked, NpyArray.Load(work["out.npy"]).ToDoubles(), 1e-6);
        (await Run(work, "--data", "x=@rows.npy", "-o", "@out.npy")).Failed("One file is expected");
    }

    [TestMethod]
    public async Task Scores_pipelines()
    {
        using var work = new Workplace();
        TinyNetworks.Linear(batch: 1).Save(work, "network.onnx");
        var ml = new MLContext();
        var data = ml.Data.LoadFromEnumerable((Pair[])[new() { First = 1, Second = 2 }]);
        var pipeline =
            ml.Transforms.Concatenate("x", "First", "Second").Append(ml.Transforms.ApplyOnnxModel("scores", "x", work["network.onnx"]));
        ml.Model.Save(pipeline.Fit(data), data.Schema, work["model.onnx"]);
        work.Write("rows.csv", "Second,Note,First\n2,a,1\n0,b,4\n");
        NpzArchive.Save(work["rows.npz"], [new("Second", NpyArray.From([2f, 0])), new("First", NpyArray.From([1f, 4]))]);
        (await Run(work, "--data", "@rows.csv", "-o", "@out.csv")).Failed("no output column 'Score'");
        foreach (var file in (string[])["@rows.csv", "@rows.npz"])
        {
            (await Run(work, "--data", file, "--output-column", "scores", "-o", "@out.csv")).IsDone();
            CollectionAssert.AreEqual((string[])["row", "scores[0]", "scores[1]", "scores[2]"], work.ReadCsv("out.csv")[0]);
            ShapFiles.AreSame([2, 0, -7.75, 4, -8, 1], work.ReadCsv("out.csv").Numbers(1..), 1e-6);
        }
    }

    [TestMethod]
    public async Task Several_methods_write_an_array_each()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        NpzArchive.Save(work["rows.npz"], [new("x", NpyArray.From([1f, 2, 3, 4, 5, 6], 3, 2)), new("truth", NpyArray.From([0L, 2, 1]))]);
        string[] asked = ["explain", "@model.onnx", "--data", "@rows.npz", "-t", "label:truth"];
        (await work.RunAsync([.. asked, "-m", "saliency", "-m", "input-x-gradient", "-m", "integrated-gradients", "--steps", "4", "--form",
            "signed", "-o", "@out.npz"])).IsDone();
        using var together = NpzArchive.Open(work["out.npz"]);
        CollectionAssert.AreEqual((string[])["saliency", "input-x-gradient", "integrated-gradients", "target", "score"],
            together.Names.ToArray());
        foreach (var (method, options) in new[] { ("input-x-gradient", (string[])[]), ("integrated-gradients", ["--steps", "4"]) })
        {
            (await work.RunAsync([.. asked, "-m", method, .. options, "-o", "@one.npz"])).IsDone();
            using var alone = NpzArchive.Open(work["one.npz"]);
            foreach (var array in (string[])[method, "target", "score"])
                CollectionAssert.AreEqual(alone.Read(array).ToSingles(), together.Read(array).ToSingles(), array);
        }
        CollectionAssert.AreEqual((float[])[1, 0.5f, 0.25f, -4, -2, 1], together.Read("saliency").ToSingles());
        CollectionAssert.AreEqual((long[])[0, 2, 1], together.Read("target").ToInt64s());

        (await work.RunAsync([.. asked, "-m", "saliency", "-m", "input-x-gradient", "-o", "@out.csv"])).IsDone();
        CollectionAssert.AreEqual(
            (string[])["row", "target", "score", "saliency:x[0]", "saliency:x[1]", "input-x-gradient:x[0]", "input-x-gradient:x[1]"],
            work.ReadCsv("out.csv")[0]);
        (await work.RunAsync([.. asked, "-m", "saliency", "-m", "input-x-gradient", "-o", "@out.npy"])).IsDone();
        CollectionAssert.AreEqual(together.Read("input-x-gradient").ToSingles(),
            NpyArray.Load(work["out.input-x-gradient.npy"]).ToSingles());
        (await work.RunAsync([.. asked, "-m", "saliency", "-m", "saliency", "-o", "@out.npz"])).WasWrongUse("given twice");
        (await work.RunAsync([.. asked, "-m", "saliency", "-m", "input-x-gradient", "--steps", "4", "-o", "@out.npz"]))
            .WasWrongUse("no option 'steps'");
    }

    [TestMethod]
    public async Task Shapley_values_come_in_one_archive()
    {
        using var work = new Workplace();
        var rows = ShapFiles.Rows("xgb_wine");
        NpzArchive.Save(work["rows.npz"], [new("input", rows)]);
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npz", "--interactions", "-o", "@out.npz")).IsDone();
        using var archive = NpzArchive.Open(work["out.npz"]);
        CollectionAssert.AreEqual((string[])["values", "interactions", "base", "score"], archive.Names.ToArray());
        var trees = ShapFiles.Trees("xgb_wine.json");
        ShapFiles.AreSame(ShapFiles.Values(trees, rows), archive.Read("values").ToDoubles(), 1e-9);
        ShapFiles.AreSame(ShapFiles.Interactions(trees, rows), archive.Read("interactions").ToDoubles(), 1e-9);
    }

    private static Task<Outcome> Run(Workplace work, params string[] arguments) => work.RunAsync(["run", "@model.onnx", .. arguments]);

    private sealed class Pair
    {
        public float First { get; set; }

        public float Second { get; set; }
    }
}
