using System.Text.Json;
using Microsoft.ML.Introspection.Files;

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
}
