using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>What texts make of expected gradients, LIME and influence.</summary>
[TestClass]
public sealed class NamingShapleyMethods
{
    [TestMethod]
    public void Options_reach_the_methods()
    {
        Assert.AreEqual(new GradientShap(12, GradientShapDraws.Quadrature, 4) { Baseline = Baseline.Constant(0.5), Noise = 0.25 },
            Made("gradient-shap", ("samples", "12"), ("draws", "quadrature"), ("seed", "4"), ("baseline", "0.5"), ("input-noise", "0.25")));
        Assert.AreEqual(new GradientShap(Draws: GradientShapDraws.Independent), Made("gradient-shap", ("draws", "independent")));
        Assert.AreEqual(new DeepShap { Baseline = Baseline.Blurred(2), Rule = DeepLiftRule.RevealCancel },
            Made("deep-shap", ("baseline", "blur:2"), ("rule", "reveal-cancel")));
        Assert.AreEqual(new Lime(50, 3) { Sampling = LimeSampling.Counts, KernelWidth = 0.5, Ridge = 2 },
            Made("lime", ("samples", "50"), ("seed", "3"), ("sampling", "counts"), ("kernel-width", "0.5"), ("ridge", "2")));
        Assert.AreEqual(new Qii(QiiMeasure.Unary, 7, 2), Made("qii", ("measure", "unary"), ("samples", "7"), ("seed", "2")));
        Assert.AreEqual(new Qii(QiiMeasure.Banzhaf), Made("qii", ("measure", "banzhaf")));
    }

    [TestMethod]
    public void Defaults_are_those_of_the_library()
    {
        Assert.AreEqual(new GradientShap(), Made("gradient-shap"));
        Assert.AreEqual(new DeepShap(), Made("deep-shap"));
        Assert.AreEqual(new Lime(), Made("lime"));
        Assert.AreEqual(new Qii(), Made("qii"));
    }

    [TestMethod]
    public void Groups_can_be_hidden_by_their_means()
    {
        using var folder = new TemporaryFolder();
        NpyArray.From((long[])[0, 0, 1, 1], 1, 2, 2).Save(folder["groups.npy"]);
        var lime = (Lime)Made("lime", ("groups", folder["groups.npy"]), ("baseline", "means"));
        Assert.AreEqual("means of 2 groups", lime.Baseline.ToString());
        var error = Assert.ThrowsExactly<ArgumentException>(() => Made("lime", ("baseline", "means")));
        StringAssert.Contains(error.Message, "give the option 'groups'");
    }

    private static AttributionMethod Made(string name, params (string, string)[] options) =>
        MethodCatalog.Create(name, options.ToDictionary(o => o.Item1, o => o.Item2));
}
