using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// Sobol and HSIC attribution from the masks of Xplique 2.0.2 (<c>test/data/reference/sensitivity</c>): the whole chain, and the measures
/// from given scores in double precision.
/// </summary>
[TestClass]
public sealed class MatchingReferenceSensitivity
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("sensitivity");

    [TestMethod]
    [DataRow("jansen", SobolEstimator.Jansen)]
    [DataRow("homma", SobolEstimator.Homma)]
    [DataRow("janon", SobolEstimator.Janon)]
    [DataRow("glen", SobolEstimator.Glen)]
    public void Sobol_from_given_masks(string name, SobolEstimator estimator)
    {
        foreach (var sampler in (string[])["tfsobol", "halton", "lhs"])
        {
            var method = new SobolAttribution(16, estimator) { Grid = 4, Given = Expected[$"masks_{sampler}_rs_g4_ab"], Upsample = false };
            Check(method, $"sobol_{name}_{sampler}_rs_g4", "");
        }
    }

    [TestMethod]
    [DataRow("binary", HsicKernel.Binary, "tfsobol_bin")]
    [DataRow("binary", HsicKernel.Binary, "lhs_bin")]
    [DataRow("rbf", HsicKernel.Rbf, "halton")]
    [DataRow("sobolev", HsicKernel.Sobolev, "halton")]
    public void Hsic_from_given_masks(string name, HsicKernel kernel, string sampler)
    {
        var masks = Expected[$"masks_{sampler}_g4"];
        var method = new HsicAttribution(100, kernel) { Grid = 4, Given = masks, Upsample = false };
        Check(method, $"hsic_{name}_{sampler}_g4", "");
        for (var row = 0; row < 2; row++)
        {
            var scores = Expected[$"scores_{sampler}_g4_row{row}_f64"];
            var graph = new Graph();
            var given = graph.Input("scores", ElementType.Double, Shape.Of(1, 100));
            var table = graph.Constant(Tensor.FromDoubles(ElementType.Double, masks.ToDouble(), 100, 16));
            var found = HsicAttribution.Dependence(kernel, given, table);
            using var session = new ModelSession(graph.ToModel([("found", found)]));
            var result = session.Run(new Dictionary<string, Tensor> { ["scores"] = scores.Reshaped(1, 100) })["found"].ToDouble();
            Near.Relative(Expected[$"hsic_{name}_{sampler}_g4_row{row}_f64"].ToDouble(), result, 1e-10, name, sampler);
        }
    }

    [TestMethod]
    public void Maps_are_enlarged_as_by_tensorflow()
    {
        Check(new SobolAttribution(16) { Grid = 4, Given = Expected["masks_tfsobol_rs_g4_ab"] }, "sobol_jansen_tfsobol_rs_g4", "_enlarged");
        Check(new HsicAttribution(100) { Grid = 4, Given = Expected["masks_tfsobol_bin_g4"] }, "hsic_binary_tfsobol_bin_g4", "_enlarged");
    }

    [TestMethod]
    public void Tables_have_a_cell_for_each_feature_and_what_does_not_fit_is_named()
    {
        var network = References.Network("mlp_breast_cancer");
        using var session = new ModelSession(Explanation.Compile(network, new SobolAttribution(8)));
        var input = Tensor.Filled(ElementType.Float, 1, 2, network.DefaultInput.Shape![1].Value);
        var found = session.Run(new Dictionary<string, Tensor> { [network.DefaultInput.Name] = input })["attribution"];
        CollectionAssert.AreEqual(input.Dimensions.ToArray(), found.Dimensions.ToArray());
        Assert.IsTrue(found.ToDouble().All(v => v >= 0) && found.ToDouble().Any(v => v > 0));
        var wrong = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(References.Network("cnn_digits"), new HsicAttribution(7) { Given = input }));
        StringAssert.Contains(wrong.Message, "[7, 64] was expected");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new SobolAttribution(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new HsicAttribution { Grid = 0 });
    }

    private static void Check(AttributionMethod method, string name, string ending)
    {
        var network = References.Network("cnn_digits");
        using var session = new ModelSession(Explanation.Compile(network, method, Target.Label("label")));
        var found = session.Run(new Dictionary<string, Tensor>
        {
            [network.DefaultInput.Name] = Expected["input"], ["label"] = Tensor.From(Expected["target"].ToInt64(), 2, 1),
        })["attribution"].ToDouble();
        for (var row = 0; row < 2; row++)
        {
            var expected = Expected[$"{name}_row{row}{ending}"].ToDouble();
            Near.Relative(expected, found.AsSpan(row * expected.Length, expected.Length).ToArray(), 1e-4, name, $"row {row}");
        }
    }
}
