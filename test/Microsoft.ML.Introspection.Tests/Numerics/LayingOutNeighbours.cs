using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Numerics;

[TestClass]
public sealed class LayingOutNeighbours
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("tsne");

    private static double[] Maps => Expected["pooled"].Head(50).ToDouble();

    [TestMethod]
    public void ProbabilitiesDivergenceAndGradientAreThoseOfScikitLearn()
    {
        var wanted = Expected["tsne_joint_probabilities_f64"].ToDouble();
        var found = TSne.JointProbabilities(TSne.SquaredDistances(Maps, 50), 50, 10);
        Near.Equal(1, found.Sum(), 1e-12);
        Finite.AtMost(1e-6, wanted.Zip(found, (a, b) => Math.Abs(a - b)).Largest());
        var (divergence, gradient) = TSne.Divergence(wanted, Expected["tsne_points"].ToDouble());
        Near.Equal(Expected["tsne_kl_f64"].ToDouble()[0], divergence, 1e-9);
        Near.Equal(Expected["tsne_gradient_f64"].ToDouble(), gradient, 1e-9);
    }

    [TestMethod]
    public void TheGradientIsThatOfFiniteDifferences()
    {
        var (probabilities, points) = (Expected["tsne_joint_probabilities_f64"].ToDouble(), Expected["tsne_points"].ToDouble());
        var gradient = TSne.Divergence(probabilities, points).Gradient;
        foreach (var place in (int[])[0, 33, 99])
        {
            double At(double by) =>
                TSne.Divergence(probabilities, [.. points.Select((p, i) => i == place ? p + by : p)]).Divergence;
            Near.Equal((At(1e-5) - At(-1e-5)) / 2e-5, gradient[place], 1e-5);
        }
    }

    [TestMethod]
    public void GroupsComeApartAndTheSameRowsGiveTheSameLayout()
    {
        var random = new Random(3);
        double[] rows = [.. Enumerable.Range(0, 90 * 6).Select(i => (i / 6 % 3 == i % 6 ? 10 : 0) + random.NextDouble())];
        var found = TSne.Embed(rows, 90, new TSneOptions { Perplexity = 10, Steps = 1000 });
        CollectionAssert.AreEqual(found, TSne.Embed(rows, 90, new TSneOptions { Perplexity = 10, Steps = 1000 }));
        for (var i = 0; i < 90; i++)
        {
            int Nearest(Func<int, double> distance) => Enumerable.Range(0, 90).Where(j => j != i).MinBy(distance);
            var near = Nearest(j => Math.Pow(found[2 * i] - found[2 * j], 2) + Math.Pow(found[2 * i + 1] - found[2 * j + 1], 2));
            Assert.AreEqual(i % 3, near % 3);
        }
    }

    [TestMethod]
    public void WhatCannotBeLaidOutIsRefused()
    {
        Assert.Contains("perplexity", Assert.ThrowsExactly<ArgumentException>(() => TSne.JointProbabilities(new double[9], 3, 3)).Message);
        Assert.Contains("Finite", Assert.ThrowsExactly<ArgumentException>(() => TSne.Embed([1, double.NaN], 2)).Message);
        Assert.Contains("rows", Assert.ThrowsExactly<ArgumentException>(() => TSne.Embed([1, 2, 3], 2)).Message);
        Finite.All(TSne.Embed(new double[20], 10, new TSneOptions { Perplexity = 3, Steps = 50 }));
    }
}
