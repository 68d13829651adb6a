using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Tests.Shap;
using Parquet;

namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>Predictions and reasons in one pass are those of the commands that give each alone.</summary>
[TestClass]
public class ScoringRows
{
    private static readonly string[] Trees = ["size", "age", "colour", "city", "grade", "share"];

    [TestMethod]
    public async Task Trees_say_what_run_and_shap_say()
    {
        using var work = new Workplace();
        var model = Workplace.Given("lgbm_multiclass.txt");
        work.Write("rows.csv", WithKeys(ShapFiles.Csv(ShapFiles.Rows("lgbm_multiclass"), Trees)));
        (await work.RunAsync("run", model, "--data", "@rows.csv", "--columns", "size..share", "-o", "@run.csv")).IsDone();
        (await work.RunAsync("shap", model, "--data", "@rows.csv", "--id-column", "key", "-t", "argmax", "-o", "@shap.csv")).IsDone();
        (await work.RunAsync("score", model, "--data", "@rows.csv", "--id-column", "key", "--explain", "shap", "--top", "all", "-o",
            "@score.csv")).IsSaid("Scored ");
        var (run, shap, score) = (work.ReadCsv("run.csv"), work.ReadCsv("shap.csv"), work.ReadCsv("score.csv"));
        CollectionAssert.AreEqual((string[])["row", "key", "prediction[0]", "prediction[1]", "prediction[2]", .. shap[0][2..]], score[0]);
        Finite.Above(20, score.Length);
        for (var row = 1; row < score.Length; row++)
        {
            CollectionAssert.AreEqual(run[row][1..], score[row][2..5]);
            CollectionAssert.AreEqual((string[])[.. shap[row][..2], .. shap[row][2..]], (string[])[.. score[row][..2], .. score[row][5..]]);
        }
    }

    [TestMethod]
    public async Task Parquet_tells_the_range_of_every_column_so_that_readers_can_pass_over_groups()
    {
        using var work = new Workplace();
        work.Write("rows.csv", WithKeys(ShapFiles.Csv(ShapFiles.Rows("lgbm_multiclass"), Trees)));
        string[] command = ["score", Workplace.Given("lgbm_multiclass.txt"), "--data", "@rows.csv", "--id-column", "key", "-e", "shap"];
        (await work.RunAsync([.. command, "-o", "@out.csv"])).IsDone();
        (await work.RunAsync([.. command, "-o", "@out.parquet"])).IsDone();
        var table = work.ReadCsv("out.csv");
        await using var reader = await ParquetReader.CreateAsync(work["out.parquet"]);
        Assert.AreEqual(1, reader.RowGroupCount);
        using var group = reader.OpenRowGroupReader(0);
        foreach (var (column, field) in reader.Schema.GetDataFields().Index())
        {
            var (cells, range) = (table[1..].Select(row => row[column]).ToList(), group.GetStatistics(field));
            Assert.AreEqual(0L, range!.NullCount, field.Name);
            double Number(object? end) => Convert.ToDouble(end, CultureInfo.InvariantCulture);
            string[] sorted = [.. cells.Order(StringComparer.Ordinal)];
            if (field.ClrType == typeof(double) || field.ClrType == typeof(long))
                Near.Equal([cells.Min(ShapFiles.Number), cells.ConvertAll(ShapFiles.Number).Largest()],
                    [Number(range.MinValue), Number(range.MaxValue)], 0);
            else
                Assert.AreEqual((sorted[0], sorted[^1]), ($"{range.MinValue}", $"{range.MaxValue}"), field.Name);
        }
    }

    [TestMethod]
    public async Task Reasons_are_the_largest_values()
    {
        using var work = new Workplace();
        work.Write("rows.csv", ShapFiles.Csv(ShapFiles.Rows("lgbm_multiclass"), Trees));
        string[] command = ["score", Workplace.Given("lgbm_multiclass.txt"), "--data", "@rows.csv", "-e", "shap", "-t", "1"];
        (await work.RunAsync([.. command, "--top", "all", "-o", "@all.csv"])).IsDone();
        (await work.RunAsync([.. command, "--top", "3", "-o", "@top.csv"])).IsDone();
        (await work.RunAsync([.. command, "--top", "99", "-o", "@most.csv"])).IsDone();
        var (all, top) = (work.ReadCsv("all.csv"), work.ReadCsv("top.csv"));
        Assert.AreEqual("reason1,reason1.value,reason2,reason2.value,reason3,reason3.value", string.Join(',', top[0][^6..]));
        Assert.AreEqual("reason6.value", work.ReadCsv("most.csv")[0][^1]);
        for (var row = 1; row < all.Length; row++)
        {
            var values = all[row][^6..].Zip(Trees).OrderByDescending(v => Math.Abs(ShapFiles.Number(v.First))).Take(3);
            CollectionAssert.AreEqual(values.SelectMany(v => (string[])[v.Second, v.First]).ToArray(), top[row][^6..]);
        }
    }

