using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Explanations averaged over several networks of the same inputs.</summary>
[TestClass]
public sealed class AveragingOverNetworks
{
    [TestMethod]
    public void The_mean_of_each_networks_attributions()
    {
        var (first, second, input) = (References.Network("mlp_breast_cancer"), References.Network("mlp_breast_cancer_tanh"),
            References.Arrays("mlp_breast_cancer")["input"]);
        foreach (var method in (AttributionMethod[])[new IntegratedGradients(10), new Smooth(new Saliency(), 5), new FeatureAblation()])
        {
            var (one, two) = (Explained.Run(first, method, input, 1).ToDouble(), Explained.Run(second, method, input, 1).ToDouble());
            float[] expected = [.. one.Zip(two, (a, b) => (float)((a + b) / 2))];
            TensorAssert.AreClose(Tensor.From(expected, input.Dimensions), Explained.Run(first, new Ensemble(method, second), input, 1),
                1e-5, method.ToString());
        }
    }

    [TestMethod]
    public void Smoothing_an_average_is_averaging_what_is_smooth()
    {
        var (first, second, input) = (References.Network("mlp_breast_cancer"), References.Network("mlp_breast_cancer_tanh"),
            References.Arrays("mlp_breast_cancer")["input"]);
        TensorAssert.AreClose(
            Explained.Run(first, new Ensemble(new Smooth(new Saliency(), 5), second), input),
            Explained.Run(first, new Smooth(new Ensemble(new Saliency(), second), 5), input), 1e-5);
    }

    [TestMethod]
    public void The_gap_is_the_mean_gap()
    {
        var (first, second, input) = (References.Network("mlp_breast_cancer"), References.Network("mlp_breast_cancer_tanh"),
            References.Arrays("mlp_breast_cancer")["input"].Head(2));
        var labels = Tensor.Filled(ElementType.Int64, 1, 2, 1);
        double[] Gap(Network network, AttributionMethod method) =>
            Explained.Outputs(network, method, input, labels, "gap")["gap"].ToDouble();
        var method = new IntegratedGradients(3, Quadrature.RiemannLeft);
        var (one, two, both) = (Gap(first, method), Gap(second, method), Gap(first, new Ensemble(method, second)));
        for (var row = 0; row < 2; row++)
            Near.Equal((one[row] + two[row]) / 2, both[row], 1e-4);
        Finite.Above(1e-3, both.Largest(Math.Abs));
    }

    [TestMethod]
    public void Networks_of_other_inputs_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(References.Network("mlp_breast_cancer"), new Ensemble(new Saliency(), References.Network("cnn_digits"))));
        StringAssert.Contains(error.Message, "different inputs");
        Assert.ThrowsExactly<ArgumentException>(() => new Ensemble(new Saliency()));
    }
}
