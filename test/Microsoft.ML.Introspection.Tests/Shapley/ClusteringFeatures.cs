using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Hierarchical clustering of features against SciPy, and the partitions made of it.</summary>
[TestClass]
public sealed class ClusteringFeatures
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("surrogates");

    [TestMethod]
    [DataRow(Linkage.Average, "average", "")]
    [DataRow(Linkage.Complete, "complete", "")]
    [DataRow(Linkage.Single, "single", "")]
    [DataRow(Linkage.Average, "average", "wide_")]
    [DataRow(Linkage.Complete, "complete", "wide_")]
    [DataRow(Linkage.Single, "single", "wide_")]
    public void Merges_are_those_of_SciPy(Linkage linkage, string name, string table)
    {
        var (rows, expected) = (Expected[table + "table"], Expected[$"{table}linkage_{name}"].ToDouble());
        var features = (int)rows.Dimensions[1];
        var merges = FeatureClustering.Merges(FeatureClustering.CorrelationDistances(rows.As<float>(), features), features, linkage);
        Assert.HasCount(features - 1, merges);
        for (var i = 0; i < merges.Count; i++)
        {
            Assert.AreEqual(((int)expected[i * 4], (int)expected[i * 4 + 1]), (merges[i].First, merges[i].Second), $"merge {i}");
            Near.Equal(expected[i * 4 + 2], merges[i].Distance, 1e-12);
        }
    }

    [TestMethod]
    public void Features_of_opposite_course_are_near_if_asked_for()
    {
        // The second is the first turned round, the third is its own.
        float[] rows = [1, -1, 1, 2, -2, -1, 3, -3, -1, 4, -4, 1];
        var near = FeatureClustering.CorrelationDistances(rows, 3, absolute: true);
        Near.Equal(0, near[1], 1e-12);
        Near.Equal(2, FeatureClustering.CorrelationDistances(rows, 3)[1], 1e-12);
        var partition = FeatureClustering.ByCorrelation(rows, 3, absolute: true);
        CollectionAssert.AreEquivalent((int[])[0, 1],
            new[] { partition.First!, partition.Second! }.Single(p => p.Size == 2).Players.ToArray());
    }

    [TestMethod]
    public void What_never_varies_is_near_to_nothing()
    {
        float[] rows = [1, 5, 2, 5, 3, 5, -1, 5];
        Assert.AreEqual(1, FeatureClustering.CorrelationDistances(rows, 2)[1]);
        Assert.AreEqual(2, FeatureClustering.ByCorrelation(rows, 2).Size);
        Assert.AreEqual(1, FeatureClustering.ByCorrelation([1, 2], 1).Size);
    }

    [TestMethod]
    public void Owen_values_over_the_clusters_give_copies_the_same()
    {
        // Features 0 and 2 are copies; the score uses the first of them and the other feature.
        var rows = Samples.Seeded(3, 30, 3).As<float>().ToArray();
        for (var r = 0; r < rows.Length; r += 3)
            rows[r + 2] = rows[r];
        var partition = FeatureClustering.ByCorrelation(rows, 3);
        CollectionAssert.AreEquivalent((int[])[0, 2],
            new[] { partition.First!, partition.Second! }.Single(p => p.Size == 2).Players.ToArray());
        var box = new BlackBox(Scorers.Single(3, r => Math.Max(r[0], r[2]) + r[1]), rows.AsSpan(0, 30));
        var values = box.Explain(new PartitionShap(partition), rows.AsSpan(87, 3)).Of(0);
        Near.Equal(values[0], values[2], 1e-9);
    }

    [TestMethod]
    public void Bad_input_is_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => FeatureClustering.ByCorrelation([1, 2, 3], 3));
        Assert.ThrowsExactly<ArgumentException>(() => FeatureClustering.ByCorrelation([1, 2, 3], 2));
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => FeatureClustering.ByCorrelation([1, float.NaN, 3, 4], 2)).Message,
            "'feature 1' in row 0");
        Assert.ThrowsExactly<ArgumentException>(() => FeatureClustering.Merges([0, double.NaN, double.NaN, 0], 2));
        Assert.ThrowsExactly<ArgumentException>(() => FeatureClustering.Merges([0, 1, 1], 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => FeatureClustering.Merges([0], 1, (Linkage)9));
    }
}
