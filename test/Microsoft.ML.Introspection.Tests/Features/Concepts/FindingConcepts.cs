using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

/// <summary>Concepts that are found by factorisation, by scikit-learn, scipy, PyTorch and NumPy.</summary>
[TestClass]
public sealed class FindingConcepts
{
    private const string Layer = "/features/features.11/Relu_output_0";
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_factors");
    private static readonly Network Vgg = References.Network("vgg_tiny");
    private static readonly ConceptBank Bank = new(Layer, Expected["V_200"].ToDouble(), 48);
    private static readonly Tensor Images = Tensor.From(
        Array.ConvertAll(Expected["class_images"].ToInt64(), v => v / 255f), Expected["class_images"].Dimensions);

    [TestMethod]
    public void RowsAreEncodedInTheGraphAsOnTheHost()
    {
        // The reference has positions first: [rows, positions, concepts].
        var encoded = Expected["encoded"].ToDouble();
        double[] expected = [.. Enumerable.Range(0, encoded.Length).Select(i => encoded[(i / 256 * 64 + i % 64) * 4 + i / 64 % 4])];
        var size = expected.Largest();
        Near.Equal(expected, Read(new ConceptMaps(Bank)).ToDouble(), 1e-5 * size);
        using var rows = Rows(Images);
        Near.Equal(expected, Bank.Encode(LayerActivations.Take(Vgg, rows, [Layer])[0]), 1e-5 * size);
    }

    [TestMethod]
    public void ImportanceIsThatOfTheReference()
    {
        var expected = Expected["jansen"].ToDouble();
        Near.Equal(expected, Read(new ConceptImportance(Bank)).ToDouble(), 1e-4 * expected.Largest());
    }

    [TestMethod]
    public void MapsAreFactorisedAsDeepFeatureFactorisationDoes()
    {
        var network = References.Network("resnet_tiny_op17");
        const string layer = "/layer3/relu2/Relu_output_0";
        var digits = References.Arrays("features_statistics")["rows_images"].Head(3);
        using var rows = Rows(Tensor.From(Array.ConvertAll(digits.ToInt64(), v => v / 255f), digits.Dimensions));
        var maps = LayerActivations.Take(network, rows, [layer])[0];
        var smallest = Enumerable.Range(0, 64).Select(c => Enumerable.Range(0, 3).Min(r => maps.Row(r)[(c * 64)..((c + 1) * 64)].ToArray().Min()))
            .ToArray();
        double[] channels = [.. Enumerable.Range(0, 64).SelectMany(c =>
            Enumerable.Range(0, 3).SelectMany(r => maps.Row(r)[(c * 64)..((c + 1) * 64)].ToArray().Select(v => v - smallest[c])))];
        var found = NonNegativeFactorization.Fit(channels, 192, 3, new FactorizationOptions { Steps = 50, Tolerance = 0 },
            Expected["dff_W0"].ToDouble(), Expected["dff_H0"].ToDouble());
        var (concepts, expected) = (Expected["dff_concepts"].ToDouble(), Expected["dff_maps"].ToDouble());
        Near.Equal(concepts, found.Left, 1e-5 * concepts.Largest());
        Near.Equal(expected, [.. Enumerable.Range(0, 576).Select(i => found.Right[i / 64 % 3 * 192 + i / 192 * 64 + i % 64])],
            1e-5 * expected.Largest());
        var bank = new ConceptBank(layer, [.. Enumerable.Range(0, 192).Select(i => concepts[i % 64 * 3 + i / 64])], 64);
        var logits = Expected["dff_logits"].ToDouble();
        Near.Equal(logits, bank.Scores(network).ToDouble(), 1e-5 * logits.Largest(Math.Abs));
    }

