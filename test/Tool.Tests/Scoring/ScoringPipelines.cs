namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>Pipelines of ML.NET in jobs.</summary>
[TestClass]
public class ScoringPipelines
{
    [TestMethod]
    public async Task They_say_what_run_and_shap_say_and_leave_out_rows_that_fail()
    {
        using var work = new Workplace();
        var (ml, random, towns) = (new MLContext(seed: 1), new Random(5), (string[])["east", "north", "south"]);
        House[] houses = [.. Enumerable.Range(0, 90).Select(i => new House { Town = towns[i % 3], Size = random.Next(20, 90) })];
        foreach (var house in houses)
            house.Label = house.Size + 40 * Array.IndexOf(towns, house.Town);
        var data = ml.Data.LoadFromEnumerable(houses);
        ml.Model.Save(ml.Transforms.Categorical.OneHotEncoding("Town").Append(ml.Transforms.Concatenate("Features", "Town", "Size"))
            .Append(ml.Regression.Trainers.FastTree(minimumExampleCountPerLeaf: 2)).Fit(data), data.Schema, work["model.zip"]);
        string[] lines = [.. houses.Take(30).Select((h, i) => $"k{i},{h.Town},{h.Size}")];
        work.Write("rows.csv", "Key,Town,Size\n" + string.Join('\n', lines) + "\n");
        string[] rows = ["@model.zip", "--data", "@rows.csv", "--id-column", "Key"];
        string[] reasons = ["--background", "data", "--background-rows", "10"];
        (await work.RunAsync(["run", .. rows, "-o", "@run.csv"])).IsDone();
        (await work.RunAsync(["shap", .. rows, .. reasons, "-o", "@shap.csv"])).IsDone();
        string[] score = ["score", .. rows, .. reasons, "-e", "shap", "--top", "all"];
        (await work.RunAsync([.. score, "-o", "@score.csv"])).IsDone();
        var (run, shap, scored) = (work.ReadCsv("run.csv"), work.ReadCsv("shap.csv"), work.ReadCsv("score.csv"));
        Assert.HasCount(31, scored);
        for (var row = 1; row < scored.Length; row++)
        {
            CollectionAssert.AreEqual(run[row], scored[row][..3]);
            CollectionAssert.AreEqual(shap[row][2..], scored[row][3..], string.Join(',', scored[row]) + " / " + string.Join(',', shap[row]));
        }

        (await work.RunAsync([.. score, "--shard", "2/3", "-o", "@part.csv"])).IsDone();
        CollectionAssert.AreEqual(File.ReadAllLines(work["score.csv"])[11..21], File.ReadAllLines(work["part.csv"])[1..]);
        work.Write("rows.csv", "Key,Town,Size\n" + string.Join('\n', lines[..7]) + "\nbad,north,large\n" + string.Join('\n', lines[7..]) + "\n");
        (await work.RunAsync([.. score, "--background", "mean", "-o", "@no.csv"])).WasWrongUse();
        (await work.RunAsync(["score", .. rows, "-o", "@no.csv"])).Failed("large");
        (await work.RunAsync(["score", .. rows, "--failed", "@failed.csv", "-o", "@left.csv"])).IsSaid("1 rows failed");
        Assert.HasCount(31, work.ReadCsv("left.csv"));
        CollectionAssert.AreEqual((string[])["7", "bad", "Size"], work.ReadCsv("failed.csv")[1][..3]);
    }

    private sealed class House
    {
        public string Town { get; set; } = "";

        public float Size { get; set; }

        public float Label { get; set; }
    }
}
