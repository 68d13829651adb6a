using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Introspection.Tool.Tests.Shap;

namespace Microsoft.ML.Introspection.Tool.Tests.Monitoring;

[TestClass]
public class ComparingJobs
{
    private const string Model = "lgbm_multiclass.txt";

    private static readonly string[] Features = ["size", "age", "colour", "city", "grade", "share"];

    private static async Task Score(Workplace work, string rows, string output, string target = "1") => (await work.RunAsync("score",
        Workplace.Given(Model), "--data", rows, "--explain", "shap", "--target", target, "--top", "all", "--output", output)).IsDone();

    // Last month's rows; and this month's, in which a feature is larger.
    private static void Months(Workplace work)
    {
        string[] lines = ShapFiles.Csv(ShapFiles.Rows("lgbm_multiclass"), Features).TrimEnd('\n').Split('\n');
        string[] last = [lines[0], .. Enumerable.Repeat(lines[1..], 10).SelectMany(l => l)];
        work.Write("last.csv", string.Join('\n', last) + "\n");
        work.Write("this.csv", string.Join('\n', last.Select(line => line.Split(',') is var cells
            && double.TryParse(cells[0], CultureInfo.InvariantCulture, out var size)
                ? string.Join(',', [(size + 1000).ToString("R", CultureInfo.InvariantCulture), .. cells[1..]]) : line)) + "\n");
    }

    private static JsonElement Json(Workplace work, string name) => JsonDocument.Parse(File.ReadAllText(work[name])).RootElement;

    [TestMethod]
    public async Task What_moved_is_named_first_whatever_kind_of_file_tells()
    {
        using var work = new Workplace();
        Months(work);
        byte[]? first = null;
        foreach (var kind in (string[])["csv", "parquet", "arrow", "jsonl.gz", "tsv"])
        {
            await Score(work, "@last.csv", $"@a.{kind}");
            await Score(work, "@this.csv", $"@b.{kind}");
            (await work.RunAsync("drift", $"@a.{kind}", $"@b.{kind}", "-o", "@drift.json", "-o", "@drift.csv", "-o", "@drift.html")).IsSaid("Moved much: size");
            first ??= File.ReadAllBytes(work["drift.json"]);
            CollectionAssert.AreEqual(first, File.ReadAllBytes(work["drift.json"]), kind);
        }
        var json = Json(work, "drift.json");
        var moved = json.GetProperty("reasons")[0];
        Assert.AreEqual(("size", "large", true), (moved.GetProperty("name").GetString(), moved.GetProperty("level").GetString(),
            moved.GetProperty("certain").GetBoolean()));
        // By hand, of the file itself.
        var (before, after) = (Column(work.ReadCsv("a.csv"), "size"), Column(work.ReadCsv("b.csv"), "size"));
        Near.Equal(before.Average(), moved.GetProperty("first_mean").GetDouble(), 1e-12);
        Near.Equal(after.Average(Math.Abs), moved.GetProperty("second_mean_absolute").GetDouble(), 1e-12);
        Near.Equal(after.Average() - before.Average(), moved.GetProperty("mean_difference").GetDouble(), 1e-12);
        Near.Equal(before.Order().Zip(after.Order(), (x, y) => Math.Abs(x - y)).Average(), moved.GetProperty("distance").GetDouble(), 1e-12);
        CollectionAssert.AreEqual((string[])["prediction[0]", "prediction[1]", "prediction[2]", "score", "base"],
            json.GetProperty("others").EnumerateArray().Select(o => o.GetProperty("name").GetString()).ToArray());
        // Trees' reasons and base add up to the score, and so do their changes.
        double Of(string list) => json.GetProperty(list).EnumerateArray().Where(o => list == "reasons" || o.GetProperty("name").GetString() == "base")
            .Sum(o => o.GetProperty("mean_difference").GetDouble());
        Near.Equal(json.GetProperty("others").EnumerateArray().Single(o => o.GetProperty("name").GetString() == "score")
            .GetProperty("mean_difference").GetDouble(), Of("reasons") + Of("others"), 1e-7);
        var table = work.ReadCsv("drift.csv");
        CollectionAssert.AreEqual((string[])["column", "kind", "level", "first_count"], table[0][..4]);
        Assert.AreEqual("size,reason,large", string.Join(',', table[1][..3]));
        Assert.HasCount(1 + Features.Length + 5, table);
        var page = File.ReadAllText(work["drift.html"]);
        foreach (var text in (string[])["What changed from a.tsv to b.tsv", "In plain words", "those of size", "What the numbers do not say"])
            Assert.Contains(text, page);
    }

