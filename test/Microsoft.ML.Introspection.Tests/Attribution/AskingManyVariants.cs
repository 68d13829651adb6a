using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>A question asked at many variants of the input, together or a portion at a time.</summary>
[TestClass]
public sealed class AskingManyVariants
{
    [TestMethod]
    [DataRow("mlp_breast_cancer_tanh", 6, DisplayName = "all together")]
    [DataRow("mlp_breast_cancer_tanh", 1, DisplayName = "only one")]
    [DataRow("vgg_tiny", 10, DisplayName = "in a loop of two turns")]
    [DataRow("vgg_tiny", 7, DisplayName = "in a loop of seven turns")]
    public void The_mean_of_gradients_is_that_of_separate_runs(string model, int count)
    {
        var (network, input) = (References.Network(model), References.Arrays(model)["input"].Head(3));
        using var together = new ModelSession(Explanation.Compile(network, new GradientAlongPath(count)));
        var found = together.Run(new Dictionary<string, Tensor> { ["input"] = input });

        using var single = new ModelSession(Explanation.Compile(network, new Saliency(), Target.Label("label")));
        var mean = new double[input.Count];
        for (var i = 0; i < count; i++)
        {
            var scaled = Array.ConvertAll(input.As<float>().ToArray(), x => x * GradientAlongPath.Position(i, count));
            // The class is the one chosen at the end of the path, whatever would win on the way.
            var gradient = single.Run(
                new Dictionary<string, Tensor> { ["input"] = Tensor.From(scaled, input.Dimensions), ["label"] = found["target"] });
            mean = [.. mean.Zip(gradient["attribution"].ToDouble(), (sum, g) => sum + g / count)];
        }
        var errors = References.RowErrors(Tensor.From(mean, input.Dimensions), found["attribution"]);
        // Somewhere on the way a ReLU stands so close to its kink that rounding decides its side.
        Finite.Below(model == "vgg_tiny" ? 2e-3 : 1e-5, errors.Largest());
    }

    [TestMethod]
    [DataRow(64, DisplayName = "all together")]
    [DataRow(2000, DisplayName = "in a loop")]
    public void The_way_from_nothing_to_the_input_adds_up_to_the_score(int count)
    {
        var (network, input) = (References.InDoubles("mlp_breast_cancer_tanh"), References.Arrays("mlp_breast_cancer_tanh_f64")["input"]);
        var model = Explanation.Compile(network, new GradientAlongPath(count, TimesInput: true));
        Assert.AreEqual(count > 64, model.Proto.Graph.Node.Any(n => n.OpType == "Loop"));
        var found = GraphRunner.Run(model, ("input", input));
        var nothing = GraphRunner.Run(
            Explanation.Compile(network, new Saliency(), Target.Label("label")),
            ("input", Tensor.Filled(ElementType.Double, 0, input.Dimensions)), ("label", found["target"]));
        for (var row = 0; row < input.Dimensions[0]; row++)
        {
            var expected = found["score"].ToDouble()[row] - nothing["score"].ToDouble()[row];
            Near.Equal(expected, found["attribution"].ToDouble().Skip(30 * row).Take(30).Sum(), 1e-3 * Math.Abs(expected));
        }
    }

    [TestMethod]
    public void Other_inputs_stay_with_their_rows()
    {
        // y = x · f, with a factor for each row: the gradient is the factor, at every variant.
        var network = Network.From(
            new ModelBuilder(17).Input("x", -1, 2).Input("f", -1, 1).Node("Mul", ["x", "f"], ["y"]).Output("y").Build());
        var model = Explanation.Compile(network, new GradientAlongPath(3), Target.Class(1), new ExplanationOptions { Inputs = ["x"] });
        var found = GraphRunner.Run(model, ("x", Samples.Floats(3, 2)), ("f", Tensor.From([5f, 7, 9], 3, 1)));
        TensorAssert.AreClose(Tensor.From([0f, 5, 0, 7, 0, 9], 3, 2), found["attribution"], 1e-6);
    }

    [TestMethod]
    public void There_must_be_a_variant() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
        Explanation.Compile(References.Network("mlp_breast_cancer"), new GradientAlongPath(0)));

    /// <summary>The mean gradient at equidistant places between nothing and the input.</summary>
    private sealed record GradientAlongPath(int Count, bool TimesInput = false) : AttributionMethod
    {
        public static float Position(int i, int count) => (i + 0.5f) / count;

        public override Value Attribute(Question question)
        {
            var input = question.Input;
            var positions = Variants.Of([.. Enumerable.Range(0, Count).Select(i => (double)Position(i, Count))]);
            var mean = question.Average(positions, position => question.Gradient(position * input));
            return TimesInput ? input * mean : mean;
        }
    }
}
