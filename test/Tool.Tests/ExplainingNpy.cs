using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class ExplainingNpy
{
    [TestMethod]
    [DataRow("mlp_breast_cancer", "saliency", null, "gradient", 1e-5)]
    [DataRow("mlp_breast_cancer", "saliency", "absolute", "saliency_abs", 1e-5)]
    [DataRow("mlp_breast_cancer", "input-x-gradient", null, "input_x_gradient", 1e-5)]
    [DataRow("cnn_digits", "saliency", null, "gradient", 1e-4)]
    [DataRow("cnn_digits", "input-x-gradient", null, "input_x_gradient", 1e-4)]
    public async Task Agrees_with_the_reference_on_every_row(string model, string method, string? form, string array, double tolerance)
    {
        using var work = new Workplace();
        using var reference = NpzArchive.Open(Workplace.Given($"{model}.npz"));
        reference.Read("input").Save(work["rows.npy"]);
        string[] options = form is null ? [] : ["--form", form];
        (await work.RunAsync(["explain", Workplace.Given($"{model}.onnx"), "--data", "@rows.npy", "-m", method, .. options, "-b", "3", "-o",
            "@out.npy"])).IsDone();

        var (expected, actual) = (reference.Read(array), NpyArray.Load(work["out.npy"]));
        Assert.AreEqual(NpyType.Single, actual.Type);
        CollectionAssert.AreEqual(expected.Shape.ToArray(), actual.Shape.ToArray());
        var width = expected.Count / expected.Shape[0];
        foreach (var (a, b) in expected.ToDoubles().Chunk(width).Zip(actual.ToDoubles().Chunk(width)))
            Finite.AtMost(tolerance, Near.Error(a, b));

        var target = NpyArray.Load(work["out.target.npy"]);
        CollectionAssert.AreEqual(reference.Read("target").ToInt64s(), target.ToInt64s());
        CollectionAssert.AreEqual((int[])[expected.Shape[0]], target.Shape.ToArray());
        var score = NpyArray.Load(work["out.score.npy"]);
        CollectionAssert.AreEqual((int[])[expected.Shape[0]], score.Shape.ToArray());
        var logits = reference.Read("logits");
        foreach (var (row, found) in logits.ToSingles().Chunk(logits.Shape[1]).Zip(score.ToSingles()))
            Near.Equal(row.Largest(), found, 1e-4f);
        CollectionAssert.AreEqual((string[])["out.npy", "out.score.npy", "out.target.npy", "rows.npy"], work.Files);
    }

    [TestMethod]
    public async Task An_array_of_the_shape_of_a_network_without_a_batch_is_its_one_row()
    {
        using var work = new Workplace();
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2, 3));
        var weights = graph.Constant(Tensor.From([.. Enumerable.Range(0, 24).Select(i => (float)i)], 6, 4));
        graph.ToModel([("y", x.Reshape(6).MatMul(weights))]).Save(work);
        string[] explain = ["explain", "@model.onnx", "--data", "@rows.npy", "-m", "input-x-gradient", "--target", "1", "-o", "@out.npy"];
        double[] row = [1, 2, 3, 4, 5, 6];
        foreach (var shape in (int[][])[[2, 3], [1, 2, 3], [1, 6]])
        {
            NpyArray.From(row, shape).Save(work["rows.npy"]);
            (await work.RunAsync(explain)).IsDone();
            CollectionAssert.AreEqual((float[])[1, 10, 27, 52, 85, 126], NpyArray.Load(work["out.npy"]).ToSingles());
            (await work.RunAsync("run", "@model.onnx", "--data", "@rows.npy", "-o", "@y.npy")).IsDone();
            CollectionAssert.AreEqual((float[])[280, 301, 322, 343], NpyArray.Load(work["y.npy"]).ToSingles());
        }
        NpyArray.From(row, [6]).Save(work["rows.npy"]);
        (await work.RunAsync(explain)).Failed("takes 6 numbers a row", "give the array an axis of one in front: [1, 2, 3]");
    }

    [TestMethod]
    [DataRow("window", 0)]
    [DataRow("layer", 4000)]
    public async Task A_tensor_that_is_larger_than_allowed_is_refused(string kind, int enough)
    {
        using var work = new Workplace();
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
        var many = kind == "window" ? graph.Emit("HannWindow", [graph.Constant(Tensor.Scalar(1L << 32))])[0].ReduceSum([0])
            : graph.Emit("Expand", [x.Unsqueeze(1), graph.Constant(1, 1 << 28, 2)])[0].ReduceSum([1], keepDimensions: false);
        graph.ToModel([("y", x * many)]).Save(work);
        (await work.RunAsync("layers", "@model.onnx")).Failed("for a single row", "--largest-tensor MIB");
        if (enough > 0)
            (await work.RunAsync("layers", "@model.onnx", "--largest-tensor", $"{enough}")).IsDone();
        (await work.RunAsync("layers", "@model.onnx", "--largest-tensor", "0")).WasWrongUse("--largest-tensor takes a number of MiB");
    }

    [TestMethod]
    public async Task Takes_rows_of_other_types_flat_or_with_axes_of_extent_1()
    {
        using var work = new Workplace();
        TinyNetworks.Image().Save(work);
        double[] values = [.. Enumerable.Range(0, 12).Select(i => (double)i)];
        foreach (var shape in (int[][])[[2, 2, 1, 3], [2, 6], [2, 2, 3], [2, 1, 2, 3]])
        {
            NpyArray.From(values, shape).Save(work["rows.npy"]);
            (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.npy", "-m", "input-x-gradient", "-o", "@out.npy")).IsDone();
            var attribution = NpyArray.Load(work["out.npy"]);
            CollectionAssert.AreEqual((int[])[2, 2, 1, 3], attribution.Shape.ToArray());
            CollectionAssert.AreEqual((float[])[0, 1, 2, -6, -8, -10, 6, 7, 8, -18, -20, -22], attribution.ToSingles());
        }
    }

    [TestMethod]
    public async Task Refuses_rows_whose_axes_stand_in_another_order()
    {
        using var work = new Workplace();
        TinyNetworks.Image().Save(work);
        NpyArray.From(new float[12], 2, 1, 3, 2).Save(work["rows.npy"]);
        (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.npy", "-m", "saliency", "-o", "@out.npy"))
            .Failed("has rows of shape [1, 3, 2]", "takes rows of shape [2, 1, 3], or flat rows");
    }

    [TestMethod]
    public async Task Names_the_place_of_nan()
    {
        using var work = new Workplace();
        TinyNetworks.Image().Save(work);
        var values = new float[60];
        values[6 * 7 + 4] = float.NaN;
        NpyArray.From(values, 10, 2, 1, 3).Save(work["rows.npy"]);
        (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.npy", "-m", "saliency", "-b", "2", "-o", "@out.npy"))
            .Failed("rows.npy, row 7, element [1, 0, 1]: NaN");
        CollectionAssert.AreEqual((string[])["model.onnx", "rows.npy"], work.Files);
    }

    [TestMethod]
    public async Task Refuses_damaged_and_empty_arrays()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        NpyArray.From([1f, 2f], 1, 2).Save(work["rows.npy"]);
        var whole = File.ReadAllBytes(work["rows.npy"]);
        File.WriteAllBytes(work["short.npy"], whole[..^3]);
        File.WriteAllBytes(work["text.npy"], "1,2\n"u8.ToArray());
        NpyArray.From(Array.Empty<float>(), 0, 2).Save(work["none.npy"]);
        NpyArray.From([1f], 1).Save(work["narrow.npy"]);
        foreach (var (name, says) in ((string, string)[])[("short.npy", "is cut short"), ("text.npy", "is not a NumPy file"),
            ("none.npy", "holds no rows"),
            ("narrow.npy", "has one number in a row; the input 'x' [batch, 2] takes 2 numbers a row"), ("missing.npy", "does not exist")])
        {
            (await work.RunAsync("explain", "@model.onnx", "--data", $"@{name}", "-m", "saliency", "-o", "@out.npy")).Failed(name, says);
        }
        Assert.DoesNotContain("out.npy", work.Files);
    }

    [TestMethod]
    public async Task Reads_the_open_length_of_a_row_from_the_array()
    {
        using var work = new Workplace();
        TinyNetworks.OpenLength(Dimension.Unknown).Save(work);
        NpyArray.From([1f, 2f, 3f], 1, 3).Save(work["rows.npy"]);
        (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.npy", "-m", "saliency", "-o", "@out.npy")).IsDone();
        CollectionAssert.AreEqual((float[])[2, 4, 6], NpyArray.Load(work["out.npy"]).ToSingles());
    }

    [TestMethod]
    public async Task Takes_the_classes_from_a_file_of_their_own()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        NpyArray.From([1f, -1f, 1f, -1f], 2, 2).Save(work["rows.npy"]);
        NpyArray.From([1L, 0L], 2).Save(work["truth.npy"]);
        string[] command = ["explain", "@model.onnx", "--data", "@rows.npy", "-m", "saliency", "-t", "label:truth", "-o", "@out.npy"];
        (await work.RunAsync(command)).Failed("wants the class of each row", "--data truth=FILE.npy");
        (await work.RunAsync([.. command, "--data", "truth=@truth.npy"])).IsDone();
        CollectionAssert.AreEqual((float[])[-2, 1, 1, 0.5f], NpyArray.Load(work["out.npy"]).ToSingles());

        NpyArray.From([1L, 3L], 2).Save(work["truth.npy"]);
        (await work.RunAsync([.. command, "--data", "truth=@truth.npy"]))
            .Failed("truth.npy, row 1: the class 3 is out of range; the output has 3 classes, 0 to 2");
        NpyArray.From([1f, 0.5f], 2).Save(work["truth.npy"]);
        (await work.RunAsync([.. command, "--data", "truth=@truth.npy"])).Failed("truth.npy");
        NpyArray.From([1L, 1L, 0L], 3).Save(work["truth.npy"]);
        (await work.RunAsync([.. command, "--data", "truth=@truth.npy"])).Failed("rows.npy' ends before", "truth.npy");
    }
}
