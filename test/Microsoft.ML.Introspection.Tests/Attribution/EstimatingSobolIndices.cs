using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

[TestClass]
public sealed class EstimatingSobolIndices
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_sobol");

    [TestMethod]
    [DataRow("sobol_16x32", PointSequence.Sobol, 1, 21)]
    [DataRow("halton_16x32", PointSequence.Halton, 0, 32)]
    public void PointsAreThoseOfOtherLibraries(string name, PointSequence sequence, int first, int known)
    {
        // The reference holds the first 16 dimensions of all points, then the last 16.
        var (table, points) = (Expected[name].ToDouble(), sequence.Points(16, 32, first));
        for (var dimension = 0; dimension < known; dimension++)
        {
            for (var i = 0; i < 16; i++)
                Near.Equal(table[(dimension / 16 * 16 + i) * 16 + dimension % 16], points[i * 32 + dimension], 1e-7, $"{dimension}");
        }
    }

    [TestMethod]
    [DataRow(PointSequence.Sobol)]
    [DataRow(PointSequence.LatinHypercube)]
    public void EveryDimensionFillsItsIntervalsOnce(PointSequence sequence)
    {
        const int count = 64, dimensions = 300;
        var points = sequence.Points(count, dimensions);
        for (var dimension = 0; dimension < dimensions; dimension++)
        {
            var places = Enumerable.Range(0, count).Select(i => (int)(points[i * dimensions + dimension] * count)).Order();
            CollectionAssert.AreEqual(Enumerable.Range(0, count).ToArray(), places.ToArray(), $"dimension {dimension}");
        }
        var half = sequence.Points(count / 2, dimensions, count / 2);
        if (sequence == PointSequence.Sobol)
            CollectionAssert.AreEqual(points[(count / 2 * dimensions)..], half);
    }

    [TestMethod]
    public void DesignsReplaceOneColumn()
    {
        var masks = Expected["masks"].ToDouble();
        var designs = SobolIndices.Designs(PointSequence.Halton.Points(32, 8), 4);
        Near.Equal(masks, designs, 1e-7);
    }

    [TestMethod]
    [DataRow("jansen", SobolEstimator.Jansen)]
    [DataRow("homma", SobolEstimator.Homma)]
    [DataRow("janon", SobolEstimator.Janon)]
    [DataRow("glen", SobolEstimator.Glen)]
    public void EstimatesAreThoseOfTheReference(string name, SobolEstimator estimator)
    {
        var (outputs, expected) = (Expected["outputs"], Expected[name].ToDouble());
        Near.Equal(expected, Total(estimator, outputs, 4, 32), 1e-10);
        Near.Equal(expected, Total(estimator, outputs.ToFloats(), 4, 32), 1e-4);
    }

    [TestMethod]
    [DataRow(SobolEstimator.Jansen)]
    [DataRow(SobolEstimator.Homma)]
    [DataRow(SobolEstimator.Janon)]
    [DataRow(SobolEstimator.Glen)]
    public void EstimatesApproachWhatIsTrue(SobolEstimator estimator)
    {
        // Of 2x + y·z + 0·w over the cube, by its variances: V = 4/12 + 7/144; z and y share what is theirs.
        const int n = 4096;
        var designs = SobolIndices.Designs(PointSequence.Sobol.Points(n, 8, 1), 4);
        double[] scores = [.. Enumerable.Range(0, 6 * n)
            .Select(i => 2 * designs[i * 4] + designs[i * 4 + 1] * designs[i * 4 + 2])];
        const double variance = 4.0 / 12 + 7.0 / 144;
        double[] expected = [4.0 / 12 / variance, 4.0 / 144 / variance, 4.0 / 144 / variance, 0];
        Near.Equal(expected, Total(estimator, Tensor.From(scores, 1, scores.Length), 4, n), 0.01);
    }

    [TestMethod]
    [DataRow(SobolEstimator.Jansen)]
    [DataRow(SobolEstimator.Homma)]
    [DataRow(SobolEstimator.Janon)]
    [DataRow(SobolEstimator.Glen)]
    public void WhatNeverVariesHasNoPart(SobolEstimator estimator) =>
        Near.Equal([0, 0], Total(estimator, Tensor.Filled(ElementType.Float, 3.1, 1, 12), 2, 3), 0);

    [TestMethod]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => SobolIndices.Designs(new double[7], 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => PointSequence.Sobol.Points(1, 5000));
        Assert.ThrowsExactly<ArgumentException>(() => Total(SobolEstimator.Jansen, Tensor.Filled(ElementType.Float, 1, 1, 4), 2, 1));
    }

    // Of scores of the designs A, B, C₁, …, shape [rows, (players + 2)·n].
    private static double[] Total(SobolEstimator estimator, Tensor scores, int players, int n)
    {
        var graph = new Graph();
        var all = graph.Input("scores", scores.Type, Shape.Of([-1, (players + 2) * n]));
        var c = all.Slice([2 * n], [(players + 2) * n], [1]).Reshape(-1, players, n);
        return GraphRunner.Run(estimator.Total(all.Slice([0], [n], [1]), c), ("scores", scores)).ToDouble();
    }
}
