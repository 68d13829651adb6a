using Microsoft.ML.Introspection.Catalog;
using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class ExplainingByEveryMethod
{
    private const int Pixels = 64;
    private const int Taylor = Pixels + Pixels + Pixels * (Pixels - 1) / 2;

    /// <summary>Every method, with options that keep it short, and the shape of what it gives for a digit [1, 8, 8].</summary>
    public static IEnumerable<object[]> Methods => MethodCatalog.All.Select(method => (object[])(method.Name switch
    {
        "integrated-gradients" => [method.Name, "--steps 4", "1,8,8"],
        "occlusion" => [method.Name, "--window 4,4 --stride 2", "1,8,8"],
        "rise" => [method.Name, "--masks 8 --cells 3", "1,8,8"],
        "sobol" => [method.Name, "--designs 4 --grid 4", "1,8,8"],
        "hsic" => [method.Name, "--designs 40", "1,8,8"],
        "taylor" => [method.Name, "--order 2", $"{Taylor}"],
        "exact-shap" => [method.Name, "--groups @quarters.npy", "4"],
        "kernel-shap" => [method.Name, "--samples 150 --seed 3", "1,8,8"],
        "permutation-shap" => [method.Name, "--permutations 1 --groups @quarters.npy --spread true", "1,8,8"],
        "sampling-shap" => [method.Name, "--samples 3 --baseline @rows.npy", "1,8,8"],
        "gradient-shap" => [method.Name, "--samples 12 --draws independent --input-noise 0.1 --baseline @rows.npy", "1,8,8"],
        "deep-shap" => [method.Name, "--baseline @rows.npy", "1,8,8"],
        "lime" => [method.Name, "--samples 100 --sampling counts --groups @quarters.npy --baseline means", "4"],
        "qii" => [method.Name, "--measure banzhaf --samples 2", "1,8,8"],
        "partition-shap" => [method.Name, "--evaluations 40 --baseline 0.5", "1,8,8"],
        _ => [method.Name, "", "1,8,8"],
    }));

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public async Task Writes_the_same_numbers_to_arrays_and_tables(string method, string options, string shape)
    {
        using var work = Digits(out var rows);
        string[] command =
            ["explain", Workplace.Given(NetworkFor(method)), "--data", "@rows.npy", "-b", "2", "-m", method, .. Split(options)];
        (await work.RunAsync([.. command, "-o", "@out.npy"])).IsDone();
        (await work.RunAsync([.. command, "-o", "@out.csv"])).IsDone();

        var array = NpyArray.Load(work["out.npy"]);
        CollectionAssert.AreEqual((int[])[rows, .. shape.Split(',').Select(e => int.Parse(e, CultureInfo.InvariantCulture))],
            array.Shape.ToArray());
        var numbers = array.ToSingles();
        Assert.IsTrue(numbers.All(float.IsFinite));
        Assert.Contains(number => number != 0, numbers);

        var table = work.ReadCsv("out.csv");
        Assert.HasCount(rows + 1, table);
        Assert.AreEqual(table[0].Length, table[0].Distinct().Count());
        CollectionAssert.AreEqual((string[])["row", "target", "score", shape == "4" ? "input[0][0][0] … input[0][1][7]" : "input[0][0][0]"],
            table[0][..4]);
        Close.To(numbers, [.. table[1..].SelectMany(line => line[3..]).Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))]);
    }

    [TestMethod]
    [DataRow("saliency", "")]
    [DataRow("integrated-gradients", "--steps 3")]
    [DataRow("grad-cam", "")]
    [DataRow("lrp", "")]
    [DataRow("deep-lift", "")]
    [DataRow("occlusion", "--window 4")]
    [DataRow("rise", "--masks 6")]
    public async Task Smooths_any_method(string method, string options)
    {
        using var work = Digits(out _);
        string[] command = ["explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "-m", method, .. Split(options)];
        (await work.RunAsync([.. command, "-o", "@plain.npy"])).IsDone();
        (await work.RunAsync([.. command, "--smooth", "3", "--noise", "0", "-o", "@silent.npy"])).IsDone();
        (await work.RunAsync([.. command, "--smooth", "3", "--noise", "0.2", "-o", "@one.npy"])).IsDone();
        (await work.RunAsync([.. command, "--smooth", "3", "--noise", "0.2", "-o", "@same.npy"])).IsDone();
        (await work.RunAsync([.. command, "--smooth", "3", "--noise", "0.2", "--seed", "2", "-o", "@other.npy"])).IsDone();
        (await work.RunAsync([.. command, "--smooth", "3", "--noise", "0.2", "--smooth-form", "variance", "-o", "@variance.npy"])).IsDone();

        float[] Read(string name) => NpyArray.Load(work[name]).ToSingles();
        double Difference(string a, string b) => Read(a).Zip(Read(b), (x, y) => Math.Abs(x - y)).Largest() / Read(a).Largest(Math.Abs);
        Close.To(Read("plain.npy"), Read("silent.npy"), 1e-4);
        Close.To(Read("one.npy"), Read("same.npy"));
        Finite.Above(1e-3, Difference("one.npy", "other.npy"));
        Finite.Above(1e-3, Difference("plain.npy", "one.npy"));
        Assert.IsTrue(Read("variance.npy").All(number => number >= 0));
    }

    private static string NetworkFor(string method) =>
        MethodCatalog.All.Single(m => m.Name == method).NeedsAttention ? "attention/digits.onnx" : "cnn_digits.onnx";

    private static Workplace Digits(out int rows)
    {
        var work = new Workplace();
        using var reference = NpzArchive.Open(Workplace.Given("cnn_digits.npz"));
        rows = 3;
        NpyArray.From((long[])[.. Enumerable.Range(0, Pixels).Select(i => (long)(i / 16))], 1, 8, 8).Save(work["quarters.npy"]);
        NpyArray.From(reference.Read("input").ToSingles().AsSpan(0, rows * Pixels), rows, 1, 8, 8).Save(work["rows.npy"]);
        return work;
    }

    private static string[] Split(string options) => options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
