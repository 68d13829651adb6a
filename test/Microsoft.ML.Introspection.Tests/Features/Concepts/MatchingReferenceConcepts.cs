using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.ML.Introspection.Tests.Support;
using Tensor = Microsoft.ML.Introspection.Onnx.Tensor;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

/// <summary>Concept vectors and TCAV, by scikit-learn, PyTorch and scipy.</summary>
[TestClass]
public sealed class MatchingReferenceConcepts
{
    private const string Layer = "/features/features.12/MaxPool_output_0", Dense = "/classifier/classifier.1/Relu_output_0";
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_concepts");
    private static readonly IReadOnlyDictionary<string, Tensor> Experiments = References.Arrays("features_tcav");
    private static readonly Network Vgg = References.Network("vgg_tiny");

    [TestMethod]
    [DataRow("logistic_C1", SeparationLoss.Logistic, 1)]
    [DataRow("logistic_C0.01", SeparationLoss.Logistic, 0.01)]
    [DataRow("svm_C1", SeparationLoss.SquaredHinge, 1)]
    [DataRow("svm_C0.01", SeparationLoss.SquaredHinge, 0.01)]
    public void PlanesAreScikitLearns(string name, SeparationLoss loss, double cost)
    {
        var shows = Enumerable.Range(0, 40).Select(i => i < 20).ToList();
        var found = LinearSeparation.Fit(Expected["activations"].ToDouble(), 768, shows, loss, cost);
        Same(Expected[name].ToDouble(), found.Weights);
        var plane = Expected[name + "_plane"].ToDouble();
        Near.Equal(plane, [found.Intercept, found.Objective], 1e-9);
        Near.Equal(Expected[name + "_accuracy"].ToDouble()[0],
            shows.Index().Average(s => found.Score(Activations(0, 40).Row(s.Index)) > 0 == s.Item ? 1.0 : 0), 1e-12);
    }

    [TestMethod]
    [DataRow("logistic_C1", ConceptMethod.Logistic)]
    [DataRow("svm_C1", ConceptMethod.VectorMachine)]
    [DataRow("pattern", ConceptMethod.Pattern)]
    public void DerivativesAreThoseOfTheReference(string name, ConceptMethod method)
    {
        var concept = Learn(method);
        Same(Expected[name].ToDouble(), concept.Weights);
        var images = Images();
        foreach (var (function, told, label) in
            ((ConceptFunction, string, Target)[])[(ConceptFunction.Score, "logit", Target.Class(4)), (ConceptFunction.Loss, "loss", Target.Class(4))])
        {
            var expected = Expected[$"derivative_{told}_{name}"].ToDouble();
            // The reference's largest of all sixteen images is no smaller than that of these four.
            var found = GraphRunner.Run(Explanation.Compile(Vgg, new Ask(new ConceptSensitivity([concept], function), label)).Model,
                ("input", images))["attribution"].ToDouble();
            Near.Equal(expected, found, 1e-5 * expected.Largest(Math.Abs), told);
            using var rows = Rows(images);
            var gradients = LayerActivations.TakeGradients(Vgg, rows, [Layer], label, function)[0];
            var score = ConceptScore.Of(gradients, concept, function);
            Near.Equal(expected.Average(), score.Mean, 1e-5 * expected.Largest(Math.Abs));
            Assert.AreEqual(expected.Average(d => d > 0 == (function == ConceptFunction.Score) ? 1.0 : 0), score.Share);
        }
    }

    [TestMethod]
    public void ActivationsAreTakenAsTheyAre()
    {
        using var rows = Rows(Floats(Expected["concept_images"]));
        var found = LayerActivations.Take(Vgg, rows, [Layer])[0];
        Assert.AreEqual(2, found.Rows);
        CollectionAssert.AreEqual(new long[] { 48, 4, 4 }, found.Shape.ToArray());
        Near.Equal(Activations(0, 2).Values, found.Values, 1e-5);
        using var again = Rows(Floats(Expected["concept_images"]));
        var pooled = LayerActivations.Take(Vgg, again, [Layer], pooled: true)[0];
        Assert.IsTrue(pooled.IsPooled);
        Near.Equal(Enumerable.Range(0, 48).Select(c => found.Row(1).Slice(c * 16, 16).ToArray().Average()).ToArray(),
            pooled.Row(1).ToArray(), 1e-5);
    }