    private static double[] Column(string[][] table, string name) => [.. table[1..].Select(r => ShapFiles.Number(r[Array.IndexOf(table[0], name)]))];

    [TestMethod]
    public async Task Arrays_and_the_outputs_of_shap_say_the_same()
    {
        using var work = new Workplace();
        Months(work);
        foreach (var (rows, name) in ((string, string)[])[("@last.csv", "a"), ("@this.csv", "b")])
        {
            await Score(work, rows, $"@{name}.csv");
            await Score(work, rows, $"@{name}.npz");
            (await work.RunAsync("shap", Workplace.Given(Model), "--data", rows, "-t", "1", "-o", $"@shap-{name}.csv")).IsDone();
        }
        (await work.RunAsync("drift", "@a.csv", "@b.csv", "-o", "@csv.json")).IsDone();
        (await work.RunAsync("drift", "@a.npz", "@b.npz", "-o", "@npz.json")).IsSaid("Moved much: feature[0]");
        (await work.RunAsync("drift", "@shap-a.csv", "@shap-b.csv", "-o", "@shap.json")).IsDone();
        (await work.RunAsync("drift", "@a.csv", "@a.csv", "-o", "@same.json")).IsSaid("Moved much: none; moderately: none");
        string[] Reasons(string name) => [.. Json(work, name).GetProperty("reasons").EnumerateArray().Select(r => r.GetRawText())];
        CollectionAssert.AreEqual(Reasons("csv.json").Select(r => r[r.IndexOf("\"level", StringComparison.Ordinal)..]).ToArray(),
            Reasons("npz.json").Select(r => r[r.IndexOf("\"level", StringComparison.Ordinal)..]).ToArray());
        Assert.HasCount(Features.Length, Reasons("shap.json"));
        foreach (var reason in Json(work, "same.json").GetProperty("reasons").EnumerateArray())
            Assert.AreEqual((0.0, 0.0, 1.0), (reason.GetProperty("distance").GetDouble(), reason.GetProperty("stability_index").GetDouble(),
                reason.GetProperty("size_adjusted").GetDouble()));
    }

    [TestMethod]
    public async Task Rows_of_one_output_and_one_method_are_taken()
    {
        using var work = new Workplace();
        Months(work);
        await Score(work, "@last.csv", "@a.csv", "argmax");
        var mixed = await work.RunAsync("drift", "@a.csv", "@a.csv", "-o", "@d.json");
        Assert.Contains("note: the rows of", mixed.Error);
        mixed.IsSaidAfterNotes("Compared");
        var table = work.ReadCsv("a.csv");
        var target = table[1][Array.IndexOf(table[0], "target")];
        (await work.RunAsync("drift", "@a.csv", "@a.csv", "--target", target, "-o", "@d.json")).IsDone();
        Assert.AreEqual(table[1..].Count(r => r[Array.IndexOf(table[0], "target")] == target), Json(work, "d.json").GetProperty("first_rows").GetInt32());
        work.Write("two.csv", "row,prediction,ig:target,ig:score,a,b,lrp:target,lrp:score,lrp:base,lrp:a,lrp:b\n0,1,0,1,0.5,0.25,0,1,0,7,8\n1,1,0,1,1,2,0,1,0,9,\n"
            .Replace("ig:score,a,b", "ig:score,ig:a,ig:b"));
        (await work.RunAsync("drift", "@two.csv", "@two.csv", "-o", "@d.json")).Failed("holds reasons of 'ig', 'lrp'; say which with --method");
        (await work.RunAsync("drift", "@two.csv", "@two.csv", "--method", "lrp", "-o", "@d.csv")).IsDone();
        CollectionAssert.AreEqual((string[])["a", "b", "prediction", "lrp:score", "lrp:base"], work.ReadCsv("d.csv")[1..].Select(r => r[0]).ToArray());
        // A cell that holds nothing is missing.
        Assert.AreEqual("1,1,8", string.Join(',', work.ReadCsv("d.csv")[2][3..6]));
        (await work.RunAsync("drift", "@two.csv", "@two.csv", "--method", "ig", "-o", "@d.csv")).IsDone();
        CollectionAssert.AreEqual((string[])["a", "b", "prediction", "ig:score"], work.ReadCsv("d.csv")[1..].Select(r => r[0]).ToArray());
        (await work.RunAsync("drift", "@two.csv", "@two.csv", "--columns", "ig:b,lrp:a..lrp:b", "-o", "@d.csv")).IsDone();
        CollectionAssert.AreEqual((string[])["ig:b", "lrp:a", "lrp:b", "prediction"], work.ReadCsv("d.csv")[1..].Select(r => r[0]).Order().ToArray());
    }

