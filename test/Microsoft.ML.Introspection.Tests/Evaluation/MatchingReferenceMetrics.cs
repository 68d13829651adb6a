using Microsoft.ML.Introspection.Conformance;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

/// <summary>
/// Metrics of explanations by Quantus, Captum, scikit-learn, or the papers' formulas; whole cases run in test/Conformance.
/// </summary>
[TestClass]
public sealed class MatchingReferenceMetrics
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "evaluation"),
        Sanity = Path.Combine(AppContext.BaseDirectory, "data", "sanity");

    [TestMethod]
    [DataRow("cnn_digits", 70)]
    [DataRow("mlp_breast_cancer", 45)]
    [DataRow("vgg_tiny", 40)]
    [DataRow("edges", 25)]
    [DataRow("tables", 8)]
    public void NumbersAreThoseOfTheReference(string name, int atLeast)
    {
        EvaluationMetrics.Result[] results = [.. EvaluationMetrics.Of(Folder, name + "/")];
        Assert.IsTrue(results.Length >= atLeast, $"{results.Length} arrays were compared.");
        Assert.AreEqual("", string.Join('\n', results.Where(r => !r.IsRight)));
    }

    [TestMethod]
    [DataRow("pairs", 20)]
    [DataRow("cnn_digits", 30)]
    public void RandomisedNetworksAndSimilaritiesAreThoseOfTheReference(string name, int atLeast)
    {
        EvaluationMetrics.Result[] results = [.. SanityChecks.Of(Sanity, name + "/")];
        Assert.IsTrue(results.Length >= atLeast, $"{results.Length} arrays were compared.");
        Assert.AreEqual("", string.Join('\n', results.Where(r => !r.IsRight)));
    }

    [TestMethod]
    [DataRow("planted", 36)]
    [DataRow("vgg_lrp", 35)]
    public void ClustersOfMapsAreThoseOfTheReference(string name, int atLeast)
    {
        EvaluationMetrics.Result[] results =
            [.. MapClusters.Of(Path.Combine(AppContext.BaseDirectory, "data", "clusters"), name + "/")];
        Assert.IsTrue(results.Length >= atLeast, $"{results.Length} arrays were compared.");
        Assert.AreEqual("", string.Join('\n', results.Where(r => !r.IsRight)));
    }
}