    [TestMethod]
    public async Task Networks_say_what_run_explain_and_shap_say()
    {
        using var work = new Workplace();
        string[] rows = [Workplace.Given("mlp_breast_cancer.onnx"), "--data", Workplace.Given("breast_cancer.csv"), "--label-column", "label",
            "--scale", Workplace.Given("breast_cancer.standardise.json")];
        (await work.RunAsync(["run", .. rows, "-o", "@run.csv"])).IsDone();
        (await work.RunAsync(["explain", .. rows, "-m", "integrated-gradients", "--steps", "7", "-o", "@explain.csv"])).IsDone();
        (await work.RunAsync(["shap", .. rows, "--background", "data", "-a", "deep", "-t", "argmax", "-o", "@shap.csv"])).IsDone();
        (await work.RunAsync(["score", .. rows, "-e", "shap,integrated-gradients", "--method-option", "steps=7", "--background", "data",
            "-a", "deep", "--top", "all", "-o", "@score.csv"])).IsDone();
        var (run, explain, shap, score) =
            (work.ReadCsv("run.csv"), work.ReadCsv("explain.csv"), work.ReadCsv("shap.csv"), work.ReadCsv("score.csv"));
        CollectionAssert.AreEqual((string[])["row", "label", "prediction[0]", "prediction[1]", "integrated-gradients:target",
            "integrated-gradients:score", "integrated-gradients:base"], score[0][..7]);
        for (var row = 1; row < score.Length; row++)
        {
            CollectionAssert.AreEqual(run[row][2..], score[row][2..4]);
            CollectionAssert.AreEqual(explain[row][2..4], score[row][4..6]);
            CollectionAssert.AreEqual(explain[row][4..], score[row][7..37]);
            CollectionAssert.AreEqual(shap[row][2..], score[row][37..]);
        }
    }

    [TestMethod]
    public async Task Arrays_hold_every_value()
    {
        using var work = new Workplace();
        work.Write("rows.csv", ShapFiles.Csv(ShapFiles.Rows("lgbm_multiclass"), Trees));
        string[] command = ["score", Workplace.Given("lgbm_multiclass.txt"), "--data", "@rows.csv", "-e", "shap", "-o"];
        (await work.RunAsync([.. command, "@out.npz"])).IsDone();
        (await work.RunAsync([.. command, "@out.npy"])).IsDone();
        (await work.RunAsync([.. command, "@out.csv", "--top", "all"])).IsDone();
        using var archive = NpzArchive.Open(work["out.npz"]);
        var table = work.ReadCsv("out.csv");
        Near.Equal(archive.Read("values").ToDoubles(), NpyArray.Load(work["out.values.npy"]).ToDoubles(), 0);
        Near.Equal(table.Numbers(7..), archive.Read("values").ToDoubles(), 0);
        Near.Equal(table.Numbers(1..4), NpyArray.Load(work["out.npy"]).ToDoubles(), 0);
        CollectionAssert.AreEqual((string[])["out.base.npy", "out.csv", "out.npy", "out.npz", "out.score.npy", "out.target.npy",
            "out.values.npy", "rows.csv"], work.Files);
        (await work.RunAsync([.. command, "@out.npy", "--top", "3"])).WasWrongUse("--top is for tables");
    }

