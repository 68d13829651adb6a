using Microsoft.ML.Introspection.Features;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class FindingPrototypes
{
    private const int Channels = 6, Count = 60, Odd = 17;

    // Class 0 comes about by channel 0 or (a third of it) by 1, class 1 by 2 alone; one row of it by channel 5.
    private static LayerActivations Relevances()
    {
        var random = new Random(5);
        var values = new double[Count * Channels];
        for (var i = 0; i < values.Length; i++)
            values[i] = (i % Channels == Way(i / Channels) ? 0.8 : 0.04) + 0.01 * random.NextDouble();
        return new("layer", [Channels], values);
    }

    private static int Way(int row) => row == Odd ? 5 : Class(row) == 1 ? 2 : row % 3 == 0 ? 1 : 0;

    private static int Class(int row) => row % 2;

    private static readonly int[] Classes = [.. Enumerable.Range(0, Count).Select(Class)];

    [TestMethod]
    public void WaysOfAClassAreFoundAndAnOddRowStandsOut()
    {
        var found = ClassPrototypes.Of(Relevances(), Classes, new() { Count = 2, Nearest = 3 });
        var first = found.All.Where(p => p.Class == 0).ToList();
        CollectionAssert.AreEqual(new[] { 0, 1 }, first.Select(p => p.Number).ToArray());
        Near.Equal([2.0 / 3, 1.0 / 3], [.. first.Select(p => p.Share)], 1e-6);
        foreach (var prototype in first)
        {
            CollectionAssert.AreEqual(Enumerable.Range(0, Count).Where(r => Class(r) == 0 && Way(r) == prototype.Number).ToArray(),
                prototype.Rows.ToArray());
            Finite.AtLeast(0.8, prototype.Centre[prototype.Number]);
            Assert.HasCount(3, prototype.Nearest);
        }
        // Nearest first.
        var relevances = Relevances();
        double Apart(int row, ClassPrototype to) => Math.Sqrt(to.Centre.Index().Sum(c => Math.Pow(c.Item - relevances.Row(row)[c.Index], 2)));
        Near.Equal(first[0].Rows.Min(r => Apart(r, first[0])), Apart(first[0].Nearest[0], first[0]), 0);
        foreach (var row in first[0].Rows)
            Near.Equal(Apart(row, first[0]), found.Distances[row], 1e-12);
        var (distance, likelihood) = found.Score(relevances.Row(4), 0);
        Near.Equal([found.Distances[4], found.LogLikelihoods[4]], [distance, likelihood], 1e-12);

        var one = ClassPrototypes.Of(relevances, Classes, new() { Count = 1 });
        Assert.AreEqual(Odd, Enumerable.Range(0, Count).Where(r => Class(r) == 1).MaxBy(r => one.Distances[r]));
        Assert.AreEqual(Odd, Enumerable.Range(0, Count).Where(r => Class(r) == 1).MinBy(r => one.LogLikelihoods[r]));
    }

    [TestMethod]
    public void FewRowsHaveFewPrototypesAndTheSameSeedTheSame()
    {
        var relevances = Relevances();
        var alone = Classes.ToArray();
        alone[3] = 9;
        var (one, other) = (ClassPrototypes.Of(relevances, alone), ClassPrototypes.Of(relevances, alone));
        CollectionAssert.AreEqual(new[] { 3 }, one.All.Single(p => p.Class == 9).Rows.ToArray());
        Near.Equal(0, one.Distances[3], 1e-12);
        Near.Equal(one.LogLikelihoods, other.LogLikelihoods, 0);
    }

    [TestMethod]
    public void WhatDoesNotFitIsRefused()
    {
        var relevances = Relevances();
        Assert.Contains("60 rows", Assert.ThrowsExactly<ArgumentException>(() => ClassPrototypes.Of(relevances, [0])).Message);
        var bad = relevances with { Values = [.. relevances.Values] };
        bad.Values[7] = double.NaN;
        Assert.Contains("row 1", Assert.ThrowsExactly<ArgumentException>(() => ClassPrototypes.Of(bad, Classes)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PrototypeOptions { Count = 0 });
        var found = ClassPrototypes.Of(relevances, Classes);
        Assert.ThrowsExactly<ArgumentException>(() => found.Score(relevances.Row(0), 7));
        Assert.ThrowsExactly<ArgumentException>(() => found.Score([1], 0));
    }
}
