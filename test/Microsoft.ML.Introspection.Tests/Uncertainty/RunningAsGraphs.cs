using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Tests.Uncertainty;

/// <summary>Intervals and sets as graphs are those of the host.</summary>
[TestClass]
public sealed class RunningAsGraphs
{
    private const int Rows = 200, Classes = 5;

    [TestMethod]
    public void Temperatures_are_divided_by()
    {
        var random = new Random(4);
        float[] logits = [.. Enumerable.Range(0, Rows * Classes).Select(_ => (float)(random.NextDouble() * 20 - 10))];
        var found = GraphRunner.Run(TemperatureScaling.ToModel(1.7, Classes), ("logits", Tensor.From(logits, Rows, Classes)))["probabilities"];
        Near.Equal(TemperatureScaling.Apply(Array.ConvertAll(logits, z => (double)z), Classes, 1.7), found.ToDouble(), 1e-7);
        Assert.Throws<ArgumentOutOfRangeException>(() => TemperatureScaling.ToModel(0, Classes));
    }

    [TestMethod]
    [DataRow(true, false, false, false)]
    [DataRow(false, false, false, false)]
    [DataRow(true, true, false, false)]
    [DataRow(true, false, true, false)]
    [DataRow(false, true, true, true)]
    public void Intervals_have_the_same_ends(bool isSymmetric, bool hasUpper, bool hasScale, bool hasGroups)
    {
        var random = new Random(3);
        float[] Numbers(double shift) => [.. Enumerable.Range(0, Rows).Select(_ => (float)(random.NextDouble() + shift))];
        var (lower, upper, scale, truths) = (Numbers(0), Numbers(1), Numbers(0.1), Numbers(0));
        // The last group has too few rows, and one that is asked for has none.
        int[] groups = [.. Enumerable.Range(0, Rows).Select(i => i < 2 ? 9 : i % 3 - 1)];
        Band Of(int row) => new(lower[row], hasUpper ? upper[row] : lower[row],
            hasScale ? Band.Around(0, scale[row], 1e-3).Scale : 1);
        var fitted = ConformalIntervals.Calibrate([.. Enumerable.Range(0, Rows).Select(Of)], [.. truths.Select(t => (double)t)], 0.1,
            isSymmetric, hasGroups ? groups : null);
        var model = fitted.ToModel("interval", new BandInputs("low", hasUpper ? "high" : null, hasScale ? "unit" : null,
            hasGroups ? "group" : null) { Epsilon = 1e-3 });
        long[] asked = [.. groups.Select((g, i) => i == 7 ? 77L : g)];
        Tensor Column<T>(T[] numbers) where T : unmanaged => Tensor.From(numbers, Rows, 1);

        var found = GraphRunner.Run(model, ("low", Column(lower)), ("high", Column(upper)), ("unit", Column(scale)), ("group", Column(asked)))
            ["interval"];

        Assert.AreEqual("[200, 2]", Shape.Of(found.Dimensions).ToString());
        var expected = Enumerable.Range(0, Rows).SelectMany(row =>
            fitted.Of(Of(row), hasGroups ? (int)asked[row] : 0) is var (a, b) ? (float[])[(float)a, (float)b] : []).ToArray();
        CollectionAssert.AreEqual(expected, found.As<float>().ToArray());
        Assert.AreEqual(hasGroups ? 3 : 0, expected.Count(float.IsPositiveInfinity));
    }

    [TestMethod]
    public void Sets_hold_the_same_classes()
    {
        var random = new Random(5);
        // Ties among them, and whole rows of them.
        float[] probabilities = [.. Enumerable.Range(0, Rows).SelectMany(row =>
        {
            double[] raw = [.. Enumerable.Range(0, Classes).Select(_ => row % 4 == 0 ? random.Next(1, 3) : random.NextDouble())];
            return raw.Select(r => (float)(r / raw.Sum()));
        })];
        int[] labels = [.. Enumerable.Range(0, Rows).Select(_ => random.Next(Classes))];
        var doubles = Array.ConvertAll(probabilities, p => (double)p);
        foreach (SetScore score in (SetScore[])[new LeastAmbiguous(), new CumulativeProbability(), new CumulativeProbability(0.05, 1), new ClassRank()])
            foreach (var classWise in (bool[])[false, true])
                foreach (var crossing in (bool[])[false, true])
                {
                    var fitted = ConformalSets.Calibrate(score, doubles, labels, 0.3, classWise);
                    var found = GraphRunner.Run(fitted.ToModel("set", "p", crossing), ("p", Tensor.From(probabilities, Rows, Classes)))["set"];
                    var expected = Enumerable.Range(0, Rows)
                        .SelectMany(row => fitted.Of(doubles.AsSpan(row * Classes, Classes), withCrossing: crossing)).ToArray();
                    CollectionAssert.AreEqual(expected, found.As<bool>().ToArray(), $"{score} {classWise} {crossing}");
                    Assert.IsTrue(expected.Contains(true) && expected.Contains(false));
                }
    }

