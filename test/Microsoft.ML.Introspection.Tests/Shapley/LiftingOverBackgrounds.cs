using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Attribution;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Deep SHAP: the values of SHAP's own explainer, DeepLIFT's rescale rule written out for a perceptron, and its sum.</summary>
[TestClass]
public sealed class LiftingOverBackgrounds
{
    [TestMethod]
    [DataRow("mlp_breast_cancer")]
    [DataRow("mlp_breast_cancer_tanh")]
    [DataRow("cnn_digits")]
    [DataRow("vgg_tiny")]
    [DataRow("resnet_tiny")]
    public void One_background_row_gives_what_SHAP_s_explainer_gives(string model)
    {
        var arrays = References.Arrays(model + "_relevance");
        var expected = arrays["deeplift_shap"];
        var found = Explained.Run(References.Network(model), new DeepShap(), arrays["input"].Head(expected.Dimensions[0]),
            arrays["target"].Head(expected.Dimensions[0]));
        var errors = References.RowErrors(expected, found);
        // Row 6 of the residual network stands on a kink.
        for (var row = 0; row < errors.Length; row++)
            Finite.Below(model == "resnet_tiny" && row == 6 ? 1e-2 : 1e-5, errors[row], $"row {row}");
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(13)]
    public void A_perceptron_gets_the_rescale_rule_averaged_over_the_background(int rows)
    {
        const string Model = "mlp_breast_cancer";
        var (arrays, background) = (References.Arrays(Model), Samples.Seeded(3, rows, 30));
        var (input, targets) = (arrays["input"].Head(4), arrays["target"].Head(4));
        var found = Explained.Run(References.Network(Model), new DeepShap { Baseline = Baseline.Given(background) }, input, targets);
        var layers = Perceptron.Read(Model);
        var expected = new float[4 * 30];
        for (var row = 0; row < 4; row++)
        {
            for (var b = 0; b < rows; b++)
            {
                var share = Rescale(layers, input.Row(row).ToDouble(), background.Row(b).ToDouble(), (int)targets.ToInt64()[row]);
                for (var i = 0; i < 30; i++)
                    expected[row * 30 + i] += (float)(share[i] / rows);
            }
        }
        TensorAssert.AreClose(Tensor.From(expected, 4, 30), found, 1e-5);
    }

    [TestMethod]
    [DataRow("mlp_breast_cancer", DeepLiftRule.Rescale)]
    [DataRow("mlp_breast_cancer", DeepLiftRule.RevealCancel)]
    [DataRow("cnn_digits", DeepLiftRule.Rescale)]
    [DataRow("resnet_tiny", DeepLiftRule.Rescale)]
    public void The_values_sum_to_the_score_less_the_background_s_mean_score(string model, DeepLiftRule rule)
    {
        var (network, arrays) = (References.Network(model), References.Arrays(model));
        var background = Samples.Seeded(4, [6, .. arrays["input"].Dimensions[1..]]);
        var found = Explained.Outputs(network, new DeepShap { Baseline = Baseline.Given(background), Rule = rule }, arrays["input"].Head(2),
            Tensor.From(arrays["target"].ToInt64()[..2], 2, 1), "gap");
        var sums = found["attribution"].ToDouble().Chunk((int)(found["attribution"].Count / 2)).Select(r => r.Sum()).ToArray();
        for (var row = 0; row < 2; row++)
        {
            Finite.Above(0.1, Math.Abs(sums[row]));
            Finite.Below(2e-4 * Math.Max(1, Math.Abs(sums[row])), Math.Abs(found["gap"].ToDouble()[row]), $"row {row}");
        }
    }

    [TestMethod]
    public void A_sum_of_functions_of_single_features_gets_the_exact_values()
    {
        var network = KeepingPathAxioms.Function(3, x =>
            KeepingPathAxioms.Column(x, 0).Tanh() + 2 * KeepingPathAxioms.Column(x, 1).Relu() - KeepingPathAxioms.Column(x, 2).Sigmoid());
        var (background, input) = (Samples.Seeded(5, 8, 3), Samples.Seeded(6, 2, 3));
        Func<double, double>[] parts = [Math.Tanh, x => 2 * Math.Max(x, 0), x => -1 / (1 + Math.Exp(-x))];
        var (b, x) = (background.ToDouble(), input.ToDouble());
        float[] expected =
            [.. Enumerable.Range(0, 6)
                .Select(i => (float)(parts[i % 3](x[i]) - Enumerable.Range(0, 8).Average(r => parts[i % 3](b[r * 3 + i % 3]))))];
        TensorAssert.AreClose(Tensor.From(expected, 2, 3),
            Explained.Run(network, new DeepShap { Baseline = Baseline.Given(background) }, input), 1e-5);
    }

    // DeepLIFT's multipliers of dense layers with ReLUs between them, backwards from one output.
    private static double[] Rescale(IReadOnlyList<Perceptron.Dense> layers, double[] input, double[] baseline, int target)
    {
        var before = new List<(double[] Own, double[] Other)>();
        var (own, other) = (input, baseline);
        for (var i = 0; i < layers.Count; i++)
        {
            (own, other) = (layers[i].Apply(own), layers[i].Apply(other));
            before.Add((own, other));
            (own, other) = (Array.ConvertAll(own, v => Math.Max(v, 0)), Array.ConvertAll(other, v => Math.Max(v, 0)));
        }
        double[] multipliers = [.. Enumerable.Range(0, before[^1].Own.Length).Select(o => o == target ? 1.0 : 0)];
        for (var i = layers.Count - 1; i >= 0; i--)
        {
            if (i < layers.Count - 1)
            {
                var (a, z) = before[i];
                multipliers =
                    [.. multipliers.Select((m, k) =>
                        m * (Math.Abs(a[k] - z[k]) < 1e-9 ? a[k] > 0 ? 1 : 0 : (Math.Max(a[k], 0) - Math.Max(z[k], 0)) / (a[k] - z[k])))];
            }
            multipliers = layers[i].Back(multipliers);
        }
        return [.. multipliers.Select((m, k) => m * (input[k] - baseline[k]))];
    }
}
