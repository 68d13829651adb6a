using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

/// <summary>What takes the place of trained weights.</summary>
[TestClass]
public sealed class RandomisingWeights
{
    private static OnnxModel Model(string name) => OnnxModel.Load(Path.Combine(AppContext.BaseDirectory, "data", "models", name + ".onnx"));

    [TestMethod]
    [DataRow("resnet_tiny")]
    [DataRow("mlp_breast_cancer")]
    [DataRow("lstm_text_emb")]
    public void InitialisersAreThoseOfTheLayersKind(string name)
    {
        var model = Model(name);
        foreach (var layer in WeightLayers.Of(model))
        {
            var drawn = WeightLayers.Draw(model, layer, WeightDraw.Initialisers, 3);
            if (layer.Operator == "BatchNormalization")
            {
                foreach (var (weights, tensor) in drawn)
                    CollectionAssert.AreEqual(Enumerable.Repeat(weights.EndsWith("weight", StringComparison.Ordinal) ? 1.0 : 0,
                        (int)tensor.Count).ToArray(), tensor.ToDouble(), weights);
                continue;
            }
            // A convolution's inputs are channels times kernel, a dense layer's lie last where it is transposed; recurrent layers have
            // units, four rows of weights for each.
            var first = drawn[layer.Weights[0]].Dimensions.ToArray();
            var inputs = layer.Operator switch
            {
                "Conv" => first[1..].Aggregate(1L, (p, e) => p * e),
                "LSTM" => first[1] / 4,
                "Gemm" => first[1],
                var other => throw new AssertInconclusiveException(other),
            };
            foreach (var (weights, tensor) in drawn)
            {
                var (numbers, place) = (tensor.ToDouble(), $"{name}: {weights}");
                Finite.AtMost(1 / Math.Sqrt(inputs), numbers.Select(Math.Abs).Largest(), place);
                if (numbers.Length < 500)
                    continue;
                // Spread evenly over the whole of it: the deviation is the bound over √3.
                var deviation = Math.Sqrt(numbers.Average(n => n * n));
                Near.Equal(1, deviation * Math.Sqrt(3.0 * inputs), 0.08);
                Finite.AtMost(4 * deviation / Math.Sqrt(numbers.Length), Math.Abs(numbers.Average()), place);
            }
        }
    }

    [TestMethod]
    public void AScaleStaysOneWhereAnotherLayerSharesIt()
    {
        var graph = new Graph();
        var input = graph.Input("input", ElementType.Float, new Shape([Dimension.Unknown, 3, 4, 4]));
        var (scale, zeros) = (graph.Constant(Tensor.From([2f, 3, 4], 3), "scale"), graph.Constant(Tensor.From([0f, 1, 2], 3), "shift"));
        var (other, mean, variance) = (graph.Constant(Tensor.From([5f, 6, 7], 3), "other"),
            graph.Constant(Tensor.From([0.5f, 0, 0], 3), "mean"), graph.Constant(Tensor.From([1f, 2, 3], 3), "variance"));
        var once = Operators.Emit("BatchNormalization", input, scale, zeros, mean, variance);
        var model = graph.ToModel([("output", Operators.Emit("BatchNormalization", once, scale, other, mean, variance))]);
        var drawn = WeightLayers.Of(model).SelectMany(l => WeightLayers.Draw(model, l, WeightDraw.Initialisers)).ToDictionary();
        Assert.HasCount(3, drawn);
        foreach (var (_, tensor) in drawn)
            Assert.IsTrue(tensor.ToDouble() is [1, 1, 1] or [0, 0, 0]);
        Assert.AreEqual(1, drawn.Count(d => d.Value.ToDouble()[0] == 1));
    }

    [TestMethod]
    [DataRow(WeightDraw.Initialisers)]
    [DataRow(WeightDraw.SameMoments)]
    public void ALayerIsDrawnTheSameWhateverElseIs(WeightDraw draw)
    {
        var model = Model("cnn_digits");
        var layers = WeightLayers.Of(model);
        var options = new WeightRandomisationOptions { Draw = draw, Seed = 5 };
        var all = WeightRandomisation.Steps(model, options).Last();
        var alone = WeightRandomisation.Steps(model, options with { Layers = [layers[0].Name] }).Single();
        var other = WeightRandomisation.Steps(model, options with { Layers = [layers[0].Name], Seed = 6 }).Single();
        double[] Of(RandomisationStep step) => Tensor.FromProto(
            step.Model.Proto.Graph.Initializer.Single(i => i.Name == layers[0].Weights[0])).ToDouble();
        CollectionAssert.AreEqual(Of(all), Of(alone));
        CollectionAssert.AreNotEqual(Of(all), Of(other));
    }

    [TestMethod]
    public void AConstantShiftMeansNothingToGradients()
    {
        var network = Network.From(Model("mlp_breast_cancer_tanh"));
        double[] rows = [.. Enumerable.Range(0, 4 * 30).Select(i => Math.Sin(i * 1.1))];
        var shifted = InputInvariance.Shifted(network, 0.75);
        using var scores = RowFunction.Scores(network);
        using var moved = RowFunction.Scores(shifted);
        Near.Equal(scores.Of(rows), moved.Of([.. rows.Select(x => x + 0.75)]), 1e-5);
        double Largest(AttributionMethod method)
        {
            using var said = RowFunction.Explanations(network, method);
            using var again = RowFunction.Explanations(shifted, method);
            var classes = new ExplainedRows(rows, rows, [30], scores).Targets;
            return InputInvariance.Of(new(rows, said.Of(rows, classes), [30], scores, classes), again, 0.75).Largest();
        }
        Finite.AtMost(1e-5, Largest(new Saliency(SaliencyForm.Signed)));
        // Input × gradient multiplies by the row, which is another one.
        Finite.Above(0.01, Largest(new InputXGradient()));
    }
}
