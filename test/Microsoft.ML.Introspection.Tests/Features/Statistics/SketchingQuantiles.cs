using Microsoft.ML.Introspection.Features;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class SketchingQuantiles
{
    private static readonly double[] Shares = [0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1];

    [TestMethod]
    public void FewNumbersAreExact()
    {
        var sketch = new QuantileSketch();
        sketch.Add([3, 1, float.NaN, 2, 4]);
        Assert.AreEqual(4, sketch.Count);
        Near.Equal([1, 1.75, 2.5, 4], sketch.Quantiles([0, 0.25, 0.5, 1]), 1e-12);
        Assert.IsTrue(double.IsNaN(new QuantileSketch().Quantiles([0.5])[0]));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void ManyNumbersAreNearInRank(bool merged)
    {
        var random = new Random(7);
        float[] numbers = [.. Enumerable.Range(0, 200_000).Select(_ => (float)Math.Pow(random.NextDouble(), 3))];
        var sketch = new QuantileSketch();
        sketch.Limit(1000);
        if (merged)
        {
            foreach (var part in numbers.Chunk(17_001))
            {
                var other = new QuantileSketch();
                other.Add(part);
                sketch.Merge(other);
            }
        }
        else
        {
            sketch.Add(numbers);
        }
        Assert.AreEqual(200_000, sketch.Count);
        Assert.IsFalse(sketch.IsExact);
        Finite.AtMost(10_000, sketch.Kept);
        Array.Sort(numbers);
        foreach (var (share, found) in Shares.Zip(sketch.Quantiles(Shares)))
        {
            var rank = Array.BinarySearch(numbers, (float)found) is var at && at < 0 ? ~at : at;
            Near.Equal(share, (double)rank / numbers.Length, 0.006);
        }
    }

    [TestMethod]
    public void WeightsAddUpWhateverTheNumber()
    {
        foreach (var count in (int[])[1, 99, 100, 101, 12_345])
        {
            var sketch = new QuantileSketch();
            sketch.Limit(100);
            for (var i = 0; i < count; i++)
                sketch.Add([i]);
            var (counts, numbers) = sketch.Save();
            Assert.AreEqual(count, counts.Index().Sum(l => l.Item << l.Index));
            var again = QuantileSketch.Load(counts, numbers, 100);
            CollectionAssert.AreEqual(sketch.Quantiles(Shares), again.Quantiles(Shares));
        }
    }
}
