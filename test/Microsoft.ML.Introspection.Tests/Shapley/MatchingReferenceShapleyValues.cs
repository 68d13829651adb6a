using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Shapley values of independent origin, by enumeration and by the shap library.</summary>
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
        var (network, arrays, reference) =
            (References.Network(model + "_emb"), References.Arrays(model), References.Arrays("shapley_" + model));
        var method = new ExactShap { Groups = Tensor.From([.. Enumerable.Range(0, 12).Select(i => (long)i)], 12, 1) };
        AreClose(reference["shapley_exact_tokens"], Explained.Run(network, method, arrays["input"].ToFloats(), arrays["target"]));
    }

    [TestMethod]
    [DataRow("transformer_text")]
    [DataRow("lstm_text")]
    public void Token_numbers_as_features_of_a_black_box(string model)
    {
        var (arrays, expected) = (References.Arrays(model), References.Arrays("shapley_" + model)["shapley_exact_tokens"].ToDouble());
        using var scorer = new NetworkScorer(References.Network(model), runtime: new RuntimeOptions { Threads = 1 });
        var found =
            new BlackBox(scorer, new float[12]).Explain(new ExactShap(), Array.ConvertAll(arrays["token_ids"].ToInt64(), i => (float)i));
        for (var row = 0; row < 4; row++)
            KeepingShapleyAxioms.AreClose(expected[(row * 12)..(row * 12 + 12)],
                found.Of(row, (int)arrays["target"].ToInt64()[row]).ToArray(), 2e-5);
    }

    [TestMethod]
    public void Kernel_SHAP_agrees_with_the_library_as_far_as_both_sample()
    {
        // shap's own values are a sample: of 100,000 coalitions of 30 features, and of 20,000 for the background. On these networks it is
        // as far from a regression on 400,000 coalitions as ours is with as many samples as it has.
        foreach (var (name, background) in ((string, bool)[])[("mlp_breast_cancer", false), ("mlp_breast_cancer", true),
            ("mlp_breast_cancer_tanh", false)])
        {
            var (arrays, reference) = (References.Arrays(name), References.Arrays("shapley_" + name));
            using var scorer = new NetworkScorer(References.Network(name), runtime: new RuntimeOptions { Threads = 1 });
            var expected = reference[background ? "kernelshap_bg20" : "kernelshap_zero"];
            var box = new BlackBox(scorer, background ? reference["shapley_background"].As<float>() : new float[30]);
            var rows = (int)expected.Dimensions[0];
            var found = box.Explain(new KernelShap(20_000), arrays["input"].As<float>()[..(rows * 30)]);
            double[] chosen =
                [.. Enumerable.Range(0, rows).SelectMany(row => found.Of(row, (int)arrays["target"].ToInt64()[row]).ToArray())];
            Finite.Below(0.045, Near.Error(chosen, expected.ToDouble()), name);
        }
    }

    internal static Tensor Measurements { get; } = Tensor.From([.. Enumerable.Range(0, 30).Select(i => (long)(i % 10))], 30);

    private static void AreClose(Tensor expected, Tensor actual) =>
        Finite.Below(2e-5, References.RowErrors(expected.ToFloats(), actual).Largest());
}
