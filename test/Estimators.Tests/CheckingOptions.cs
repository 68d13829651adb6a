using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Tests;

[TestClass]
public sealed class CheckingOptions
{
    private readonly MLContext _mlContext = new(1);

    private static string Table => Trained.BreastCancer.File;

    [TestMethod]
    public void Options_check_themselves()
    {
        Assert.ThrowsExactly<ArgumentNullException>(() => new SaliencyOptions { Target = null! });
        Assert.ThrowsExactly<ArgumentNullException>(() => new SaliencyOptions { Runtime = null! });
        Assert.ThrowsExactly<ArgumentNullException>(() => new SaliencyOptions { Network = null! });
        Assert.ThrowsExactly<ArgumentNullException>(() => new SaliencyOptions { InputColumns = null! });
        Assert.ThrowsExactly<ArgumentException>(() => new SaliencyOptions { ExplainedInputs = [] });
        Assert.ThrowsExactly<ArgumentException>(() => new SaliencyOptions { ExplainedInputs = ["x", "x"] });
        Assert.ThrowsExactly<ArgumentException>(() => new SaliencyOptions { TargetColumnName = " " });
        Assert.ThrowsExactly<ArgumentException>(() => new SaliencyOptions { ScoreColumnName = "" });
        Assert.ThrowsExactly<ArgumentException>(
            () => new SaliencyOptions { OutputColumns = new Dictionary<string, string> { ["logits"] = "" } });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new SaliencyOptions { Form = (SaliencyForm)17 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RuntimeOptions { BatchSize = 0 });
        var names = new Dictionary<string, string> { ["logits"] = "Logits" };
        var options = new SaliencyOptions { OutputColumns = names };
        names["logits"] = "changed";
        Assert.AreEqual("Logits", options.OutputColumns["logits"]);
        Assert.AreEqual(32, options.Runtime.BatchSize);
    }

    [TestMethod]
    public void Unknown_tensors_are_refused_with_those_there_are()
    {
        StringAssert.Contains(Refused(new SaliencyOptions { ExplainedInputs = ["pixels"] }), "no input 'pixels'; it has 'input'");
        StringAssert.Contains(Refused(new SaliencyOptions { ExplainedOutput = "softmax" }), "no output 'softmax'; it has 'logits'");
        StringAssert.Contains(Refused(new SaliencyOptions { InputColumns = new Dictionary<string, string> { ["mask"] = "Mask" } }),
            "no input 'mask'");
        StringAssert.Contains(Refused(new SaliencyOptions { OutputColumns = new Dictionary<string, string> { ["softmax"] = "S" } }),
            "no output 'softmax'");
    }

    [TestMethod]
    public void Extents_that_contradict_the_model_file_are_refused()
    {
        StringAssert.Contains(Refused(Shaped(("input", [31]))),
            "Axis 1 of the network's input 'input' has 30 elements in the model file; NetworkOptions gives 31");
        StringAssert.Contains(Refused(Shaped(("input", [5, 6]))), "has 1 axes; NetworkOptions.RowShapes gives 2: [5, 6]");
        StringAssert.Contains(Refused(Shaped(("pixels", [30]))), "no input 'pixels'; it has 'input'");
        _ = _mlContext.Transforms.Saliency("Saliency", "Features", Table, Shaped(("input", [30])));

        static SaliencyOptions Shaped((string Input, long[] Row) shape) => new()
        {
            Network = new NetworkOptions { RowShapes = new Dictionary<string, IReadOnlyList<long>> { [shape.Input] = shape.Row } },
        };
    }

    [TestMethod]
    public void Names_that_cannot_be_columns_are_refused()
    {
        StringAssert.Contains(Refused(new SaliencyOptions(), output: "Features"), "cannot be the name of an output column as well");
        StringAssert.Contains(Refused(new SaliencyOptions { TargetColumnName = "Saliency" }), "Two output columns are named 'Saliency'");
        StringAssert.Contains(Refused(new SaliencyOptions { ScoreColumnName = "Features" }), "'Features' feeds the network");
        StringAssert.Contains(Refused(new SaliencyOptions(), output: "saliency.output"), "drops the ending '.output'");
        StringAssert.Contains(Refused(new SaliencyOptions(), output: "mlnet.x.unusedOutput"), "ignores such names");
        Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.Saliency(" ", "Features", Table));
        Assert.ThrowsExactly<ArgumentNullException>(() => _mlContext.Transforms.Saliency("Saliency", null!, Table));
        Assert.ThrowsExactly<ArgumentNullException>(
            () => _mlContext.Transforms.Saliency("Saliency", "Features", Table, (SaliencyOptions)null!));
    }

    [TestMethod]
    public void Missing_and_damaged_files_are_refused_at_once()
    {
        var missing =
            Assert.ThrowsExactly<FileNotFoundException>(() => _mlContext.Transforms.Saliency("Saliency", "Features", "no-such-file.onnx"));
        StringAssert.Contains(missing.Message, "no-such-file.onnx");
        var folder = Directory.CreateTempSubdirectory("estimators-tests-");
        try
        {
            var file = Path.Combine(folder.FullName, "truncated.onnx");
            File.WriteAllBytes(file, File.ReadAllBytes(Table)[..5000]);
            var damaged =
                Assert.ThrowsExactly<InvalidModelException>(() => _mlContext.Transforms.InputXGradient("Shares", "Features", file));
            StringAssert.Contains(damaged.Message, file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void A_form_that_does_not_fit_the_network_is_refused_at_fitting()
    {
        var data = Trained.Features(Trained.BreastCancer.Rows);
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => _mlContext.Transforms.Saliency("Saliency", "Features", Table, form: SaliencyForm.ChannelMaximum).Fit(data));
        StringAssert.Contains(error.Message, "channels");
    }

    private string Refused(SaliencyOptions options, string output = "Saliency") =>
        Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.Saliency(output, "Features", Table, options)).Message;
}
