using System.Globalization;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Tests.Importers;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tool.Tests.Shap;

[TestClass]
public class SharingScoresOfTrees
{
    [TestMethod]
    [DataRow("xgb_wine", "json")]
    [DataRow("xgb_breast_cancer_missing", "json")]
    [DataRow("xgb34_categories", "ubj")]
    [DataRow("lgbm_multiclass", "txt")]
    public async Task Gives_arrays_that_agree_with_the_library(string model, string ending)
    {
        using var work = new Workplace();
        var (rows, trees) = (ShapFiles.Rows(model), ShapFiles.Trees($"{model}.{ending}"));
        rows.Save(work["rows.npy"]);
        var outcome =
            (await work.RunAsync("shap", Workplace.Given($"{model}.{ending}"), "--data", "@rows.npy", "--interactions", "-o", "@out.npy"))
                .IsDone();
        Assert.Contains("Explained", outcome.Out);
        Assert.Contains("Algorithm: exact tree SHAP, path-dependent", outcome.Out);

        int[] outputs = trees.OutputCount == 1 ? [] : [trees.OutputCount];
        var (values, interactions) = (NpyArray.Load(work["out.npy"]), NpyArray.Load(work["out.interactions.npy"]));
        CollectionAssert.AreEqual((int[])[rows.Shape[0], .. outputs, trees.FeatureCount], values.Shape.ToArray());
        CollectionAssert.AreEqual((int[])[rows.Shape[0], .. outputs, trees.FeatureCount, trees.FeatureCount], interactions.Shape.ToArray());
        ShapFiles.AreSame(ShapFiles.Values(trees, rows), values.ToDoubles());
        ShapFiles.AreSame(ShapFiles.Interactions(trees, rows), interactions.ToDoubles());

        var (bases, scores) = (NpyArray.Load(work["out.base.npy"]), NpyArray.Load(work["out.score.npy"]));
        CollectionAssert.AreEqual((int[])[rows.Shape[0], .. outputs], bases.Shape.ToArray());
        CollectionAssert.AreEqual((int[])[rows.Shape[0], .. outputs], scores.Shape.ToArray());
        ShapFiles.AreSame(ShapFiles.Scores(trees, rows), scores.ToDoubles());
        ShapFiles.AreSame([.. Enumerable.Repeat(new TreeShap(trees).BaseValues, rows.Shape[0]).SelectMany(b => b)], bases.ToDoubles());
        CollectionAssert.AreEqual((string[])["out.base.npy", "out.interactions.npy", "out.npy", "out.score.npy", "rows.npy"], work.Files);
    }

    [TestMethod]
    public async Task Writes_a_line_for_each_row_and_output_with_what_is_carried_along()
    {
        using var work = new Workplace();
        var trees = ShapFiles.Trees("lgbm_multiclass.txt");
        var rows = ShapFiles.Rows("lgbm_multiclass");
        var lines = ShapFiles.Csv(rows, trees.FeatureNames).TrimEnd('\n').Split('\n');
        work.Write("rows.csv", string.Concat(lines.Select((line, i) => (i == 0 ? "key,truth," : $"k{i - 1},{i % 3},") + line + "\n")));
        (await work.RunAsync("shap", Workplace.Given("lgbm_multiclass.txt"), "--data", "@rows.csv", "--id-column", "key", "--label-column",
            "truth", "--interactions", "-o", "@out.csv")).IsDone();

        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual(
            (string[])["row", "key", "truth", "target", "score", "base", "size", "age", "colour", "city", "grade", "share"], table[0]);
        Assert.HasCount(rows.Shape[0] * 3 + 1, table);
        CollectionAssert.AreEqual((string[])["4", "k4", "2", "1"], table[1 + 4 * 3 + 1][..4]);
        ShapFiles.AreSame(ShapFiles.Values(trees, rows), table.Numbers(6..));
        ShapFiles.AreSame(ShapFiles.Scores(trees, rows), table.Numbers(4..5));

        var pairs = work.ReadCsv("out.interactions.csv");
        CollectionAssert.AreEqual((string[])["row", "target", "feature", "size", "age", "colour", "city", "grade", "share"], pairs[0]);
        CollectionAssert.AreEqual((string[])["1", "2", "colour"], pairs[1 + (1 * 3 + 2) * 6 + 2][..3]);
        ShapFiles.AreSame(ShapFiles.Interactions(trees, rows), pairs.Numbers(3..));
        CollectionAssert.AreEqual((string[])["out.csv", "out.interactions.csv", "rows.csv"], work.Files);
    }

