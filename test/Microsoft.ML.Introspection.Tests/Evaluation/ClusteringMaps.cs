using Microsoft.ML.Introspection.Evaluation.Clusters;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

[TestClass]
public sealed class ClusteringMaps
{
    private const int Side = 12, Rows = 60, Marked = 10;

    // Discs in the middle, bars, and a few maps that look at a corner alone; three channels, with noise.
    private static float[] Planted(int seed = 3)
    {
        var random = new Random(seed);
        var maps = new float[Rows * 3 * Side * Side];
        for (var i = 0; i < maps.Length; i++)
        {
            var (row, y, x) = (i / (3 * Side * Side), i / Side % Side, i % Side);
            var lit = Kind(row) switch
            {
                0 => (y - 5.5) * (y - 5.5) + (x - 5.5) * (x - 5.5) < 10,
                1 => y is 5 or 6,
                _ => y < 3 && x < 3,
            };
            maps[i] = (float)((lit ? 1 : 0) + 0.1 * random.NextDouble()) * (row + 1);
        }
        return maps;
    }

    private static int Kind(int row) => row >= Rows - Marked ? 2 : row % 2;

    private static readonly int[] Classes = [.. Enumerable.Range(0, Rows).Select(r => Kind(r) == 2 ? 1 : Kind(r))];

    private static readonly double[] Probabilities = [.. Enumerable.Range(0, Rows).Select(r => Kind(r) == 2 ? 0.99 : 0.8)];

    [TestMethod]
    public void AWatermarkIsFoundAndNamed()
    {
        var found = ClusteredMaps.Of(HeatMaps.Of(Planted(), 3, Side, Side), Classes, Probabilities,
            new() { Neighbours = 6 });
        foreach (var grouped in found.Clusterings)
        {
            Assert.HasCount(3, grouped.Clusters, grouped.Name);
            Finite.AtLeast(0.9, grouped.Silhouette, grouped.Name);
            foreach (var cluster in grouped.Clusters)
                Assert.HasCount(1, cluster.Rows.Select(Kind).Distinct().ToArray(), grouped.Name);
        }
        Near.Equal([0, 0, 0], found.Spectrum.Eigenvalues[..3], 1e-12);
        Assert.HasCount(3 * Rows, found.Spectrum.Points);
        var marked = found.Suspicious.Single();
        CollectionAssert.AreEqual(Enumerable.Range(Rows - Marked, Marked).ToArray(), marked.Rows.ToArray());
        Near.Equal(0.99, marked.Confidence, 1e-12);
        Assert.Contains("10 rows", marked.Sentence);
        Assert.Contains("class 1", marked.Sentence);
        var corner = Enumerable.Range(0, Side * Side).Where(i => i / Side < 3 && i % Side < 3).Sum(i => marked.MeanMap[i]);
        Finite.Above(0.5, corner);
        Assert.HasCount(2 * Rows, found.Layout);
        Finite.All([.. found.Layout]);
    }

    [TestMethod]
    public void ClassesAreGroupedByThemselvesAndKeepTheirRows()
    {
        var classes = Classes.ToArray();
        classes[0] = 7;
        var found = ClusteredMaps.PerClass(HeatMaps.Of(Planted(), 3, Side, Side), classes, Probabilities,
            new() { Neighbours = 6, SmallShare = 0.4 });
        CollectionAssert.AreEqual(new[] { 0, 1, 7 }, found.Keys.ToArray());
        Assert.IsNull(found[7]);
        CollectionAssert.AreEqual(Enumerable.Range(Rows - Marked, Marked).ToArray(), found[1]!.Suspicious.Single().Rows.ToArray());
    }

    [TestMethod]
    public void TheSameSeedGivesTheSame()
    {
        var maps = HeatMaps.Of(Planted(), 3, Side, Side);
        var (one, other) = (ClusteredMaps.Of(maps, Classes, Probabilities), ClusteredMaps.Of(maps, Classes, Probabilities));
        Near.Equal(one.Layout.ToArray(), other.Layout.ToArray(), 0);
        CollectionAssert.AreEqual(one.Clusterings[0].Labels.ToArray(), other.Clusterings[0].Labels.ToArray());
    }

    [TestMethod]
    public void DuplicatesAndMapsOfZerosAreGrouped()
    {
        var maps = HeatMaps.Of(new float[6 * 4], 1, 2, 2);
        Near.Equal(new double[24], maps.Values, 0);
        var found = ClusteredMaps.Of(maps, new int[6], [1, 1, 1, 1, 1, 1]);
        Finite.All(found.Spectrum.Eigenvalues);
        Finite.All([.. found.Layout]);
        Finite.All([.. found.Clusterings.Select(c => c.Silhouette)]);
        Finite.All(ClusteredMaps.Of(HeatMaps.Of([1, 2, 3, 4], 1, 1, 2), [0, 1], [1, 0.5]).Spectrum.Points);
    }

    [TestMethod]
    public void BadMapsAndOptionsAreRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => HeatMaps.Of([0, 1, float.NaN, 2], 1, 1, 2));
        Assert.Contains("row 1 holds NaN", error.Message);
        Assert.ThrowsExactly<ArgumentException>(() => HeatMaps.Of([0, 1, 2], 1, 1, 2));
        var maps = HeatMaps.Of([0, 1, 2, 3], 1, 1, 2);
        Assert.ThrowsExactly<ArgumentException>(() => ClusteredMaps.Of(maps, [0], [1, 1]));
        Assert.ThrowsExactly<ArgumentException>(() => ClusteredMaps.Of(maps, [0, 0], [1, double.NaN]));
        foreach (var make in new Func<MapClusterOptions>[]
        {
            () => new() { Block = 0 }, () => new() { Neighbours = 0 }, () => new() { Sigma = double.NaN }, () => new() { SmallShare = 2 },
            () => new() { Radius = -1 }, () => new() { Dimensions = 0 },
        })
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => make());
    }

    [TestMethod]
    public void ARowWithoutNeighboursHasTheEigenvalueOneAndNoPlace()
    {
        var spectrum = SpectralEmbedding.Of([0, 1, 0, 1, 0, 0, 0, 0, 0], 3, 2);
        Near.Equal([0, 1], spectrum.Eigenvalues, 1e-14);
        Assert.ThrowsExactly<ArgumentException>(() => SpectralEmbedding.Of([0, 1, 0, 0], 2, 1));
    }

    [TestMethod]
    [DataRow(Linkage.Average, 5.0)]
    [DataRow(Linkage.Complete, 6.0)]
    [DataRow(Linkage.Single, 4.0)]
    public void LinkagesAreThoseOfTheirNames(Linkage linkage, double expected)
    {
        // 0, 2 and 6 on a line.
        var tree = Agglomeration.Of([0, 2, 6, 2, 0, 4, 6, 4, 0], 3, linkage);
        Assert.AreEqual(new Merge(0, 1, 2, 2), tree.Merges[0]);
        Assert.AreEqual(new Merge(2, 3, expected, 3), tree.Merges[1]);
        CollectionAssert.AreEqual(new[] { 0, 0, 1 }, tree.Cut(2));
    }

    [TestMethod]
    public void BlocksAtTheEdgeKeepTheWholeSum()
    {
        var maps = HeatMaps.Of([.. Enumerable.Range(1, 30).Select(i => (float)i)], 1, 5, 6);
        Near.Equal(1, maps.Pooled(4).Values.Sum(), 1e-12);
        Assert.AreEqual((2, 2), (maps.Pooled(4).Height, maps.Pooled(4).Width));
        Near.Equal(maps.Values, maps.Resized(5, 6).Values, 1e-15);
    }
}