    [TestMethod]
    [DataRow(".csv")]
    [DataRow(".csv.gz")]
    [DataRow(".jsonl")]
    [DataRow(".parquet")]
    public async Task A_folder_and_a_pattern_are_read_as_one_table(string kind)
    {
        using var work = new Workplace();
        var model = Workplace.Given("lgbm_multiclass.txt");
        var lines = WithKeys(ShapFiles.Csv(ShapFiles.Rows("lgbm_multiclass"), Trees)).TrimEnd('\n').Split('\n');
        work.Write("rows.csv", string.Join('\n', lines));
        var folder = Directory.CreateDirectory(work["days"]).FullName;
        foreach (var (part, few) in (IEnumerable<(int, string[])>)[(1, lines[1..8]), (2, lines[8..9]), (3, lines[9..])])
        {
            work.Write("part.csv", string.Join('\n', few.Prepend(lines[0])) + "\n");
            if (kind is ".csv")
                File.Copy(work["part.csv"], Path.Combine(folder, $"{part}.csv"));
            else
                await Converted(work, "part.csv", Path.Combine(folder, $"{part}{kind}"));
        }
        if (kind is ".csv")
            File.WriteAllText(Path.Combine(folder, "0.csv"), "");
        File.WriteAllText(Path.Combine(folder, "_SUCCESS"), "");
        foreach (var data in (string[])["@days", $"@days/*{kind}"])
        {
            string[] command = ["score", model, "--id-column", "key", "-e", "shap", "--columns", "size..share"];
            (await work.RunAsync([.. command, "--data", "@rows.csv", "-o", "@one.csv"])).IsDone();
            (await work.RunAsync([.. command, "--data", data, "-o", "@several.csv"])).IsDone();
            Assert.AreEqual(File.ReadAllText(work["one.csv"]), File.ReadAllText(work["several.csv"]));
        }
    }

    [TestMethod]
    public async Task Files_of_a_folder_that_differ_are_refused()
    {
        using var work = new Workplace();
        var folder = Directory.CreateDirectory(work["days"]).FullName;
        var model = Workplace.Given("lgbm_multiclass.txt");
        File.WriteAllText(Path.Combine(folder, "1.csv"), "size,age,colour,city,grade,share\n0.5,1,2,3,1,0.5\n");
        File.WriteAllText(Path.Combine(folder, "2.csv"), "age,size,colour,city,grade,share\n0.5,1,2,3,1,0.5\n");
        (await work.RunAsync("score", model, "--data", "@days", "-o", "@out.csv")).Failed("2.csv' has other columns");
        File.Move(Path.Combine(folder, "2.csv"), Path.Combine(folder, "2.tsv"));
        (await work.RunAsync("score", model, "--data", "@days", "-o", "@out.csv")).Failed("several kinds");
        (await work.RunAsync("score", model, "--data", "@days/*.parquet", "-o", "@out.csv")).Failed("names no file of rows");
        Assert.IsFalse(File.Exists(work["out.csv"]));
    }

    [TestMethod]
    public async Task Rows_that_fail_go_to_their_own_file()
    {
        using var work = new Workplace();
        string[] rows = ["a,0.5,1,2,3,1,0.5", "b,0.1,1,x,3,1,0.5", "c,0.7,2,1,3,1", "d,0.2,3,1,1,1,0.1", "e,0.2,3,1,1,1,0.1,7",
            "f,0.3,3,0,1,1,0.9"];
        work.Write("rows.csv", $"key,{string.Join(',', Trees)}\n{string.Join('\n', rows)}\n");
        work.Write("good.csv", $"key,{string.Join(',', Trees)}\n{rows[0]}\n{rows[3]}\n{rows[5]}\n");
        string[] command = ["score", Workplace.Given("lgbm_multiclass.txt"), "--id-column", "key", "-e", "shap"];
        (await work.RunAsync([.. command, "--data", "@good.csv", "-o", "@good.out.csv"])).IsDone();
        (await work.RunAsync([.. command, "--data", "@rows.csv", "-o", "@out.csv"])).Failed("line 3, column 4 ('colour'): 'x'");
        Assert.IsFalse(File.Exists(work["out.csv"]));

        (await work.RunAsync([.. command, "--data", "@rows.csv", "-o", "@out.csv", "--failed", "@failed.csv"])).IsSaid("3 rows failed: ");
        var (good, found) = (work.ReadCsv("good.out.csv"), work.ReadCsv("out.csv"));
        CollectionAssert.AreEqual((string[])["row", "0", "3", "5"], found.Select(r => r[0]).ToArray());
        for (var row = 0; row < good.Length; row++)
            CollectionAssert.AreEqual(good[row][1..], found[row][1..]);
        var failed = work.ReadCsv("failed.csv");
        CollectionAssert.AreEqual((string[])["row", "key", "column", "reason"], failed[0]);
        CollectionAssert.AreEqual((string[])["1", "b", "colour"], failed[1][..3]);
        CollectionAssert.AreEqual((string[])["2", "4"], failed[2..].Select(r => r[0]).ToArray());
        Assert.Contains("7 cells were expected", File.ReadAllText(work["failed.csv"]));

        (await work.RunAsync([.. command, "--data", "@rows.csv", "-o", "@out.npz", "--failed", "@failed.jsonl"])).IsDone();
        using var archive = NpzArchive.Open(work["out.npz"]);
        CollectionAssert.AreEqual((long[])[0, 3, 5], archive.Read("row").ToInt64s());
        Near.Equal(found.Numbers(2..5), archive.Read("prediction").ToDoubles(), 0);
        (await work.RunAsync([.. command, "--data", "@rows.csv", "-o", "@out.csv", "--failed", "@out.csv"])).WasWrongUse("name one file");
    }

