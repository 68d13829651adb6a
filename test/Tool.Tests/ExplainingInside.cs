using System.Globalization;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class ExplainingInside
{
    [TestMethod]
    [DataRow("grad-cam", "--layer /relu1/Relu --upsample false", 1, 8, 8)]
    [DataRow("grad-cam", "--layer /conv2/Conv --upsample false", 1, 4, 4)]
    [DataRow("grad-cam", "--upsample false", 1, 4, 4)]
    [DataRow("grad-cam", "--layer /pool/MaxPool", 1, 8, 8)]
    [DataRow("saliency", "--layer /conv2/Conv", 32, 4, 4)]
    [DataRow("integrated-gradients", "--steps 3 --layer /pool/MaxPool_output_0", 16, 4, 4)]
    [DataRow("lrp", "--layer /relu1/Relu", 16, 8, 8)]
    public async Task Takes_a_layer_to_look_at_or_to_attribute_to(string method, string options, params int[] shape)
    {
        using var work = Digits();
        string[] command = ["explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "-m", method, .. options.Split(' ')];
        (await work.RunAsync([.. command, "-o", "@out.npy"])).IsDone();
        var array = NpyArray.Load(work["out.npy"]);
        CollectionAssert.AreEqual((int[])[2, .. shape], array.Shape.ToArray());

        // A map of other extents than the input's names its own places.
        (await work.RunAsync([.. command, "-o", "@out.csv"])).IsDone();
        var table = work.ReadCsv("out.csv");
        var of = shape is [1, 8, 8] ? "input" : "attribution";
        Assert.AreEqual($"{of}[{shape[0] - 1}][{shape[1] - 1}][{shape[2] - 1}]", table[0][^1]);
        Close.To(array.ToSingles(),
            [.. table[1..].SelectMany(line => line[3..]).Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))]);
    }

    [TestMethod]
    public async Task Knows_the_layers_there_are()
    {
        using var work = Digits();
        foreach (var method in (string[])["saliency", "grad-cam"])
        {
            (await work.RunAsync("explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "-m", method, "--layer",
                "/conv9/Conv", "-o", "@out.npy"))
                .Failed("'/conv9/Conv'");
        }
        CollectionAssert.AreEqual((string[])["rows.npy"], work.Files);
    }

    [TestMethod]
    [DataRow("unit:/conv2/Conv:5,1,2")]
    [DataRow("channel:/conv2/Conv:5")]
    [DataRow("layer:/conv2/Conv")]
    public async Task Takes_targets_inside_the_network(string target)
    {
        using var work = Digits();
        string[] inside = ["explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "-m", "saliency", "-t", target];
        (await work.RunAsync([.. inside, "-o", "@out.npy"])).IsDone();
        (await work.RunAsync([.. inside, "--layer", "/conv2/Conv", "-o", "@at.npy"])).IsDone();

        // With respect to the layer itself, the gradient is 1 where the target lies in it, and 0 elsewhere.
        var chosen = NpyArray.Load(work["at.npy"]).ToSingles()[..512];
        var expected = new float[512];
        switch (target.Split(':')[0])
        {
            case "unit":
                expected[5 * 16 + 1 * 4 + 2] = 1;
                break;
            case "channel":
                Array.Fill(expected, 1f, 5 * 16, 16);
                break;
            default:
                Array.Fill(expected, 1f);
                break;
        }
        CollectionAssert.AreEqual(expected, chosen);
        Assert.Contains(number => number != 0, NpyArray.Load(work["out.npy"]).ToSingles());
    }

    [TestMethod]
    [DataRow("unit:/conv2/Conv", 81)]
    [DataRow("channel:/conv2/Conv", 5)]
    public async Task Takes_from_an_input_which_unit_each_row_explains(string target, long number)
    {
        using var work = Digits();
        NpyArray.From([number, 0], 2).Save(work["which.npy"]);
        string[] inside = ["explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "-m", "saliency"];
        (await work.RunAsync([.. inside, "--data", "which=@which.npy", "-t", $"{target}:@which", "-o", "@given.npy"])).IsDone();
        var fixedTarget = target.StartsWith("unit", StringComparison.Ordinal) ? $"{target}:5,0,1" : $"{target}:5";
        (await work.RunAsync([.. inside, "-t", fixedTarget, "-o", "@fixed.npy"])).IsDone();
        var (given, expected) = (NpyArray.Load(work["given.npy"]).ToSingles(), NpyArray.Load(work["fixed.npy"]).ToSingles());
        Close.To(expected[..64], given[..64]);
        CollectionAssert.AreNotEqual(expected[64..], given[64..]);
        (await work.RunAsync([.. inside, "-t", $"{target}:@which", "-o", "@none.npy"])).Failed("--data which=FILE");
    }

    [TestMethod]
    public async Task Takes_from_an_input_how_much_each_class_counts()
    {
        using var work = Digits();
        var weights = new float[20];
        (weights[3], weights[5], weights[10 + 7]) = (1, -1, 1);
        NpyArray.From(weights, 2, 10).Save(work["weights.npy"]);
        string[] command = ["explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "-m", "saliency"];
        (await work.RunAsync([.. command, "--data", "w=@weights.npy", "-t", "weights:@w", "-o", "@given.npy"])).IsDone();
        (await work.RunAsync([.. command, "-t", "3-5", "-o", "@first.npy"])).IsDone();
        (await work.RunAsync([.. command, "-t", "7", "-o", "@second.npy"])).IsDone();
        Close.To([.. NpyArray.Load(work["first.npy"]).ToSingles()[..64], .. NpyArray.Load(work["second.npy"]).ToSingles()[64..]],
            NpyArray.Load(work["given.npy"]).ToSingles());
    }

    [TestMethod]
    public async Task Reduces_embeddings_to_a_number_for_each_token()
    {
        using var work = new Workplace();
        work.Write("rows.csv", string.Join(',', Enumerable.Range(0, 12).Select(i => $"t{i}"))
            + "\n0,35,28,39,3,16,45,35,28,39,3,19\n0,0,0,0,0,0,0,47,35,33,40,20\n");
        string[] command =
            ["explain", Workplace.Given("lstm_text.onnx"), "--data", "@rows.csv", "-m", "input-x-gradient", "--input", "token_ids"];
        (await work.RunAsync([.. command, "-o", "@all.npy"])).IsDone();
        (await work.RunAsync([.. command, "--per-token", "sum", "-o", "@sum.csv"])).IsDone();
        (await work.RunAsync([.. command, "--per-token", "l2", "-o", "@l2.csv"])).IsDone();

        var all = NpyArray.Load(work["all.npy"]);
        CollectionAssert.AreEqual((int[])[2, 12, 16], all.Shape.ToArray());
        var (sums, lengths) = (work.ReadCsv("sum.csv"), work.ReadCsv("l2.csv"));
        CollectionAssert.AreEqual((string[])["row", "target", "score", .. Enumerable.Range(0, 12).Select(i => $"t{i}")], sums[0]);
        var tokens = all.ToDoubles().Chunk(16).ToList();
        for (var i = 0; i < tokens.Count; i++)
        {
            Near.Equal(tokens[i].Sum(), double.Parse(sums[1 + i / 12][3 + i % 12], CultureInfo.InvariantCulture), 1e-4);
            Near.Equal(
                Math.Sqrt(tokens[i].Sum(x => x * x)), double.Parse(lengths[1 + i / 12][3 + i % 12], CultureInfo.InvariantCulture), 1e-4);
        }

        // What sums to a difference of scores goes on doing so.
        (await work.RunAsync("explain", Workplace.Given("lstm_text.onnx"), "--data", "@rows.csv", "-m", "integrated-gradients", "--steps",
            "200",
            "--input", "token_ids", "--per-token", "sum", "--gap-name", "gap", "-o", "@path.csv")).IsDone();
        foreach (var line in work.ReadCsv("path.csv")[1..])
            Near.Equal(
                0,
                double.Parse(line[3], CultureInfo.InvariantCulture),
                0.02 * Math.Abs(double.Parse(line[2], CultureInfo.InvariantCulture)));

        (await work.RunAsync("explain", Workplace.Given("lstm_text.onnx"), "--data", "@rows.csv", "-m", "saliency", "-o", "@out.csv"))
            .Failed("no input of floating-point numbers", "token numbers");
        (await work.RunAsync("explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.csv", "-m", "taylor", "--per-token", "sum",
            "-o", "@out.csv"))
            .Failed("reduced per token");
    }

    [TestMethod]
    [DataRow("integrated-gradients", "--steps 100")]
    [DataRow("deep-lift", "")]
    public async Task Gives_the_completeness_gap_where_a_sum_is_promised(string method, string options)
    {
        using var work = Digits();
        string[] command = ["explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "--gap-name", "gap", "-m", method,
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        (await work.RunAsync([.. command, "-o", "@out.npy"])).IsDone();
        (await work.RunAsync([.. command, "-o", "@out.csv"])).IsDone();
        var gaps = NpyArray.Load(work["out.gap.npy"]);
        CollectionAssert.AreEqual((int[])[2], gaps.Shape.ToArray());
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "target", "score", "gap"], table[0][..4]);
        for (var row = 0; row < 2; row++)
        {
            Near.Equal(gaps.ToSingles()[row], float.Parse(table[1 + row][3], CultureInfo.InvariantCulture), 1e-4f);
            Near.Equal(0, gaps.ToSingles()[row], 0.02 * Math.Abs(float.Parse(table[1 + row][2], CultureInfo.InvariantCulture)));
        }
        (await work.RunAsync("explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "--gap-name", "gap", "-m", "saliency",
            "-o", "@no.npy"))
            .Failed("no completeness gap");
    }

    [TestMethod]
    public async Task Names_taylor_coefficients_by_their_features()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        work.Write("rows.csv", "height,width\n1,-1\n");
        string[] command = ["explain", "@model.onnx", "--data", "@rows.csv", "-m", "taylor"];
        (await work.RunAsync([.. command, "-o", "@out.csv"])).IsDone();
        CollectionAssert.AreEqual((string[])["row", "target", "score", "height", "width", "height²", "width²", "height · width"],
            work.ReadCsv("out.csv")[0]);
        CollectionAssert.AreEqual((string[])["0", "2", "4.25", "0.25", "-4", "0", "0", "0"], work.ReadCsv("out.csv")[1]);
        (await work.RunAsync([.. command, "--order", "1", "-o", "@out.csv"])).IsDone();
        CollectionAssert.AreEqual((string[])["row", "target", "score", "height", "width"], work.ReadCsv("out.csv")[0]);
    }

    private static Workplace Digits()
    {
        var work = new Workplace();
        using var reference = NpzArchive.Open(Workplace.Given("cnn_digits.npz"));
        NpyArray.From(reference.Read("input").ToSingles().AsSpan(0, 2 * 64), 2, 1, 8, 8).Save(work["rows.npy"]);
        return work;
    }
}
