using System.Globalization;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class FollowingTrainings
{
    private static readonly int[] Steps = [0, 1, 4, 16, 64, 256];

    private static string[] Checkpoints => [.. Steps.Reverse().Select(step => Workplace.Given($"progress/checkpoint_{step}.onnx"))];

    [TestMethod]
    public async Task A_page_and_a_table_in_the_order_of_steps()
    {
        using var work = new Workplace();
        using var reference = NpzArchive.Open(Workplace.Given("progress/reference.npz"));
        reference.Read("input").Save(work["rows.npy"]);
        reference.Read("label").Save(work["labels.npy"]);
        string[] command = ["progress", .. Checkpoints, "--data", "@rows.npy", "--methods", "saliency,input-x-gradient"];

        (await work.RunAsync([.. command, "--labels", "@labels.npy", "-o", "@training.html", "-o", "@training.csv"])).IsDone();

        var table = work.ReadCsv("training.csv");
        CollectionAssert.AreEqual((string[])["checkpoint", "step", "of", "item", "value"], table[0]);
        CollectionAssert.AreEqual(Steps.Select(s => $"checkpoint_{s}").ToArray(), table.Skip(1).Select(r => r[0]).Distinct().ToArray());
        double[] Numbers(string of) => [.. table.Where(r => r[2] == of).Select(r => double.Parse(r[4], CultureInfo.InvariantCulture))];
        foreach (var of in (string[])["loss", "accuracy"])
            Shap.ShapFiles.AreSame([.. Steps.Select(step => reference.Read($"{of}.{step}").ToDoubles()[0])], Numbers(of), 1e-5);
        // Eight features, and 36 pairs and squares.
        Assert.HasCount(6 * 44, Numbers("taylor"));
        Assert.HasCount(6 * 8, Numbers("saliency"));
        Finite.AtMost(1 + 1e-9, table.Where(r => r[2].StartsWith("cka ", StringComparison.Ordinal))
            .Select(r => double.Parse(r[4], CultureInfo.InvariantCulture)).Largest());
        var page = File.ReadAllText(work["training.html"]);
        foreach (var text in (string[])["How well it fits", "Taylor coefficients", "How alike checkpoints are", "Training dynamics",
            "4 for 24 graphs"])
            Assert.Contains(text, page);

        (await work.RunAsync([.. command, "--taylor-order", "0", "--rows", "20", "-o", "@few.jsonl"])).IsDone();
        Assert.DoesNotContain("taylor", File.ReadAllText(work["few.jsonl"]));
        Assert.DoesNotContain("accuracy", File.ReadAllText(work["few.jsonl"]));
    }

    [TestMethod]
    public async Task What_does_not_fit_is_said()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 80).Select(i => i % 23 / 22f)], 10, 8).Save(work["rows.npy"]);
        NpyArray.From([0L, 1, 0], 3).Save(work["labels.npy"]);
        string[] command = ["progress", .. Checkpoints, "--data", "@rows.npy"];
        (await work.RunAsync(command)).WasWrongUse("--output FILE.html");
        (await work.RunAsync([.. command, "-o", "@x.npz"])).WasWrongUse("neither");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--rows", "1"])).WasWrongUse("from 2");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--taylor-order", "3"])).WasWrongUse("0, 1 or 2");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--methods", "magic"])).WasWrongUse("magic");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--labels", "@labels.npy"])).Failed("3 rows");
        (await work.RunAsync([.. command, Workplace.Given("cnn_digits.onnx"), "-o", "@x.csv"])).Failed("takes 64 numbers");
        Assert.IsFalse(File.Exists(work["x.csv"]));
    }
}
