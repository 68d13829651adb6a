using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Commands take files of Keras where they take ONNX, and write them as ONNX.</summary>
[TestClass]
public sealed class ReadingKeras
{
    private static readonly string Model = Workplace.Given("keras_vgg_tiny.h5");

    [TestMethod]
    public async Task Prints_the_layers_as_Keras_does()
    {
        using var work = new Workplace();
        var outcome = await work.RunAsync(["summary", Model]);
        outcome.IsDone();
        Assert.Contains("block3_conv1", outcome.Out);
        Assert.Contains("[batch, 8, 8, 24]", outcome.Out);
        Assert.Contains("20,426 parameters", outcome.Out);
        (await work.RunAsync(["convert", Model, "-o", "@net.onnx"])).IsDone();
        Assert.AreEqual(outcome.Out, (await work.RunAsync(["summary", "@net.onnx"])).Out);
    }

    [TestMethod]
    public async Task Maps_come_back_with_channels_where_they_were_trained()
    {
        using var work = Pictures();
        (await work.RunAsync(["explain", Model, "--data", "@x.npy", "-m", "saliency", "-o", "@maps.npy"])).IsDone();
        CollectionAssert.AreEqual(new[] { 2, 32, 32, 3 }, NpyArray.Load(work["maps.npy"]).Shape.ToArray());
        (await work.RunAsync(["explain", Model, "--data", "@x.npy", "-m", "grad-cam", "--layer", "block3_conv1", "-o", "@cam.npy"])).IsDone();
        CollectionAssert.AreEqual(new[] { 2, 32, 32, 1 }, NpyArray.Load(work["cam.npy"]).Shape.ToArray());
    }

    [TestMethod]
    public async Task Converts_to_both_layouts()
    {
        using var work = Pictures();
        var outcome = await work.RunAsync(["convert", Model, "-o", "@last.onnx"]);
        outcome.IsDone();
        Assert.Contains("takes image: Float[batch, 32, 32, 3]", outcome.Out);
        (await work.RunAsync(["convert", Model, "-o", "@first.onnx", "--layout", "nchw", "--opset", "22"])).IsDone();
        var (last, first) = (OnnxModel.Load(work["last.onnx"]), OnnxModel.Load(work["first.onnx"]));
        Assert.AreEqual((21, 22), (last.Opset, first.Opset));
        Assert.AreEqual("[batch, 3, 32, 32]", first.Inputs.Single().Shape!.ToString());
        var x = NpyArray.Load(work["x.npy"]).ToSingles();
        var turned = new float[x.Length];
        for (var i = 0; i < x.Length; i++)
            turned[i / 3072 * 3072 + i % 3 * 1024 + i % 3072 / 3] = x[i];
        using var one = new ModelSession(last);
        using var two = new ModelSession(first);
        var expected = one.Run(new Dictionary<string, Tensor> { ["image"] = Tensor.From(x, 2, 32, 32, 3) })["predictions"];
        var found = two.Run(new Dictionary<string, Tensor> { ["image"] = Tensor.From(turned, 2, 3, 32, 32) })["predictions"];
        Close.To(expected.As<float>().ToArray(), found.As<float>().ToArray());
    }

    [TestMethod]
    public async Task Says_what_does_not_fit()
    {
        using var work = Pictures();
        (await work.RunAsync(["convert", Model, "-o", "@net.onnx", "--layout", "chwn"])).WasWrongUse("nhwc or nchw");
        (await work.RunAsync(["convert", Model, "-o", "@net.onnx", "--opset", "7"])).WasWrongUse("21 to 26");
        (await work.RunAsync(["convert", Model, "-o", "@net.onnx", "--numbers"])).WasWrongUse("pipelines of ML.NET");
        (await work.RunAsync(["convert", Workplace.Given("cnn_digits.onnx"), "-o", "@net.onnx"])).WasWrongUse("ONNX model already");
        (await work.RunAsync(["summary", "@x.npy"])).Failed("Keras");
    }

    private static Workplace Pictures()
    {
        var work = new Workplace();
        var random = new Random(3);
        NpyArray.From([.. Enumerable.Range(0, 2 * 3072).Select(_ => random.NextSingle())], 2, 32, 32, 3).Save(work["x.npy"]);
        return work;
    }
}