    [TestMethod]
    public void ExperimentsAreTestedAsScipyDoes()
    {
        var sets = Enumerable.Range(0, 11).Select(i => (IReadOnlyList<LayerActivations>)[Set("exp_random", i)]).ToList();
        var gradients = new LayerActivations(Dense, [64], Experiments["exp_gradient"].ToDouble());
        foreach (var comparesMeans in (bool[])[false, true])
        {
            var found = Tcav.Run([gradients], [new("stripes", [Set("exp_stripes", 0)]), new("red", [Set("exp_red", 0)])], sets,
                new TcavOptions
                {
                    Function = ConceptFunction.Loss, ComparesMeans = comparesMeans, Correction = TestCorrection.Bonferroni,
                    Learning = new ConceptOptions { HeldOut = 0 },
                });
            foreach (var result in found)
            {
                for (var i = 0; i < 10; i++)
                    Same(Experiments[$"exp_{result.Concept}_cavs"].ToDouble().AsSpan(i * 64, 64), result.Vectors[i].Weights);
                Near.Equal(Experiments[$"exp_{result.Concept}_scores"].ToDouble(), [.. result.Scores.Select(s => s.Share)], 1e-12);
                Near.Equal(Experiments["exp_random_scores"].ToDouble(), [.. result.RandomScores.Select(s => s.Share)], 1e-12);
                var means = Experiments[$"exp_{result.Concept}_means"].ToDouble();
                Near.Equal(means, [.. result.Scores.Select(s => s.Mean)], 1e-9 * means.Largest(Math.Abs));
                var expected = Experiments[$"exp_{result.Concept}_{(comparesMeans ? "mean" : "share")}_ttests"].ToDouble();
                // Of the references' own numbers to rounding; of vectors that were learnt again, as near as these are.
                var own = comparesMeans ? StudentTest.EqualVariances(means, Experiments["exp_random_means"].ToDouble()) : result.Test;
                Near.Equal(1, own.Statistic / expected[0], 1e-11, result.Concept);
                Near.Equal(1, own.Probability / expected[1], 1e-10, result.Concept);
                Near.Equal(1, result.Test.Statistic / expected[0], 1e-8, result.Concept);
                Near.Equal(1, result.Test.Probability / expected[1], 1e-8, result.Concept);
                Near.Equal(Math.Min(1, 2 * result.Test.Probability), result.Probability, 1e-15);
                Assert.AreEqual(result.Probability <= 0.05, result.IsSignificant);
            }
        }
        Assert.ThrowsExactly<ArgumentException>(() => Tcav.Run([gradients], [], sets[..2]));
    }

    [TestMethod]
    public void RelativeVectorsTellConceptsApart() => Same(Experiments["exp_relative_cav"].ToDouble(), ConceptVector.Learn(
        "stripes", Set("exp_stripes", 0), Set("exp_red", 0), new ConceptOptions { HeldOut = 0 }, "red").Weights);

    [TestMethod]
    public void FilesKeepWhatIsKnown()
    {
        using var folder = new TemporaryFolder();
        var concept = Learn(ConceptMethod.Logistic);
        var path = folder["stripes.json"];
        concept.Save(path);
        var again = ConceptVector.Load(Path.ChangeExtension(path, ".npy"));
        CollectionAssert.AreEqual(concept.Weights, again.Weights);
        Assert.AreEqual(concept with { Weights = again.Weights, Shape = again.Shape }, again);
        Finite.AtLeast(0.5, again.HeldOutAccuracy);
        File.WriteAllText(path, "{}");
        Assert.ThrowsExactly<InvalidDataException>(() => ConceptVector.Load(path));
        File.Delete(path);
        Assert.ThrowsExactly<FileNotFoundException>(() => ConceptVector.Load(path));
    }

