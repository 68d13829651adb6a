using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

[TestClass]
public sealed class CompilingExplanations
{
    [TestMethod]
    public void Inputs_are_the_networks_and_outputs_say_what_why_and_how_much()
    {
        var model = Explanation.Compile(References.Network("cnn_digits"), new Saliency());
        Assert.AreEqual("input: Float[batch, 1, 8, 8]", string.Join("; ", model.Inputs));
        Assert.AreEqual("attribution: Float[batch, 1, 8, 8]; target: Int64[batch, 1]; score: Float[batch, 1]",
            string.Join("; ", model.Outputs));
    }

    [TestMethod]
    public void The_model_tells_its_method_and_target()
    {
        var metadata =
            Explanation.Compile(References.Network("cnn_digits"), new Saliency(SaliencyForm.Absolute), Target.Difference(3, 5)).Metadata;
        StringAssert.Contains(metadata["method"], "Saliency");
        StringAssert.Contains(metadata["method"], "Absolute");
        Assert.AreEqual("3-5", metadata["target"]);
    }

    [TestMethod]
    public void A_file_of_it_runs_in_plain_ONNX_Runtime()
    {
        var path = Path.GetTempFileName();
        try
        {
            var model = Explanation.Compile(References.Network("cnn_digits"), new Saliency());
            model.Save(path);
            var digits = References.Arrays("cnn_digits")["input"];
            using var plain = new OnnxRuntime.InferenceSession(path);
            using var input = OnnxRuntime.OrtValue.CreateTensorValueFromMemory(digits.As<float>().ToArray(), digits.Dimensions.ToArray());
            using var options = new OnnxRuntime.RunOptions();
            using var results = plain.Run(options, ["input"], [input], ["attribution"]);
            using var session = new ModelSession(OnnxModel.Load(path));
            var expected = session.Run(new Dictionary<string, Tensor> { ["input"] = digits })["attribution"];
            CollectionAssert.AreEqual(expected.As<float>().ToArray(), results[0].GetTensorDataAsSpan<float>().ToArray());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Everything_can_be_named_and_left_out()
    {
        var model =
            Explanation.Compile(References.Network("cnn_digits_softmax"), new Saliency(), Target.Label("Digit"), new ExplanationOptions
        {
            AttributionName = "Why", TargetName = null, ScoreName = "How much",
            InputNames = new Dictionary<string, string> { ["input"] = "Pixels" },
            PassThrough = new Dictionary<string, string> { ["probabilities"] = "Probability" },
        });
        Assert.AreEqual("Pixels: Float[batch, 1, 8, 8]; Digit: Int64[batch, 1]", string.Join("; ", model.Inputs));
        Assert.AreEqual("Why: Float[batch, 1, 8, 8]; How much: Float[batch, 1]; Probability: Float[batch, 10]",
            string.Join("; ", model.Outputs));
        var arrays = References.Arrays("cnn_digits_softmax");
        var found = GraphRunner.Run(model, ("Pixels", arrays["input"]), ("Digit", Tensor.From(arrays["target"].As<long>(), 8, 1)));
        // The final activation is dropped for the score, and kept in what is passed through.
        TensorAssert.AreClose(arrays["logits"], found["Probability"], 1e-5);
        Finite.Above(1, found["How much"].ToDouble().Largest());
    }

    [TestMethod]
    [DataRow("", "", DisplayName = "the network's own names")]
    [DataRow("logits", "", DisplayName = "the name of the network's output")]
    [DataRow("/conv1/Conv_output_0", "/relu2/Relu_output_0", DisplayName = "names from inside the network")]
    public void Names_that_the_network_uses_inside_are_free(string attribution, string label)
    {
        var network = References.Network("cnn_digits");
        var arrays = References.Arrays("cnn_digits");
        var (name, labelName) = (attribution.Length > 0 ? attribution : "attribution", label.Length > 0 ? label : "logits");
        var labels = Tensor.From(arrays["target"].As<long>(), 8, 1);
        var model = attribution == "logits"
            ? Explanation.Compile(network, new Saliency(), options: new ExplanationOptions { AttributionName = name })
            : Explanation.Compile(network, new Saliency(), Target.Label(labelName), new ExplanationOptions { AttributionName = name });
        var found = GraphRunner.Run(model, ("input", arrays["input"]), (labelName, labels))[name];
        Finite.Below(1e-4, References.RowErrors(arrays["gradient"], found).Largest());
    }

    [TestMethod]
    public void Names_given_twice_are_refused()
    {
        var network = References.Network("cnn_digits");
        var twice = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(network, new Saliency(), options: new ExplanationOptions { AttributionName = "score" }));
        StringAssert.Contains(twice.Message, "Two outputs are named 'score'");
        var input = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(network, new Saliency(), options: new ExplanationOptions { AttributionName = "input" }));
        StringAssert.Contains(input.Message, "'input' is the name of an input");
        var label = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network, new Saliency(), Target.Label("input")));
        StringAssert.Contains(label.Message, "The label input 'input' must hold 64-bit integers of shape [N, 1]");
    }

    [TestMethod]
    public void Names_that_are_not_there_are_refused()
    {
        var network = References.Network("cnn_digits");
        Refused("no input 'pixels'; it has 'input'", new ExplanationOptions { Inputs = ["pixels"] });
        Refused("no input 'pixels'; it has 'input'",
            new ExplanationOptions { InputNames = new Dictionary<string, string> { ["pixels"] = "Pixels" } });
        Refused("no output 'probabilities'; it has 'logits'", new ExplanationOptions { Output = "probabilities" });
        var passed = new Dictionary<string, string> { ["probabilities"] = "p" };
        Refused("no output 'probabilities'; it has 'logits'", new ExplanationOptions { PassThrough = passed });

        void Refused(string message, ExplanationOptions options)
        {
            var error = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network, new Saliency(), options: options));
            StringAssert.Contains(error.Message, message);
        }
    }

    [TestMethod]
    public void Several_inputs_are_explained_side_by_side_and_others_pass_through()
    {
        // y = w·a + w·b², and a token that chooses a row of a table added to it.
        var file = new ModelBuilder(17)
            .Input("a", -1, 3).Input("token", ElementType.Int64, -1).Input("b", -1, 3)
            .Initializer("w", Samples.Seeded(3, 3, 2)).Initializer("table", Samples.Floats(5, 2))
            .Node("Mul", ["b", "b"], ["squared"]).Node("Add", ["a", "squared"], ["sum"]).Node("MatMul", ["sum", "w"], ["product"])
            .Node("Gather", ["table", "token"], ["row"]).Node("Add", ["product", "row"], ["y"]).Node("Softmax", ["y"], ["p"])
            .Node("Neg", ["a"], ["minus"]).Output("p").Output("minus");
        var network = Network.From(file.Build());
        var model = Explanation.Compile(network, new Saliency(), Target.Class(1), new ExplanationOptions
        {
            Inputs = ["a", "b"], PassThrough = new Dictionary<string, string> { ["p"] = "p", ["minus"] = "minus" },
        });
        Assert.AreEqual("a, token, b", string.Join(", ", model.Inputs.Select(i => i.Name)));
        Assert.AreEqual("attribution_a, attribution_b, target, score, p, minus", string.Join(", ", model.Outputs.Select(o => o.Name)));
        var (a, b) = (Samples.Seeded(1, 2, 3), Samples.Seeded(2, 2, 3));
        var found = GraphRunner.Run(model, ("a", a), ("b", b), ("token", Tensor.Vector(4L, 0)));
        var w = Samples.Seeded(3, 3, 2).As<float>().ToArray();
        float[] byA = [w[1], w[3], w[5], w[1], w[3], w[5]];
        TensorAssert.AreClose(Tensor.From(byA, 2, 3), found["attribution_a"], 1e-6);
        TensorAssert.AreClose(Tensor.From(byA.Zip(b.As<float>().ToArray(), (weight, x) => 2 * x * weight).ToArray(), 2, 3),
            found["attribution_b"], 1e-5);
        TensorAssert.AreEqual(Tensor.From(Array.ConvertAll(a.As<float>().ToArray(), x => -x), 2, 3), found["minus"]);
        Near.Equal(2, found["p"].ToDouble().Sum(), 1e-5);

        var open = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network, new Saliency()));
        StringAssert.Contains(open.Message, "Name those to explain");
        // Tokens are no numbers to differentiate by: what is explained is the row that they choose.
        var token = Explanation.Compile(network, new Saliency(), Target.Class(1), new ExplanationOptions { Inputs = ["token"] });
        TensorAssert.AreEqual(
            Tensor.From([0f, 1, 0, 1], 2, 2), GraphRunner.Run(token, ("a", a), ("b", b), ("token", Tensor.Vector(4L, 0)))["attribution"]);
    }

    [TestMethod]
    public void An_input_that_nothing_depends_on_stays_an_input()
    {
        var file = new ModelBuilder(17).Input("a", -1, 3).Input("idle", -1, 2)
            .Node("Tanh", ["a"], ["y"]).Node("Neg", ["idle"], ["z"]).Output("y").Output("z");
        var model = Explanation.Compile(Network.From(file.Build()), new Saliency(), options: new ExplanationOptions { Inputs = ["idle"] });
        Assert.AreEqual("a, idle", string.Join(", ", model.Inputs.Select(i => i.Name)));
        var found = GraphRunner.Run(model, ("a", Samples.Floats(4, 3)), ("idle", Samples.Floats(4, 2)));
        TensorAssert.AreEqual(Tensor.Filled(ElementType.Float, 0, 4, 2), found["attribution"]);
    }

    [TestMethod]
    public void A_label_that_is_an_input_of_the_network_already_is_shared()
    {
        var file = new ModelBuilder(17).Input("x", -1, 3).Input("class", ElementType.Int64, -1, 1)
            .Node("Tanh", ["x"], ["y"]).Node("GatherElements", ["y", "class"], ["picked"], ("axis", 1L)).Output("y").Output("picked");
        var model = Explanation.Compile(Network.From(file.Build()), new Saliency(), Target.Label("class"));
        Assert.AreEqual("x, class", string.Join(", ", model.Inputs.Select(i => i.Name)));
    }

    [TestMethod]
    public void A_network_of_a_fixed_batch_keeps_it()
    {
        var file =
            new ModelBuilder(17).Input("x", 1, 3).Initializer("w", Samples.Floats(3, 2)).Node("MatMul", ["x", "w"], ["y"]).Output("y");
        foreach (var target in (Target[])[Target.ArgMax, Target.Class(1), Target.Label("label")])
        {
            var model = Explanation.Compile(Network.From(file.Build()), new InputXGradient(), target);
            Assert.AreEqual("[1, 3]", model.Outputs[0].Shape!.ToString());
            Assert.AreEqual("[1, 1]", model.Outputs[1].Shape!.ToString());
            var found = GraphRunner.Run(model, ("x", Samples.Floats(1, 3)), ("label", Tensor.From([1L], 1, 1)));
            // Input × gradient is complete for a linear network.
            Near.Equal(found["score"].ToDouble()[0], found["attribution"].ToDouble().Sum(), 1e-5);
        }
    }

    [TestMethod]
    public void The_maximum_over_channels_leaves_one()
    {
        var network = References.Network("vgg_tiny");
        var arrays = References.Arrays("vgg_tiny");
        var (input, gradient) = (arrays["input"].Head(1), arrays["gradient"].ToDouble());
        var model = Explanation.Compile(network, new Saliency(SaliencyForm.ChannelMaximum));
        Assert.AreEqual("[batch, 1, 32, 32]", model.Outputs[0].Shape!.ToString());
        float[] expected =
            [.. Enumerable.Range(0, 1024).Select(i => (float)Enumerable.Range(0, 3).Largest(c => Math.Abs(gradient[c * 1024 + i])))];
        TensorAssert.AreClose(Tensor.From(expected, 1, 1, 32, 32), GraphRunner.Run(model, ("input", input))["attribution"], 1e-5);
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(References.Network("mlp_breast_cancer"), new Saliency(SaliencyForm.ChannelMaximum)));
        StringAssert.Contains(error.Message, "needs an input of shape [N, channels, …]; 'input' has [batch, 30]");
    }

    [TestMethod]
    public void A_network_in_double_precision_is_explained_in_it()
    {
        var arrays = References.Arrays("mlp_breast_cancer_tanh_f64");
        var model = Explanation.Compile(References.InDoubles("mlp_breast_cancer_tanh"), new Saliency());
        Assert.AreEqual(ElementType.Double, model.Outputs[0].Type);
        var errors = References.RowErrors(arrays["gradient"], GraphRunner.Run(model, ("input", arrays["input"]))["attribution"]);
        Finite.Below(1e-12, errors.Largest());
    }
}