    [TestMethod]
    public async Task What_cannot_be_compared_is_refused()
    {
        using var work = new Workplace();
        work.Write("a.csv", "row,prediction,target,score,base,x,y\n0,1,0,1,0,0.5,0.5\n1,1,0,1,0,0.75,0.25\n");
        work.Write("b.csv", "row,prediction,target,score,base,x,z\n0,1,0,1,0,0.5,0.5\n1,1,0,1,0,0.75,0.25\n");
        work.Write("top.csv", "row,prediction,target,score,base,reason1,reason1.value\n0,1,0,1,0,x,0.5\n");
        work.Write("other.csv", "x,y\n1,2\n3,4\n");
        work.Write("text.csv", "row,prediction,target,score,base,x,y\n0,1,0,1,0,0.5,0.5\n1,1,0,1,0,much,0.25\n");
        string[] to = ["-o", "@d.json"];
        (await work.RunAsync(["drift", "@a.csv", "@b.csv", .. to])).Failed("the same columns", "has 'y'", "has 'z'");
        (await work.RunAsync(["drift", "@a.csv", "@top.csv", .. to])).Failed("top.csv", "--top all");
        (await work.RunAsync(["drift", "@other.csv", "@a.csv", .. to])).Failed("has no 'score'", "--columns A..B");
        (await work.RunAsync(["drift", "@a.csv", "@text.csv", .. to])).Failed("text.csv, line 3, column 6 ('x')", "'much' is not a number");
        (await work.RunAsync(["drift", "@a.csv", "@a.csv", "--target", "7", .. to])).Failed("has no rows");
        (await work.RunAsync(["drift", "@a.csv", "@nowhere.csv", .. to])).Failed("does not exist");
        (await work.RunAsync("drift", "@a.csv", "@a.csv")).WasWrongUse("--output FILE.html");
        (await work.RunAsync("drift", "@a.csv", "@a.csv", "-o", "@d.txt")).WasWrongUse("end in .html, .json, .csv");
        (await work.RunAsync("drift", "@a.csv", "@b.csv", "-o", "@b.csv")).WasWrongUse("is the file that is read");
        (await work.RunAsync(["drift", "-", "@b.csv", .. to])).WasWrongUse("name a file");
        (await work.RunAsync(["drift", "@a.csv", "@a.csv", "--bins", "1", .. to])).WasWrongUse("from 2 to 1000");
        Assert.HasCount(5, work.Files);
    }

    // Scores of people, with a group carried along or not, and a row that failed.
    private static (string With, string Without, string Data) People()
    {
        StringBuilder with = new("row,sex,prediction,target,score,base,income,age\n"), without = new("row,prediction,target,score,base,income,age\n"),
            data = new("sex,city\n");
        var random = new Random(5);
        for (var row = 0; row < 200; row++)
        {
            var sex = row % 3 == 0 ? "<b>f</b>" : "m";
            data.Append(CultureInfo.InvariantCulture, $"{sex},x\n");
            if (row == 77)
                continue;
            var (income, age) = ((row % 3 == 0 ? -1 : 0) + random.NextDouble(), random.NextDouble());
            var numbers = string.Create(CultureInfo.InvariantCulture, $"{income + age + 0.5:R},0,{income + age + 0.5:R},0.5,{income:R},{age:R}");
            with.Append(CultureInfo.InvariantCulture, $"{row},{sex},{numbers}\n");
            without.Append(CultureInfo.InvariantCulture, $"{row},{numbers}\n");
        }
        return (with.ToString(), without.ToString(), data.ToString());
    }