    [TestMethod]
    [DataRow("raw")]
    [DataRow("prediction")]
    public async Task Compares_with_a_background(string kind)
    {
        using var work = new Workplace();
        var (rows, background, trees) =
            (ShapFiles.Rows("xgb_wine"), ShapFiles.Rows("xgb_wine", "background"), ShapFiles.Trees("xgb_wine.json"));
        rows.Save(work["rows.npy"]);
        work.Write("background.csv", ShapFiles.Csv(background, null));
        var outcome =
            (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "--background", "@background.csv",
                "--output-kind", kind, "-o", "@out.npy")).IsDone();
        Assert.Contains("against the 100 rows of 'background.csv'", outcome.Out);

        var options = new TreeShapOptions { Background = background.ToSingles(),
            Output = kind == "raw" ? TreeShapOutput.RawScore : TreeShapOutput.Prediction };
        ShapFiles.AreSame(ShapFiles.Values(trees, rows, options), NpyArray.Load(work["out.npy"]).ToDoubles());
        var expected = ShapFiles.Scores(trees, rows);
        for (var row = 0; kind == "prediction" && row < rows.Shape[0]; row++)
            trees.Link.Apply(expected.AsSpan(row * 3, 3));
        ShapFiles.AreSame(expected, NpyArray.Load(work["out.score.npy"]).ToDoubles());
    }

    [TestMethod]
    public async Task Takes_a_sample_that_is_spread_evenly_over_the_background()
    {
        using var work = new Workplace();
        var (rows, background, trees) =
            (ShapFiles.Rows("xgb_wine"), ShapFiles.Rows("xgb_wine", "background"), ShapFiles.Trees("xgb_wine.json"));
        rows.Save(work["rows.npy"]);
        work.Write("background.csv", ShapFiles.Csv(background, null));
        var outcome =
            (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "--background", "@background.csv",
                "--background-rows", "4", "-o", "@out.npy")).IsDone();
        Assert.Contains("against 4 of the 100 rows of 'background.csv'", outcome.Out);
        float[] taken = [.. ((int[])[12, 37, 62, 87]).SelectMany(row => background.ToSingles()[(row * 13)..((row + 1) * 13)])];
        ShapFiles.AreSame(ShapFiles.Values(trees, rows, new() { Background = taken }), NpyArray.Load(work["out.npy"]).ToDoubles());
    }

    [TestMethod]
    [DataRow("argmax")]
    [DataRow("1")]
    [DataRow("2-0")]
    [DataRow("label:truth")]
    public async Task Explains_the_target_asked_for(string target)
    {
        using var work = new Workplace();
        var (rows, trees) = (ShapFiles.Rows("xgb_wine"), ShapFiles.Trees("xgb_wine.json"));
        string[] names = [.. Enumerable.Range(0, 13).Select(i => $"w{i}")];
        work.Write("rows.csv",
            string.Concat(
                ShapFiles.Csv(rows, names).TrimEnd('\n').Split('\n').Select((line, i) => $"{line},{(i == 0 ? "truth" : $"{i % 3}")}\n")));
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.csv", "--columns", "w0..w12", "-t", target,
            "--interactions", "-o", "@out.csv")).IsDone();
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.csv", "--columns", "w0..w12", "-t", target, "-o",
            "@out.npy")).IsDone();

        var (values, pairs, scores, bases) = (ShapFiles.Values(trees, rows), ShapFiles.Interactions(trees, rows),
            ShapFiles.Scores(trees, rows), new TreeShap(trees).BaseValues);
        var (table, interactions) = (work.ReadCsv("out.csv"), work.ReadCsv("out.interactions.csv"));
        Assert.HasCount(rows.Shape[0] + 1, table);
        for (var row = 0; row < rows.Shape[0]; row++)
        {
            var own = scores.AsSpan(row * 3, 3);
            int[] chosen = target switch
            {
                "argmax" => [own.IndexOf(Math.Max(own[0], Math.Max(own[1], own[2])))],
                "1" => [1],
                "2-0" => [2, 0],
                _ => [(row + 1) % 3],
            };
            Assert.AreEqual(string.Join('-', chosen), table[row + 1][1]);
            double Of(Func<int, double> number) => number(chosen[0]) - (chosen.Length > 1 ? number(chosen[1]) : 0);
            ShapFiles.AreSame(
                [Of(c => scores[row * 3 + c]), Of(c => bases[c]),
                    .. Enumerable.Range(0, 13).Select(f => Of(c => values[(row * 3 + c) * 13 + f]))],
                [.. table[row + 1][2..].Select(ShapFiles.Number)]);
            ShapFiles.AreSame(
                [.. Enumerable.Range(0, 13).Select(f => Of(c => pairs[((row * 3 + c) * 13 + 4) * 13 + f]))],
                [.. interactions[1 + row * 13 + 4][3..].Select(ShapFiles.Number)]);
        }
        CollectionAssert.AreEqual((int[])[rows.Shape[0], 13], NpyArray.Load(work["out.npy"]).Shape.ToArray());
        ShapFiles.AreSame(table.Numbers(4..), NpyArray.Load(work["out.npy"]).ToDoubles());
        ShapFiles.AreSame(table.Numbers(3..4), NpyArray.Load(work["out.base.npy"]).ToDoubles());
        Assert.AreEqual(target is "argmax" or "label:truth", File.Exists(work["out.target.npy"]));
        if (File.Exists(work["out.target.npy"]))
            CollectionAssert.AreEqual(table[1..].Select(line => long.Parse(line[1], CultureInfo.InvariantCulture)).ToArray(),
                NpyArray.Load(work["out.target.npy"]).ToInt64s());
    }

    [TestMethod]
    public async Task Refuses_targets_that_the_model_or_the_data_do_not_have()
    {
        using var work = new Workplace();
        var rows = ShapFiles.Rows("lgbm_multiclass");
        rows.Save(work["rows.npy"]);
        var lines = ShapFiles.Csv(rows, ShapFiles.Trees("lgbm_multiclass.txt").FeatureNames).TrimEnd('\n').Split('\n');
        work.Write("rows.csv", string.Concat(lines.Select((line, i) => $"{line},{(i == 0 ? "truth" : i == 9 ? "3" : "1")}\n")));
        string[] command = ["shap", Workplace.Given("lgbm_multiclass.txt"), "-o", "@out.csv", "--data"];
        (await work.RunAsync([.. command, "@rows.csv", "-t", "label:truth"]))
            .Failed("Row 8, column 'truth': the class 3 is out of range; the model has 3 outputs, 0 to 2.");
        (await work.RunAsync([.. command, "@rows.csv", "-t", "label:lie"])).Failed("--target label: 'lie'",
            "has no such column; it has 'size'");
        (await work.RunAsync([.. command, "@rows.npy", "-t", "label:truth"]))
            .Failed("The target label:truth wants the class of each row in a column of a CSV file");
        (await work.RunAsync([.. command, "@rows.csv", "-t", "0-3"]))
            .Failed("The target class 3 is out of range: the model has 3 outputs, 0 to 2.");
        CollectionAssert.AreEqual((string[])["rows.csv", "rows.npy"], work.Files);
    }

    [TestMethod]
    public async Task Scales_rows_where_the_trees_were_trained_on_scaled_ones()
    {
        using var work = new Workplace();
        var (rows, trees) = (ShapFiles.Rows("xgb_wine"), ShapFiles.Trees("xgb_wine.json"));
        NpyArray.From(rows.ToDoubles().Select(v => v * 4 + 2).ToArray(), rows.Shape[0], 13).Save(work["rows.npy"]);
        work.Write("scale.json", """{"mean": 2, "std": 4}""");
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "--scale", "@scale.json", "-o", "@out.npy"))
            .IsDone();
        ShapFiles.AreSame(ShapFiles.Values(trees, rows), NpyArray.Load(work["out.npy"]).ToDoubles());
    }

    [TestMethod]
    public async Task Sends_missing_values_where_the_trees_send_them()
    {
        using var work = new Workplace();
        var (rows, trees) = (ShapFiles.Rows("xgb_breast_cancer_missing"), ShapFiles.Trees("xgb_breast_cancer_missing.json"));
        Assert.Contains(double.NaN, rows.ToDoubles());
        var csv = ShapFiles.Csv(rows, [.. Enumerable.Range(0, 30).Select(i => $"c{i}")]);
        foreach (var mark in (string[])["", "NA", "NaN", "?"])
        {
            // Between commas and at the ends of lines.
            work.Write("rows.csv",
                string.Join('\n',
                    csv.Split('\n')
                        .Select(line => string.Join(',', line.Split(',').Select(c => c.Length == 0 && line.Length > 0 ? mark : c)))));
            (await work.RunAsync("shap", Workplace.Given("xgb_breast_cancer_missing.json"), "--data", "@rows.csv", "-o", "@out.csv"))
                .IsDone();
            ShapFiles.AreSame(ShapFiles.Values(trees, rows), work.ReadCsv("out.csv").Numbers(4..));
        }
        work.Write("rows.csv", csv.Replace("\n", "\nsome").Replace("somec", "c"));
        (await work.RunAsync("shap", Workplace.Given("xgb_breast_cancer_missing.json"), "--data", "@rows.csv", "--columns", "c0..c29", "-o",
            "@out.csv")).Failed("line 2, column 1 ('c0')", "is not a number");
    }

    [TestMethod]
    public async Task Explains_groups_of_features_as_one()
    {
        using var work = new Workplace();
        var (rows, trees) = (ShapFiles.Rows("lgbm_multiclass"), ShapFiles.Trees("lgbm_multiclass.txt"));
        work.Write("rows.csv", ShapFiles.Csv(rows, trees.FeatureNames));
        string[] command = ["shap", Workplace.Given("lgbm_multiclass.txt"), "--data", "@rows.csv", "-o", "@out.csv"];
        (await work.RunAsync([.. command, "--group", "person=age,grade", "--group", "place=city"])).IsDone();
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["size", "person", "colour", "place", "share"], table[0][4..]);
        ShapFiles.AreSame(ShapFiles.Values(trees, rows, new() { Groups = [0, 1, 2, 3, 1, 4] }), table.Numbers(4..));

        NpyArray.From([7L, 3, 3, 3, 9, 9], 6).Save(work["groups.npy"]);
        (await work.RunAsync([.. command, "--groups", "@groups.npy"])).IsDone();
        table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["age + colour + city", "size", "grade + share"], table[0][4..]);
        ShapFiles.AreSame(ShapFiles.Values(trees, rows, new() { Groups = [1, 0, 0, 0, 2, 2] }), table.Numbers(4..));
    }

    [TestMethod]
    [DataRow("person=age,height", "--group person 'height': 'the model' has no such column; it has 'size', 'age'")]
    [DataRow("person=age,age", "--group person: the feature 'age' is in it twice.")]
    public async Task Refuses_groups_of_features_that_are_not_there(string group, string says)
    {
        using var work = new Workplace();
        ShapFiles.Rows("lgbm_multiclass").Save(work["rows.npy"]);
        (await work.RunAsync("shap", Workplace.Given("lgbm_multiclass.txt"), "--data", "@rows.npy", "--group", group, "-o", "@out.csv"))
            .Failed(says);
        CollectionAssert.AreEqual((string[])["rows.npy"], work.Files);
    }

    [TestMethod]
    [DataRow("exact", "--group a=w0..w2 --group b=w3..w11", "all coalitions")]
    [DataRow("kernel", "--samples 400 --seed 3", "kernel SHAP")]
    [DataRow("permutation", "--permutations 2", "permutation SHAP of 2 orders")]
    [DataRow("sampling", "--samples 50", "sampling SHAP of 50 draws")]
    [DataRow("partition", "--evaluations 60 --hierarchy order", "partition SHAP")]
    public async Task Asks_trees_as_a_black_box_where_told_to(string algorithm, string options, string says)
    {
        using var work = new Workplace();
        var (rows, background, trees) =
            (ShapFiles.Rows("xgb_wine"), ShapFiles.Rows("xgb_wine", "background"), ShapFiles.Trees("xgb_wine.json"));
        work.Write("rows.csv", ShapFiles.Csv(rows, [.. Enumerable.Range(0, 13).Select(i => $"w{i}")]));
        background.Save(work["background.npy"]);
        string[] given = options.Split(' ');
        var outcome =
            (await work.RunAsync(["shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.csv", "--background", "@background.npy",
                "--background-rows", "10", "-a", algorithm, .. given, "-o", "@out.csv"])).IsDone();
        Assert.Contains(says, outcome.Out);

        float[] sample = [.. background.ToSingles().Chunk(13).Where((_, i) => i % 10 == 5).SelectMany(row => row)];
        CoalitionMethod method = algorithm switch
        {
            "exact" => new ExactShap { Groups = Introspection.Onnx.Tensor.From([0L, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2], 13) },
            "kernel" => new KernelShap(400, 3),
            "permutation" => new PermutationShap(2),
            "sampling" => new SamplingShap(50),
            _ => new PartitionShap(MaximumEvaluations: 60),
        };
        var expected = new BlackBox(new TreeScorer(trees), sample).Explain(method, rows.ToSingles());
        ShapFiles.AreSame(expected.Values, work.ReadCsv("out.csv").Numbers(4..), 1e-9);
        ShapFiles.AreSame(expected.Scores, work.ReadCsv("out.csv").Numbers(2..3));
    }

    [TestMethod]
    public async Task Takes_covers_from_the_data_where_the_model_has_none()
    {
        using var work = new Workplace();
        var sample = new OnnxForestSample(3, 2, [1, 0]);
        sample.Regressor().Build().Save(work["trees.onnx"]);
        var rows = NpyArray.From(OnnxForestSample.Rows(200, 5).Select(v => double.IsInfinity(v) ? 1 : v).ToArray(), 200,
            OnnxForestSample.Features);
        rows.Save(work["rows.npy"]);
        var outcome = await work.RunAsync("shap", "@trees.onnx", "--data", "@rows.npy", "--interactions", "-o", "@out.npy");
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Assert.AreEqual("note: the model does not tell how much data passed each node of its trees; covers are taken from 'rows.npy'. "
            + $"With --background, values need none.{Environment.NewLine}",
            outcome.Error.Replace(work["rows.npy"], "rows.npy"));
        var trees = TreeFile.Load(work["trees.onnx"]).WithCover(rows.ToSingles());
        ShapFiles.AreSame(ShapFiles.Values(trees, rows), NpyArray.Load(work["out.npy"]).ToDoubles());
        ShapFiles.AreSame(ShapFiles.Interactions(trees, rows), NpyArray.Load(work["out.interactions.npy"]).ToDoubles());

        (await work.RunAsync("shap", "@trees.onnx", "--data", "@rows.npy", "--background", "data", "-o", "@out.npy")).IsDone();
        float[] background = [.. rows.ToSingles().Chunk(4).Where((_, i) => i % 2 == 1).SelectMany(row => row)];
        ShapFiles.AreSame(ShapFiles.Values(trees, rows, new() { Background = background }), NpyArray.Load(work["out.npy"]).ToDoubles());
    }

    // As ML.NET exports a pipeline: an input for each column.
    [TestMethod]
    public async Task Finds_the_columns_of_inputs_that_stand_side_by_side_by_name()
    {
        using var work = new Workplace();
        var model = new OnnxForestSample(3, 1, [0]).Regressor();
        model.Graph.Input.Clear();
        model.Input("Age", -1, 1).Input("Size", -1, 3);
        model.Graph.Node.Insert(0, ModelBuilder.NodeOf("Concat", ["Age", "Size"], ["rows"], ("axis", 1L)));
        model.Build().Save(work["trees.onnx"]);
        work.Write("rows.csv", "Size.2,Other,Age,Size.0,Size.1\n1,9,-0.5,2,3\n0,9,0.1,-1,0\n");
        (await work.RunAsync("shap", "@trees.onnx", "--data", "@rows.csv", "--background", "data", "-o", "@out.csv")).IsDone();

        var trees = TreeFile.Load(work["trees.onnx"]);
        CollectionAssert.AreEqual((string[])["Age", "Size.0", "Size.1", "Size.2"], trees.FeatureNames!.ToArray());
        float[] rows = [-0.5f, 2, 3, 1, 0.1f, -1, 0, 0];
        ShapFiles.AreSame(ShapFiles.Values(trees, NpyArray.From(rows, 2, 4), new() { Background = rows }),
            work.ReadCsv("out.csv").Numbers(4..));
    }

    [TestMethod]
    public async Task Streams_more_rows_than_a_block_holds()
    {
        using var work = new Workplace();
        var (given, trees) = (ShapFiles.Rows("xgb_wine").ToDoubles(), ShapFiles.Trees("xgb_wine.json"));
        var rows = NpyArray.From([.. Enumerable.Range(0, 5000 * 13).Select(i => given[i % given.Length] + i % 7 * 0.01)], 5000, 13);
        rows.Save(work["rows.npy"]);
        work.Write("rows.csv", ShapFiles.Csv(rows, null));
        var outcome = (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "-o", "@out.npy")).IsDone();
        Assert.Contains("Explained 5,000 rows", outcome.Out);
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.csv", "--threads", "1", "-o", "@out.csv")).IsDone();
        var expected = ShapFiles.Values(trees, rows);
        ShapFiles.AreSame(expected, NpyArray.Load(work["out.npy"]).ToDoubles());
        var table = work.ReadCsv("out.csv");
        ShapFiles.AreSame(expected, table.Numbers(4..));
        CollectionAssert.AreEqual(Enumerable.Range(0, 15000).Select(i => $"{i / 3} {i % 3}").ToArray(),
            table[1..].Select(line => $"{line[0]} {line[1]}").ToArray());
    }

    [TestMethod]
    public async Task States_local_accuracy()
    {
        using var work = new Workplace();
        ShapFiles.Rows("xgb_wine").Save(work["rows.npy"]);
        var outcome = (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "-o", "@out.npy")).IsDone();
        var (values, bases, scores) = (NpyArray.Load(work["out.npy"]).ToDoubles(), NpyArray.Load(work["out.base.npy"]).ToDoubles(),
            NpyArray.Load(work["out.score.npy"]).ToDoubles());
        var gaps = scores.Select((score, i) => Math.Abs(bases[i] + values[(i * 13)..((i + 1) * 13)].Sum() - score)).ToArray();
        Finite.Below(1e-6, gaps.Largest());
        var row = Array.IndexOf(gaps, gaps.Largest()) / 3;
        Assert.EndsWith(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Local accuracy: the largest |base + Σ values − score| is {gaps.Largest():G2}, in row {row}{Environment.NewLine}"),
            outcome.Out);
    }
}
