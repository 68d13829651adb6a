using System.Globalization;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class TellingDoubts
{
    private static string Given(string name) => Workplace.Given($"uncertainty/dropout/{name}");

    [TestMethod]
    public async Task Of_an_ensemble_in_a_table_and_on_a_page()
    {
        using var work = new Workplace();
        using var reference = NpzArchive.Open(Given("reference.npz"));
        reference.Read("input").Save(work["rows.npy"]);
        reference.Read("label").Save(work["labels.npy"]);
        string[] command = ["uncertainty", Given("member_0.onnx"), "--data", "@rows.npy", "--labels", "@labels.npy",
            .. Enumerable.Range(1, 3).SelectMany(i => (string[])["--ensemble", Given($"member_{i}.onnx")])];
        (await work.RunAsync([.. command, "-o", "@doubts.csv", "--report", "@page.html"])).IsDone();
        var table = work.ReadCsv("doubts.csv");
        CollectionAssert.AreEqual((string[])["row", "mean[0]", "mean[1]", "mean[2]", "deviation[0]", "deviation[1]", "deviation[2]", "entropy",
            "expected_entropy", "mutual_information", "variation_ratio"], table[0]);
        double[] Numbers(int from, int to) =>
            [.. table[1..].SelectMany(r => r[from..to]).Select(c => double.Parse(c, CultureInfo.InvariantCulture))];
        Near.Equal(reference.Read("ensemble_mean").ToDoubles(), Numbers(1, 4), 1e-6);
        Near.Equal(reference.Read("ensemble_std").ToDoubles(), Numbers(4, 7), 1e-6);
        Near.Equal(reference.Read("ensemble_mutual_information").ToDoubles(), Numbers(9, 10), 2e-6);
        var page = File.ReadAllText(work["page.html"]);
        foreach (var text in (string[])["Doubts of member_0.onnx", "4 networks", "Do probabilities mean what they say?", "The most doubtful rows",
            "What if doubtful rows are left to people?"])
            Assert.Contains(text, page);
    }

    [TestMethod]
    public async Task Of_dropout_and_noise_with_maps_the_same_twice()
    {
        using var work = new Workplace();
        using var reference = NpzArchive.Open(Given("reference.npz"));
        reference.Read("input").Save(work["rows.npy"]);
        var relu = Models.Network.Load(Given("model.onnx")).Layers.First(l => l.Operator == "Relu").Name;
        string[] command = ["uncertainty", Given("model.onnx"), "--data", "@rows.npy", "--method", "input-x-gradient", "--passes", "20"];
        foreach (var name in (string[])["@a.npz", "@b.npz"])
            (await work.RunAsync([.. command, "--dropout", $"{relu}=0.3", "-o", name])).IsDone();
        CollectionAssert.AreEqual(File.ReadAllBytes(work["a.npz"]), File.ReadAllBytes(work["b.npz"]));
        using (var found = NpzArchive.Open(work["a.npz"]))
        {
            CollectionAssert.AreEquivalent((string[])["mean", "deviation", "entropy", "expected_entropy", "mutual_information",
                "variation_ratio", "attribution_mean", "attribution_deviation", "attribution_sign_agreement"], found.Names.ToArray());
            CollectionAssert.AreEqual((int[])[12, 13], found.Read("attribution_mean").Shape.ToArray());
            Finite.AtLeast(1e-3, found.Read("attribution_deviation").ToDoubles().Largest());
        }
        (await work.RunAsync([.. command, "--noise", "0.1", "-o", "@c.csv"])).IsDone();
        (await work.RunAsync(["uncertainty", Given("model.onnx"), "--data", "@rows.npy", "-o", "@once.csv"])).IsDone();
        Assert.IsTrue(work.ReadCsv("once.csv")[1..].All(r => r[4..7].All(c => c == "0")));
    }

    [TestMethod]
    public async Task What_does_not_fit_is_said()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 39).Select(i => i % 23 / 22f)], 3, 13).Save(work["rows.npy"]);
        NpyArray.From([0L, 1, 3], 3).Save(work["labels.npy"]);
        string[] command = ["uncertainty", Given("model.onnx"), "--data", "@rows.npy"];
        (await work.RunAsync(command)).WasWrongUse("--output FILE, --report FILE.html");
        (await work.RunAsync([.. command, "-o", "@a.npy"])).WasWrongUse("take .npz");
        (await work.RunAsync([.. command, "-o", "@a.csv", "--labels", "@labels.npy"])).WasWrongUse("is for the page");
        (await work.RunAsync([.. command, "--report", "@a.html", "--labels", "@labels.npy"])).Failed("row 2: 3 is no class");
        (await work.RunAsync([.. command, "-o", "@a.csv", "--dropout", "file"])).WasWrongUse("Name the layers and their rates");
        (await work.RunAsync([.. command, "-o", "@a.csv", "--dropout", "relu"])).WasWrongUse("LAYER=RATE");
        (await work.RunAsync([.. command, "-o", "@a.csv", "--dropout", "file", "--noise", "0.1"])).WasWrongUse("makes the passes");
        (await work.RunAsync([.. command, "-o", "@a.csv", "--alpha", "2"])).WasWrongUse("between 0 and 1");
        CollectionAssert.AreEquivalent((string[])["rows.npy", "labels.npy"], work.Files);
    }
}