    [TestMethod]
    public async Task Groups_are_compared_whether_carried_along_or_looked_up()
    {
        using var work = new Workplace();
        var (with, without, data) = People();
        work.Write("with.csv", with);
        work.Write("without.csv", without);
        work.Write("rows.csv", data);
        (await work.RunAsync("fairness", "@with.csv", "--group-column", "sex", "-o", "@a.json", "-o", "@a.csv", "-o", "@a.html")).IsSaid("Compared 199 rows");
        (await work.RunAsync("fairness", "@without.csv", "--group-column", "sex", "--data", "@rows.csv", "-o", "@b.json", "-o", "@b.csv")).IsDone();
        CollectionAssert.AreEqual(File.ReadAllBytes(work["a.json"]), File.ReadAllBytes(work["b.json"]));
        CollectionAssert.AreEqual(File.ReadAllBytes(work["a.csv"]), File.ReadAllBytes(work["b.csv"]));
        var json = Json(work, "a.json");
        Assert.AreEqual("m", json.GetProperty("reference").GetString());
        var income = json.GetProperty("groups")[0].GetProperty("reasons")[0];
        var table = work.ReadCsv("with.csv");
        double Mean(string sex) => table[1..].Where(r => r[1] == sex).Average(r => ShapFiles.Number(r[6]));
        Near.Equal(Mean("<b>f</b>") - Mean("m"), income.GetProperty("difference").GetDouble(), 1e-12);
        Finite.Below(-0.8, income.GetProperty("high").GetDouble());
        Finite.Below(1e-6, income.GetProperty("adjusted").GetDouble());
        Finite.Above(0.05, json.GetProperty("groups")[0].GetProperty("reasons")[1].GetProperty("adjusted").GetDouble());
        Assert.AreEqual(JsonValueKind.Null, json.GetProperty("groups")[1].GetProperty("reasons")[0].GetProperty("difference").ValueKind);
        var page = File.ReadAllText(work["a.html"]);
        Assert.DoesNotContain("<b>f</b>", page);
        foreach (var text in (string[])["&lt;b&gt;f&lt;/b&gt;", "A difference is not yet unfairness", "income (−"])
            Assert.Contains(text, page);
    }

    [TestMethod]
    public async Task Groups_that_are_none_are_refused()
    {
        using var work = new Workplace();
        var (with, without, data) = People();
        work.Write("with.csv", with);
        work.Write("without.csv", without);
        work.Write("rows.csv", data);
        work.Write("few.csv", string.Join('\n', data.Split('\n').Take(50)) + "\n");
        string[] to = ["-o", "@a.json"];
        (await work.RunAsync(["fairness", "@with.csv", "-g", "sexx", .. to])).Failed("has no such column", "Did you mean 'sex'?", "--data FILE");
        (await work.RunAsync(["fairness", "@with.csv", "-g", "row", .. to])).Failed("one group more than the 50");
        (await work.RunAsync(["fairness", "@with.csv", "-g", "base", .. to])).Failed("one group, '0.5'");
        (await work.RunAsync(["fairness", "@with.csv", "-g", "sex", "-r", "x", .. to])).Failed("no group 'x'", "'m'");
        (await work.RunAsync(["fairness", "@without.csv", "-g", "sex", "--data", "@few.csv", .. to])).Failed("has no row 49");
        (await work.RunAsync(["fairness", "@without.csv", "-g", "town", "--data", "@rows.csv", .. to])).Failed("'town'", "has no such column");
        (await work.RunAsync(["fairness", "@with.csv", .. to])).WasWrongUse("--group-column");
        (await work.RunAsync(["fairness", "@with.csv", "-g", "sex", "--fewest-rows", "1", .. to])).WasWrongUse("from 2 on");
        (await work.RunAsync("fairness", "@with.csv", "-g", "sex", "--fewest-rows", "100", "-o", "@small.json")).IsDone();
        Assert.IsTrue(Json(work, "small.json").GetProperty("groups")[0].GetProperty("small").GetBoolean());
        Assert.HasCount(5, work.Files);
    }
}
