using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Tests.Numerics;

[TestClass]
public sealed class ComparingSpectra
{
    private static readonly double[] Rows = [.. Enumerable.Range(0, 60).Select(i => Math.Sin(i * i))];

    [TestMethod]
    [DataRow(20, 3)]
    [DataRow(6, 10)]
    public void RowsAreTheirMeanAndTheirScoresAlongDirections(int count, int width)
    {
        var all = Math.Min(count, width);
        var found = RowSpectrum.Of(Rows, count, all);
        for (var row = 0; row < count; row++)
            for (var column = 0; column < width; column++)
                Near.Equal(Rows[row * width + column], found.Mean[column]
                    + Enumerable.Range(0, all).Sum(k => found.Scores[row * all + k] * found.Components[k][column]), 1e-12);
        Near.Equal(1, found.Ratios.Sum(), 1e-12);
        Finite.AtLeast(1, found.Participation);
        foreach (var component in found.Components.Where(c => c.Any(v => v != 0)))
        {
            Near.Equal(1, component.Sum(v => v * v), 1e-12);
            Finite.AtLeast(0, component.MaxBy(Math.Abs));
        }
    }

    [TestMethod]
    public void DescriptionsThatAreTurnedScaledAndMovedAreTheSame()
    {
        var (count, turned) = (30, new double[60]);
        for (var row = 0; row < count; row++)
            (turned[2 * row], turned[2 * row + 1]) =
                (3 * Rows[2 * row + 1] + 7, -3 * Rows[2 * row] - 1);
        var (a, b) = (RowSpectrum.Of(Rows, count), RowSpectrum.Of(turned, count));
        Near.Equal(1, a.Alignment(b), 1e-12);
        Near.Equal(1, a.CanonicalCorrelation(b), 1e-12);
    }

    [TestMethod]
    public void CorrelationOfOneColumnIsPearsons()
    {
        double[] first = [1, 2, 3, 4, 6], second = [2, 1, 4, 3, 5];
        var pearson = Math.Abs(Correlation.Pearson(first, second));
        var (a, b) = (RowSpectrum.Of(first, 5), RowSpectrum.Of(second, 5));
        Near.Equal(pearson, a.CanonicalCorrelation(b), 1e-12);
        Near.Equal(pearson * pearson, a.Alignment(b), 1e-12);
    }

    [TestMethod]
    public void WhatDoesNotSpreadIsLikeNothing()
    {
        var (flat, nan, rows) = (RowSpectrum.Of(new double[20], 10, 1), RowSpectrum.Of([.. Rows[..19], double.NaN], 10, 1), RowSpectrum.Of(Rows[..20], 10));
        foreach (var none in (RowSpectrum[])[flat, nan])
        {
            Assert.IsTrue(double.IsNaN(none.Alignment(rows)) && double.IsNaN(rows.CanonicalCorrelation(none)) && double.IsNaN(none.Participation)
                && none.Ratios.All(double.IsNaN));
            Assert.IsTrue(none.Components.SelectMany(c => c).Concat(none.Scores).All(v => v == 0));
        }
        Assert.ThrowsExactly<ArgumentException>(() => rows.Alignment(RowSpectrum.Of(Rows, 30)));
        Assert.ThrowsExactly<ArgumentException>(() => RowSpectrum.Of(Rows, 1));
    }
}
