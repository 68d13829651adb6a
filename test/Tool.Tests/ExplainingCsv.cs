using Microsoft.ML.Introspection.Catalog;
using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class ExplainingCsv
{
    private const string Rows = "id,first,second,truth\nann,1,-1,0\nbob,-2,0.5,1\n\"cy, jr.\",3,0,2\n";

    [TestMethod]
    public async Task Writes_row_ids_label_target_score_and_named_attributions()
    {
        using var work = Linear(Rows);
        var outcome = (await Explain(work, "--id-column", "id", "--label-column", "truth")).IsDone();
        Assert.Contains("Explained 3 rows", outcome.Out);
        Assert.AreEqual(
            """
            row,id,truth,target,score,first,second
            0,ann,0,2,4.25,0.25,-4
            1,bob,1,1,4.5,-2,1
            2,"cy, jr.",2,0,3,1,0.5

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(work["out.csv"]));
        CollectionAssert.AreEqual((string[])["model.onnx", "out.csv", "rows.csv"], work.Files);
    }

    [TestMethod]
    [DataRow("saliency", null, 1)]
    [DataRow("saliency", "absolute", 5)]
    [DataRow("input-x-gradient", null, 64)]
    public async Task Agrees_with_the_library_on_real_rows(string method, string? form, int batchSize)
    {
        using var work = new Workplace();
        string[] options = form is null ? [] : ["--form", form];
        (await work.RunAsync(["explain", Workplace.Given("mlp_breast_cancer.onnx"), "--data", Workplace.Given("breast_cancer.csv"),
            "--label-column", "label",
            "--scale", Workplace.Given("breast_cancer.standardise.json"), "-m", method, .. options, "-b", $"{batchSize}", "--threads", "1",
            "-o", "@out.csv"])).IsDone();

        var given = File.ReadAllLines(Workplace.Given("breast_cancer.csv"));
        var (mean, deviation) = Standardisation();
        float[] x =
            [.. given[1..].SelectMany(
                line => line.Split(',')[..30]
                    .Select((cell, i) => (float)((double.Parse(cell, CultureInfo.InvariantCulture) - mean[i]) / deviation[i])))];
        var explanation = Explanation.Compile(
            Network.Load(Workplace.Given("mlp_breast_cancer.onnx")),
            MethodCatalog.Create(method, form is null ? null : new Dictionary<string, string> { ["form"] = form }));
        using var session = new ModelSession(explanation);
        var expected = session.Run(new Dictionary<string, Tensor> { ["input"] = Tensor.From(x, given.Length - 1, 30) });

        var lines = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "label", "target", "score", .. given[0].Split(',')[..30]], lines[0]);
        Assert.HasCount(given.Length, lines);
        for (var row = 0; row < given.Length - 1; row++)
        {
            var cells = lines[row + 1];
            Assert.AreEqual($"{row}", cells[0]);
            Assert.AreEqual(given[row + 1].Split(',')[30], cells[1], "the label is carried along");
            Assert.AreEqual($"{expected["target"].As<long>()[row]}", cells[2]);
            Near.Equal(expected["score"].As<float>()[row], float.Parse(cells[3], CultureInfo.InvariantCulture), 1e-5f);
            for (var i = 0; i < 30; i++)
                Near.Equal(
                    expected["attribution"].As<float>()[row * 30 + i], float.Parse(cells[4 + i], CultureInfo.InvariantCulture), 1e-5f);
        }
    }

    [TestMethod]
    public async Task Takes_a_table_for_an_image_and_names_pixels_by_their_place()
    {
        using var work = new Workplace();
        using var reference = NpzArchive.Open(Workplace.Given("cnn_digits.npz"));
        var (input, gradient) = (reference.Read("input").ToSingles(), reference.Read("gradient").ToSingles());
        work.Write("rows.csv",
            string.Concat(
                input.Chunk(64).Select(row => string.Join(',', row.Select(v => v.ToString(CultureInfo.InvariantCulture))) + "\n")));
        (await work.RunAsync("explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.csv", "-m", "saliency", "-o", "@out.csv"))
            .IsDone();
        var lines = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "target", "score", "input[0][0][0]", "input[0][0][1]"], lines[0][..5]);
        Assert.AreEqual("input[0][7][7]", lines[0][^1]);
        float[] actual = [.. lines[1..].SelectMany(cells => cells[3..].Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)))];
        Assert.HasCount(gradient.Length, actual);
        for (var i = 0; i < gradient.Length; i++)
            Near.Equal(gradient[i], actual[i], 1e-4f);
    }

    [TestMethod]
    public async Task Explains_the_class_in_a_column()
    {
        using var work = Linear(Rows);
        (await Explain(work, "--target", "label:truth", "--id-column", "id")).IsDone();
        var lines = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "id", "target", "score", "first", "second"], lines[0]);
        CollectionAssert.AreEqual((string[])["0", "ann", "0", "0.5", "1", "0.5"], lines[1]);
        CollectionAssert.AreEqual((string[])["1", "bob", "1", "4.5", "-2", "1"], lines[2]);
    }

    [TestMethod]
    [DataRow("3", "line 4: the class 3 is out of range; the output has 3 classes, 0 to 2")]
    [DataRow("-1", "line 4: the class -1 is out of range")]
    [DataRow("1.5", "line 4, column 4 ('truth'): '1.5' is not a whole number")]
    [DataRow("yes", "line 4, column 4 ('truth'): 'yes' is not a whole number")]
    public async Task Refuses_classes_that_do_not_exist(string label, string says)
    {
        using var work = Linear(Rows.Replace(",0,2\n", $",0,{label}\n"));
        (await Explain(work, "--target", "label:truth", "--id-column", "id")).Failed("rows.csv, " + says);
        CollectionAssert.AreEqual((string[])["model.onnx", "rows.csv"], work.Files);
    }

    [TestMethod]
    public async Task Explains_a_difference_and_renames_the_columns()
    {
        using var work = Linear(Rows);
        (await Explain(work, "--columns", "first,second", "-t", "1-2", "--target-name", "class", "--score-name", "margin")).IsDone();
        var lines = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "class", "margin", "first", "second"], lines[0]);
        CollectionAssert.AreEqual((string[])["0", "1", "-7.25", "-2.25", "5"], lines[1]);
    }

    [TestMethod]
    public async Task Keeps_the_names_of_columns_apart()
    {
        using var work = Linear("row,score\n1,2\n");
        (await Explain(work)).IsDone();
        CollectionAssert.AreEqual((string[])["row", "target", "score", "row_attribution", "score_attribution"], work.ReadCsv("out.csv")[0]);
    }

    [TestMethod]
    public async Task Writes_numbers_that_read_back_as_they_were()
    {
        using var work = Linear("0.1,1e-30\n123456.789,-3.3333333\n");
        (await Explain(work, "-m", "input-x-gradient", "-t", "1")).IsDone();
        var lines = work.ReadCsv("out.csv");
        Assert.AreEqual(0.1f * -2, float.Parse(lines[1][3], CultureInfo.InvariantCulture));
        Assert.AreEqual(1e-30f, float.Parse(lines[1][4], CultureInfo.InvariantCulture));
        Assert.AreEqual(123456.789f * -2, float.Parse(lines[2][3], CultureInfo.InvariantCulture));
    }

    [TestMethod]
    public async Task Takes_numbers_of_double_precision_where_the_network_does()
    {
        using var work = new Workplace();
        TinyNetworks.Linear(ElementType.Double).Save(work);
        work.Write("rows.csv", "a,b\n0.123456789012345,0\n");
        (await Explain(work, "-m", "input-x-gradient", "-t", "0")).IsDone();
        Assert.AreEqual("0.123456789012345", work.ReadCsv("out.csv")[1][3]);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(1000)]
    public async Task Gives_every_row_once_whatever_the_batch(int batchSize)
    {
        using var work = Linear(string.Concat(Enumerable.Range(0, 100).Select(i => $"{i},{-i}\n")));
        (await Explain(work, "-m", "input-x-gradient", "-t", "0", "--batch-size", $"{batchSize}")).IsDone();
        var lines = work.ReadCsv("out.csv")[1..];
        CollectionAssert.AreEqual(Enumerable.Range(0, 100).Select(i => $"{i}").ToArray(), lines.Select(l => l[0]).ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, 100).Select(i => $"{i}").ToArray(), lines.Select(l => l[3]).ToArray());
    }

    [TestMethod]
    public async Task Serves_a_network_of_fixed_batch()
    {
        using var work = new Workplace();
        TinyNetworks.Linear(batch: 4).Save(work);
        work.Write("rows.csv", "1,0\n2,0\n3,0\n4,0\n5,0\n6,0\n");
        (await Explain(work, "-m", "input-x-gradient", "-t", "0")).IsDone();
        CollectionAssert.AreEqual((string[])["1", "2", "3", "4", "5", "6"], work.ReadCsv("out.csv")[1..].Select(l => l[3]).ToArray());
    }

    [TestMethod]
    public async Task Reads_the_open_length_of_a_row_from_the_table()
    {
        using var work = new Workplace();
        TinyNetworks.OpenLength(Dimension.Symbol("length")).Save(work);
        work.Write("rows.csv", "a,b,c\n1,2,3\n");
        (await Explain(work)).IsDone();
        CollectionAssert.AreEqual((string[])["0", "0", "14", "2", "4", "6"], work.ReadCsv("out.csv")[1]);
        (await Explain(work, "--dimension", "length=4"))
            .Failed("rows.csv' has 3 columns of numbers from 'a' to 'c'; the input 'x' [batch, 4] takes 4 numbers a row");
    }

    [TestMethod]
    public async Task Writes_a_table_from_an_array_and_tabulators_where_the_name_says_so()
    {
        using var work = Linear("unused");
        NpyArray.From([1f, -1f, 3f, 0f], 2, 2).Save(work["rows.npy"]);
        (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.npy", "-m", "saliency", "-o", "@out.tsv")).IsDone();
        var lines = work.ReadCsv("out.tsv", '\t');
        CollectionAssert.AreEqual((string[])["row", "target", "score", "x[0]", "x[1]"], lines[0]);
        CollectionAssert.AreEqual((string[])["1", "0", "3", "1", "0.5"], lines[2]);
    }

    [TestMethod]
    public async Task Names_a_reduced_attribution_by_its_own_places()
    {
        using var work = new Workplace();
        TinyNetworks.Image().Save(work);
        work.Write("rows.csv", "1,2,3,4,5,6\n");
        (await Explain(work, "--form", "channel-maximum")).IsDone();
        CollectionAssert.AreEqual(
            (string[])["row", "target", "score", "attribution[0][0][0]", "attribution[0][0][1]", "attribution[0][0][2]"],
            work.ReadCsv("out.csv")[0]);
    }

    private static Workplace Linear(string rows)
    {
        var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        work.Write("rows.csv", rows);
        return work;
    }

    private static Task<Outcome> Explain(Workplace work, params string[] options) =>
        work.RunAsync(["explain", "@model.onnx", "--data", "@rows.csv", .. options.Contains("-m") ? [] : (string[])["-m", "saliency"],
            .. options, "-o", "@out.csv"]);

    private static (double[] Mean, double[] Deviation) Standardisation()
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Workplace.Given("breast_cancer.standardise.json")));
        return ([.. json.RootElement.GetProperty("mean").EnumerateArray().Select(v => v.GetDouble())],
            [.. json.RootElement.GetProperty("std").EnumerateArray().Select(v => v.GetDouble())]);
    }
}
