using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Relevance in a network of Keras against iNNvestigate (see <c>test/data/README.md</c>).</summary>
[TestClass]
public sealed class MatchingKerasRelevance
{
    private static readonly Dictionary<string, RelevanceComposite> Composites = new()
    {
        ["deep_taylor"] = RelevanceComposite.DeepTaylorUnbounded(),
        ["preset_a"] = RelevanceComposite.EpsilonPlus(0.1),
        ["alpha2_beta1"] = RelevanceComposite.Uniform(RelevanceRules.AlphaBeta() with { Stabilizer = 1e-9 }),
        ["zero"] = RelevanceComposite.Uniform(RelevanceRules.Zero),
    };

    [TestMethod]
    [DataRow("deep_taylor", 1e-4)]
    [DataRow("preset_a", 1e-4)]
    // Sums of what speaks against come near zero, where our stabiliser of 1e-6 would be seen, and single precision is.
    [DataRow("alpha2_beta1", 2e-3)]
    [DataRow("zero", 1e-4)]
    public void Composites_give_what_iNNvestigate_gives(string array, double tolerance)
    {
        var arrays = References.Arrays("keras_vgg_tiny");
        var network = ModelFile.LoadNetwork(References.TreeFile("keras_vgg_tiny.h5"));
        var given = Explained.Run(network, new LayerwiseRelevance(Composites[array]), arrays["images"], arrays["target"]);
        var expected = arrays[array].ToDouble();
        Near.Equal(expected, given.ToDouble(), tolerance * expected.Select(Math.Abs).Largest());
    }
}