    [TestMethod]
    public void PartsThatALayerLikensAreThoseOfTheReference()
    {
        var ace = References.Arrays("features_ace");
        var (features, images) = (Expected["ace_features"].ToDouble(), ace["ace_image_of_row"].ToInt64());
        SameConcepts(FoundConcepts.Of(new LayerActivations(Layer, [48], features, true), images, Ace()), ace);
        Assert.IsEmpty(FoundConcepts.Of(new LayerActivations(Layer, [48], features, true), images, Ace() with { Least = 47 }));

        // And from the pictures on: parts on the authors' ground, enlarged by a cubic (the reference rounds to bytes on the way).
        long[] rows = [2, 4, 7, 29, 31, 36, 38, 54, 88, 95, 99, 100, 112, 127, 137, 146];
        var bytes = References.Arrays("features_statistics")["rows_images"];
        using var all = Rows(Tensor.From(Array.ConvertAll(bytes.ToInt64(), v => v / 255f), bytes.Dimensions));
        var kept = ExampleRows.Read(Vgg, all, rows);
        var labels = ace["ace_segments"].ToInt64();
        var parts = ImageParts.Segments(kept, _ => labels, [117 / 255.0, 117 / 255.0, 117 / 255.0]);
        CollectionAssert.AreEqual(Array.ConvertAll(images, i => rows[i]), parts.Places.Select(p => p.Row).ToArray());
        Assert.AreEqual(new ImagePart(2, 11, 11, 11, 11), parts.Places[4]);
        var patch = ace["ace_patch_0_4"].ToInt64();
        var seen = kept.Seen(2).ToDouble();
        Near.Equal(Array.ConvertAll(patch, v => v / 255.0), [.. Enumerable.Range(0, patch.Length).Select(i =>
            seen[(i / 121 * 32 + 11 + i / 11 % 11) * 32 + 11 + i % 11])], 1e-6);
        using var cut = parts.AsRows(Vgg);
        var taken = LayerActivations.Take(Vgg, cut, [Layer], pooled: true)[0];
        Near.Equal(features, taken.Values, 0.02 * features.Largest());
        SameConcepts(FoundConcepts.Of(Vgg, parts, Layer, Ace()), ace, inOrder: false);
        Assert.Contains("3 channels", Assert.ThrowsExactly<ArgumentException>(() => ImageParts.Segments(kept, _ => labels, [0.5])).Message);
        Assert.Contains("32 × 32", Assert.ThrowsExactly<ArgumentException>(() => ImageParts.Segments(kept, _ => [1])).Message);

        static FoundConceptOptions Ace() => new() { Least = 8, Most = 40, Centres = Expected["kmeans_init"].ToDouble() };
    }

    // Clusters that the reference keeps, by their numbers of members, with the rows nearest to their centres.
    private static void SameConcepts(IReadOnlyList<FoundConcept> found, IReadOnlyDictionary<string, Tensor> ace, bool inOrder = true)
    {
        var clusters = ace["ace_clusters"].ToInt64().Chunk(3).ToArray();
        var nearest = ace["ace_nearest"].ToInt64().Chunk(40).Select(c => c.Where(i => i >= 0).Select(i => (int)i).ToArray()).ToArray();
        int[] kept = [.. Enumerable.Range(0, clusters.Length).Where(c => clusters[c][2] == 1).OrderByDescending(c => clusters[c][0]).ThenBy(c => c)];
        Assert.HasCount(kept.Length, found);
        foreach (var (cluster, concept) in kept.Zip(found))
        {
            if (inOrder)
                CollectionAssert.AreEqual(nearest[cluster], concept.Members.ToArray());
            // What is nearest of more than are kept hangs on bytes.
            else if (clusters[cluster][0] <= 40)
                CollectionAssert.AreEquivalent(nearest[cluster], concept.Members.ToArray());
        }
    }

    [TestMethod]
    public void WhatIsLearntRebuildsTheMaps()
    {
        using var rows = Rows(Images);
        var activations = LayerActivations.Take(Vgg, rows, [Layer])[0];
        var (bank, maps) = ConceptBank.Learn(activations, 6, new FactorizationOptions { Steps = 2000, Tolerance = 1e-6 }, subtractsMinimum: true);
        Assert.AreEqual(6, bank.Count);
        var (difference, whole) = (0.0, 0.0);
        for (var row = 0; row < 3; row++)
        {
            for (var i = 0; i < activations.Width; i++)
            {
                var rebuilt = bank.Offset![i / 64];
                for (var k = 0; k < 6; k++)
                    rebuilt += maps[(row * 6 + k) * 64 + i % 64] * bank.Vectors[k * 48 + i / 64];
                difference += Math.Pow(activations.Row(row)[i] - rebuilt, 2);
                whole += Math.Pow(activations.Row(row)[i], 2);
            }
        }
        Finite.Below(0.6, Math.Sqrt(difference / whole));
        var encoded = bank.Encode(activations);
        Finite.AtLeast(0, encoded.Min());
        Assert.ThrowsExactly<ArgumentException>(() => ConceptBank.Learn(activations, 49));
        Assert.ThrowsExactly<ArgumentException>(() => new ConceptBank(Layer, [-1, 0], 2));
    }

    private static Tensor Read(Reading reading) => GraphRunner.Run(
        Explanation.Compile(Vgg, new Ask(reading, Target.Class(4))).Model, (Vgg.Inputs[0].Name, Images))["attribution"];

    private static ArrayRows Rows(Tensor images) => ArrayRows.Of("images",
        [new("input", NpyArray.From(images.As<float>(), [.. images.Dimensions.ToArray().Select(d => (int)d)]))]);
}