    [TestMethod]
    public void Draws_are_those_of_the_host_and_spread_evenly()
    {
        const int rows = 2000;
        var random = new Random(8);
        float[] probabilities = [.. Enumerable.Range(0, rows).SelectMany(_ =>
        {
            double[] raw = [.. Enumerable.Range(0, Classes).Select(_ => random.NextDouble())];
            return raw.Select(r => (float)(r / raw.Sum()));
        })];
        var doubles = Array.ConvertAll(probabilities, p => (double)p);
        ReadOnlySpan<double> Of(int row) => doubles.AsSpan(row * Classes, Classes);
        double[] Draws(int seed) => [.. Enumerable.Range(0, rows).Select(row => ConformalSets.DrawOf(Of(row), seed))];
        var draws = Draws(3);
        // Kolmogorov's distance to even numbers, which 1.63/√n exceeds once in a hundred.
        var gap = draws.Order().Select((d, i) => Math.Max(Math.Abs(d - (double)i / rows), Math.Abs(d - (i + 1.0) / rows))).Largest();
        Finite.AtMost(1.63 / Math.Sqrt(rows), gap);
        Finite.AtMost(0.08, Math.Abs(Microsoft.ML.Introspection.Numerics.Correlation.Pearson(draws, Draws(4))));
        int[] labels = [.. Enumerable.Range(0, rows).Select(row =>
        {
            var (place, left) = (0, random.NextDouble());
            while (place < Classes - 1 && (left -= doubles[row * Classes + place]) > 0)
                place++;
            return place;
        })];
        var half = rows / 2;
        var fitted = ConformalSets.Calibrate(
            new CumulativeProbability(), doubles.AsSpan(0, half * Classes), labels[..half], 0.2, draws: draws[..half]);
        var found = GraphRunner.Run(fitted.ToModel("set", "p", drawSeed: 3), ("p", Tensor.From(probabilities, rows, Classes)));
        var expected = Enumerable.Range(0, rows).SelectMany(row => fitted.Of(Of(row), draws[row])).ToArray();
        CollectionAssert.AreEqual(expected, found["set"].As<bool>().ToArray());
        bool[][] sets = [.. expected.Chunk(Classes)];
        var (coverage, size, _) = ConformalSets.Judge(sets[half..], labels[half..]);
        Finite.AtLeast(0.8 - 0.05, coverage);
        Finite.AtMost(0.8 + 0.05, coverage);
        var plain = ConformalSets.Calibrate(new CumulativeProbability(), doubles.AsSpan(0, half * Classes), labels[..half], 0.2);
        bool[][] without = [.. Enumerable.Range(half, half).Select(row => plain.Of(Of(row), withCrossing: true))];
        Finite.Below(ConformalSets.Judge(without, labels[half..]).MeanSize, size);
        Assert.ThrowsExactly<ArgumentException>(() => ConformalSets.Calibrate(new LeastAmbiguous(), doubles, labels, 0.2)
            .ToModel("set", "p", drawSeed: 3));
    }

    [TestMethod]
    public void A_single_chance_tells_of_two_classes()
    {
        float[] chances = [0.05f, 0.3f, 0.5f, 0.8f, 0.99f, 0.6f];
        double[] both = [.. chances.SelectMany(p => (double[])[1 - (double)p, p])];
        var fitted = ConformalSets.Calibrate(new LeastAmbiguous(), both, [0, 0, 1, 1, 1, 0], 0.3);
        var found = GraphRunner.Run(fitted.ToModel("set", "p", isOfSecond: true), ("p", Tensor.From(chances, 6, 1)))["set"];
        CollectionAssert.AreEqual(Enumerable.Range(0, 6).SelectMany(row => fitted.Of(both.AsSpan(2 * row, 2))).ToArray(), found.As<bool>().ToArray());
    }

    [TestMethod]
    public void What_a_graph_cannot_do_is_refused()
    {
        var grouped = ConformalIntervals.Calibrate([Band.Around(1), Band.Around(2)], [1, 2], 0.5, groups: [4, 4]);
        Assert.ThrowsExactly<ArgumentException>(() => grouped.ToModel("interval", new BandInputs("low")));
        var three = ConformalSets.Calibrate(new ClassRank(), [0.2, 0.3, 0.5], [1], 0.5);
        Assert.ThrowsExactly<ArgumentException>(() => three.ToModel("set", "p", isOfSecond: true));
    }
}