    [TestMethod]
    public async Task Results_that_are_NaN_fail()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        // The largest numbers times weights of both signs: infinite, and their difference is none.
        NpyArray.From((float[])[1, 2, float.MaxValue, float.MaxValue, 3, 4], 3, 2).Save(work["rows.npy"]);
        string[] command = ["score", "@model.onnx", "--data", "@rows.npy", "-e", "input-x-gradient", "-t", "2", "--top", "all"];
        var outcome = await work.RunAsync([.. command, "-o", "@out.csv", "--failed", "@failed.csv"]);
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Assert.IsTrue(work.ReadCsv("out.csv").Skip(1).All(r => r.All(cell => cell != "NaN")));
        Assert.HasCount(4, work.ReadCsv("out.csv")[1..].Concat(work.ReadCsv("failed.csv")).ToArray());
    }

    [TestMethod]
    public async Task What_does_not_fit_is_refused()
    {
        using var work = new Workplace();
        var trees = Workplace.Given("lgbm_multiclass.txt");
        work.Write("rows.csv", "size,age,colour,city,grade,share\n0.5,1,2,3,1,0.5\n");
        string[] command = ["score", trees, "--data", "@rows.csv", "-o", "@out.csv"];
        (await work.RunAsync([.. command, "-e", "salience"])).WasWrongUse("There is no method 'salience'", "saliency");
        (await work.RunAsync([.. command, "-e", "shap,shap"])).WasWrongUse("given twice");
        (await work.RunAsync([.. command, "-e", "saliency"])).Failed("made of trees", "--explain shap");
        (await work.RunAsync([.. command, "-e", "shap", "--top", "0"])).WasWrongUse("--top takes a number from 1 on");
        (await work.RunAsync([.. command, "-e", "shap", "-t", "all"])).Failed("--target argmax");
        (await work.RunAsync([.. command, "-e", "shap", "-t", "label:size"])).WasWrongUse("no column of the data");
        (await work.RunAsync([.. command, "--method-option", "steps=3"])).WasWrongUse("no method for networks");
        (await work.RunAsync([.. command, "--failed", "@failed.npy"])).WasWrongUse("--failed takes a table");
        CollectionAssert.AreEqual((string[])["rows.csv"], work.Files);
    }

    private static string WithKeys(string csv) => string.Concat(csv.TrimEnd('\n').Split('\n').Select((line, row) =>
        (row == 0 ? "key," : string.Create(CultureInfo.InvariantCulture, $"k{row},")) + line + "\n"));

    // As other programs write it.
    private static async Task Converted(Workplace work, string from, string to)
    {
        var table = work.ReadCsv(from);
        if (to.EndsWith(".gz", StringComparison.Ordinal))
        {
            await using var packed = new GZipStream(File.Create(to), CompressionLevel.Fastest);
            await packed.WriteAsync(await File.ReadAllBytesAsync(work[from]));
        }
        else if (to.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            await File.WriteAllLinesAsync(to, table[1..].Select(row => "{" + string.Join(',', row.Zip(table[0], (cell, name) =>
                name == "key" || !double.IsFinite(cell.Length == 0 ? 0 : ShapFiles.Number(cell)) ? $"\"{name}\":\"{cell}\""
                    : $"\"{name}\":{(cell.Length == 0 ? "null" : cell)}")) + "}"));
        }
        else
        {
            await Tables.WriteParquet(to, table);
        }
    }
}
