using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Networks;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Shapley values by enumeration, of independent origin, against those that a graph computes.</summary>
[TestClass]
public sealed class MatchingReferenceShapleyValues
{
    [TestMethod]
    [DataRow("mlp_breast_cancer")]
    [DataRow("mlp_breast_cancer_tanh")]
    public void Groups_of_measurements(string model)
    {
        var (network, arrays, reference) = (References.Network(model), References.Arrays(model), References.Arrays("shapley_" + model));
        var method = new ExactShap { Groups = Measurements };
        AreClose(reference["shapley_exact"], Explained.Run(network, method, arrays["input"], arrays["target"]));
        var background = method with { Baseline = Baseline.Given(reference["shapley_background"]) };
        AreClose(reference["shapley_exact_background"], Explained.Run(network, background, arrays["input"], arrays["target"]));
    }

    [TestMethod]
    [DataRow("cnn_digits")]
    [DataRow("vgg_tiny")]
    public void Cells_of_images(string model)
    {
        var (network, arrays, reference) = (References.Network(model), References.Arrays(model), References.Arrays("shapley_" + model));
        var method = new ExactShap { Groups = reference["shapley_exact_mask"] };
        AreClose(reference["shapley_exact"], Explained.Run(network, method, arrays["input"], arrays["target"]));
    }

    [TestMethod]
    [DataRow("transformer_text")]
    [DataRow("lstm_text")]
    public void Words_of_sentences(string model)
    {
        // The padding token's embedding is zero.
        var (network, arrays, reference) = (References.Network(model + "_emb"), References.Arrays(model), References.Arrays("shapley_" + model));
        var method = new ExactShap { Groups = Tensor.From([.. Enumerable.Range(0, 12).Select(i => (long)i)], 12, 1) };
        AreClose(reference["shapley_exact_tokens"], Explained.Run(network, method, arrays["input"].ToFloats(), arrays["target"]));
    }

    internal static Tensor Measurements { get; } = Tensor.From([.. Enumerable.Range(0, 30).Select(i => (long)(i % 10))], 30);

    private static void AreClose(Tensor expected, Tensor actual) =>
        Assert.IsLessThan(2e-5, References.RowErrors(expected.ToFloats(), actual).Max(), string.Join(", ", References.RowErrors(expected.ToFloats(), actual)));
}