    [TestMethod]
    public void WhatIsProjectedAwayIsSeenNoMore()
    {
        var (concept, images) = (Learn(ConceptMethod.Pattern), Images());
        var clean = Activations(20, 20);
        var changed = Network.From(ConceptProjection.Remove(Vgg, [concept], clean));
        // Behind the layer all is as if h − v(v·h − v·z) stood there.
        var seen = GraphRunner.Run(Explanation.Compile(Vgg, new Ask(new Activation(Layer))).Model, ("input", images))["attribution"];
        var (direction, mean) = (concept.Direction, Enumerable.Range(0, 768).Select(i =>
            Enumerable.Range(0, 20).Average(r => clean.Row(r)[i])).ToArray());
        double[] moved = [.. seen.ToDouble().Chunk(768).SelectMany(h =>
        {
            var away = TensorPrimitives.Dot<double>(h, direction) - TensorPrimitives.Dot<double>(mean, direction);
            return h.Select((v, i) => v - away * direction[i]);
        })];
        var graph = new Graph(Vgg.Opset);
        var inputs = Vgg.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var behind = graph.Input("h", ElementType.Float, Vgg.Trace(graph, inputs).Layer(Layer).Shape);
        var trace = Vgg.Trace(graph, inputs, new Dictionary<string, Value> { [Layer] = behind });
        var expected = GraphRunner.Run(trace.FileOutput(Vgg.OutputNames[0]),
            ("h", Tensor.FromDoubles(ElementType.Float, moved, 4, 48, 4, 4)), ("input", images));
        var found = GraphRunner.Run(ConceptProjection.Remove(Vgg, [concept], clean), ("input", images))[Vgg.OutputNames[0]];
        Near.Equal(expected.ToDouble(), found.ToDouble(), 1e-4);
        CollectionAssert.AreEqual(Vgg.OutputNames.ToArray(), changed.OutputNames.ToArray());
        // The changed network's score does not depend on the concept.
        var names = changed.Layers.Select(l => l.Output).ToHashSet();
        Assert.Contains(Layer, names);
        var sensitivity = GraphRunner.Run(
            Explanation.Compile(changed, new Ask(new ConceptSensitivity([concept]), Target.Class(4))).Model, ("input", images))["attribution"];
        Near.Equal([0, 0, 0, 0], sensitivity.ToDouble(), 1e-5);
    }

    [TestMethod]
    public void WhatDoesNotFitIsRefused()
    {
        var concept = Learn(ConceptMethod.Pattern);
        Assert.ThrowsExactly<ArgumentException>(() => new ConceptSensitivity([]));
        Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(
            References.Network("cnn_digits"), new Ask(new ConceptSensitivity([concept]), Target.Class(4))));
        Assert.ThrowsExactly<ArgumentException>(() => ConceptVector.Learn("a", Activations(0, 2), Set("exp_red", 0)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ConceptOptions { Cost = double.NaN });
        using var rows = Rows(Images());
        Assert.ThrowsExactly<ArgumentException>(() => LayerActivations.Take(Vgg, rows, ["nowhere"]));
    }

    private static ConceptVector Learn(ConceptMethod method) =>
        ConceptVector.Learn("stripes", Activations(0, 20), Activations(20, 20), new ConceptOptions { Method = method });

    private static LayerActivations Activations(int first, int rows) =>
        new(Layer, [48, 4, 4], Expected["activations"].ToDouble()[(first * 768)..((first + rows) * 768)]);

    private static LayerActivations Set(string name, int set) =>
        new(Dense, [64], Experiments[name].ToDouble()[(set * 24 * 64)..((set + 1) * 24 * 64)]);

    private static Tensor Images() => Floats(Expected["class_images"]);

    private static Tensor Floats(Tensor bytes) =>
        Tensor.From(Array.ConvertAll(bytes.ToInt64(), v => v / 255f), bytes.Dimensions);

    private static ArrayRows Rows(Tensor images) => ArrayRows.Of("images",
        [new("input", NpyArray.From(images.As<float>(), [.. images.Dimensions.ToArray().Select(d => (int)d)]))]);

    private static void Same(ReadOnlySpan<double> expected, ReadOnlySpan<double> found)
    {
        Assert.AreEqual(expected.Length, found.Length);
        Finite.AtLeast(1 - 1e-9, TensorPrimitives.CosineSimilarity(expected, found));
    }
}
