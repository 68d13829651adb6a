using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class CompilingExplanations
{
    [TestMethod]
    public async Task Gives_attribution_target_and_score_that_plain_onnx_runtime_computes()
    {
        using var work = new Workplace();
        var outcome =
            (await work.RunAsync("compile", Workplace.Given("cnn_digits.onnx"), "--method", "saliency", "--target", "argmax", "--output",
                "@explanation.onnx")).IsDone();
        Assert.Contains("gives attribution: Float[batch, 1, 8, 8]", outcome.Out);
        CollectionAssert.AreEqual((string[])["explanation.onnx"], work.Files);

        using var reference = NpzArchive.Open(Workplace.Given("cnn_digits.npz"));
        using var session = new InferenceSession(work["explanation.onnx"]);
        CollectionAssert.AreEqual((string[])["attribution", "target", "score"], session.OutputNames.ToArray());
        var input = reference.Read("input");
        using var value = OrtValue.CreateTensorValueFromMemory(input.ToSingles(), [.. input.Shape.Select(d => (long)d)]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["input"], [value], session.OutputNames);
        Close.To(reference.Read("gradient").ToSingles(), results[0].GetTensorDataAsSpan<float>(), 1e-5);
        CollectionAssert.AreEqual(reference.Read("target").ToInt64s(), results[1].GetTensorDataAsSpan<long>().ToArray());
        Close.To(
            [.. reference.Read("logits").ToSingles().Chunk(10).Select(row => row.Largest())],
            results[2].GetTensorDataAsSpan<float>(), 1e-5);
    }

    [TestMethod]
    [DataRow("argmax", 2L, 0.25f, -4f)]
    [DataRow("ArgMax", 2L, 0.25f, -4f)]
    [DataRow("0", 0L, 1f, 0.5f)]
    [DataRow("1-2", 1L, -2.25f, 5f)]
    public async Task Explains_the_target_asked_for(string target, long chosen, float first, float second)
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "-t", target, "-o", "@e.onnx")).IsDone();
        var results = Run(work["e.onnx"], ("x", Tensor.From([1f, -1f], 1, 2)));
        CollectionAssert.AreEqual((float[])[first, second], results["attribution"].As<float>().ToArray());
        Assert.AreEqual(chosen, results["target"].As<long>()[0]);
    }

    [TestMethod]
    public async Task Takes_the_class_from_an_input()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "-t", "label:truth", "-o", "@e.onnx")).IsDone();
        var results = Run(work["e.onnx"], ("x", Tensor.From([1f, -1f, 1f, -1f], 2, 2)), ("truth", Tensor.From([1L, 0L], 2, 1)));
        CollectionAssert.AreEqual((float[])[-2, 1, 1, 0.5f], results["attribution"].As<float>().ToArray());
    }

    [TestMethod]
    public async Task Names_the_outputs_as_told()
    {
        using var work = new Workplace();
        TinyNetworks.TwoInputs().Save(work);
        (await work.RunAsync("compile", "@model.onnx", "-m", "input-x-gradient", "--input", "a", "--attribution-name", "why",
            "--target-name", "what",
            "--score-name", "how much", "--pass-through", "total=sum", "-o", "@e.onnx")).IsDone();
        CollectionAssert.AreEqual((string[])["why", "what", "how much", "sum"],
            OnnxModel.Load(work["e.onnx"]).Outputs.Select(o => o.Name).ToArray());
        var results = Run(work["e.onnx"], ("a", Tensor.From([1f, 2f], 1, 2)), ("b", Tensor.From([3f, 5f], 1, 2)));
        CollectionAssert.AreEqual((float[])[3, 10], results["why"].As<float>().ToArray());
        CollectionAssert.AreEqual((float[])[4, 7], results["sum"].As<float>().ToArray());
    }

    [TestMethod]
    public async Task Explains_several_inputs_and_the_output_asked_for()
    {
        using var work = new Workplace();
        TinyNetworks.TwoInputs().Save(work);
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "-t", "1", "--input", "a", "--input", "b", "--output-tensor",
            "total", "-o", "@e.onnx")).IsDone();
        var results = Run(work["e.onnx"], ("a", Tensor.From([1f, 2f], 1, 2)), ("b", Tensor.From([3f, 5f], 1, 2)));
        CollectionAssert.AreEqual((float[])[0, 1], results["attribution_a"].As<float>().ToArray());
        CollectionAssert.AreEqual((float[])[0, 1], results["attribution_b"].As<float>().ToArray());
        Assert.AreEqual(7f, results["score"].As<float>()[0]);
    }

    [TestMethod]
    public async Task Drops_the_final_activation_unless_told_to_keep_it()
    {
        using var work = new Workplace();
        TinyNetworks.Probabilities().Save(work);
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "-o", "@logits.onnx")).IsDone();
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "--keep-final-activation", "-o", "@probabilities.onnx")).IsDone();
        var x = ("x", Tensor.From([1f, -1f], 1, 2));
        Assert.AreEqual(4.25f, Run(work["logits.onnx"], x)["score"].As<float>()[0]);
        var probability = Run(work["probabilities.onnx"], x)["score"].As<float>()[0];
        Finite.AtLeast(0.9, probability);
        Finite.AtMost(1, probability);
    }

    [TestMethod]
    [DataRow("signed", 6, 1f)]
    [DataRow("absolute", 6, 1f)]
    [DataRow("channel-maximum", 3, 2f)]
    public async Task Takes_the_options_of_the_method(string form, int size, float first)
    {
        using var work = new Workplace();
        TinyNetworks.Image().Save(work);
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "--form", form, "-o", "@e.onnx")).IsDone();
        var attribution = Run(work["e.onnx"], ("image", Tensor.Filled(ElementType.Float, 1, 1, 2, 1, 3)))["attribution"].As<float>();
        Assert.AreEqual(size, attribution.Length);
        Assert.AreEqual(first, attribution[0]);
        Assert.AreEqual(form == "signed" ? -2f : 2f, attribution[^1]);
    }

    [TestMethod]
    public async Task Offers_every_method_of_the_catalog()
    {
        // A convolutional network with global pooling: every method has something to say about it.
        using var work = new Workplace();
        NpyArray.From((long[])[.. Enumerable.Range(0, 64).Select(i => (long)(i / 16))], 1, 8, 8).Save(work["quarters.npy"]);
        foreach (var method in MethodCatalog.All)
        {
            // All coalitions of 64 pixels would be too many.
            string[] groups = method.Name == "exact-shap" ? ["--groups", "@quarters.npy"] : [];
            foreach (var option in method.Options.SelectMany(o => (o.Values ?? []).Select(v => (string[])[$"--{o.Name}", v])).Prepend([]))
                (await work.RunAsync(
                    ["compile", Workplace.Given(method.NeedsAttention ? "attention/digits.onnx" : "cnn_digits.onnx"), "-m", method.Name, .. groups, .. option, "-o", "@e.onnx"])).IsDone();
        }
    }

    [TestMethod]
    public async Task Replaces_an_older_file_only_by_a_whole_one()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        work.Write("e.onnx", "older");
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "-t", "3", "-o", "@e.onnx"))
            .Failed("The target class 3 is out of range", "3 classes, 0 to 2");
        Assert.AreEqual("older", File.ReadAllText(work["e.onnx"]));
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "-t", "2", "-o", "@e.onnx")).IsDone();
        Assert.AreEqual("x", OnnxModel.Load(work["e.onnx"]).Inputs.Single().Name);
        CollectionAssert.AreEqual((string[])["e.onnx", "model.onnx"], work.Files);
    }

    private static Dictionary<string, Tensor> Run(string path, params (string Name, Tensor Value)[] inputs)
    {
        using var session = new Runtime.ModelSession(OnnxModel.Load(path));
        return new(session.Run(inputs.ToDictionary(i => i.Name, i => i.Value)));
    }
}
