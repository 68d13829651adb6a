using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Tests.Numerics;

[TestClass]
public sealed class MixingGaussians
{
    private const double Floor = 1e-6;

    [TestMethod]
    public void OneGaussianHasMeanAndVarianceOfItsRows()
    {
        double[] rows = [1, 10, 2, 30, 6, 20];
        var fitted = GaussianMixture.Fit(rows, 2, 1);
        Near.Equal([3, 20], fitted.Means, 1e-12);
        Near.Equal([14.0 / 3 + Floor, 200.0 / 3 + Floor], fitted.Variances, 1e-12);
        // The density by its formula.
        double Expected(double x, double y) => -0.5 * ((x - 3) * (x - 3) / fitted.Variances[0] + (y - 20) * (y - 20) / fitted.Variances[1]
            + Math.Log(4 * Math.PI * Math.PI * fitted.Variances[0] * fitted.Variances[1]));
        Near.Equal([Expected(1, 10), Expected(-5, 7)], fitted.LogLikelihoods([1, 10, -5, 7]), 1e-12);
    }

    [TestMethod]
    public void SeveralSolveTheEquationsOfTheLikelihood()
    {
        var random = new Random(3);
        double[] rows = [.. Enumerable.Range(0, 300).Select(i => (i % 3 == 0 ? 2.0 : -1) + 0.9 * random.NextDouble() * random.NextDouble())];
        var fitted = GaussianMixture.Fit(rows, 1, 2, seed: 1);
        double[][] shares = [.. rows.Select(r => fitted.SharesOf([r]))];
        for (var k = 0; k < 2; k++)
        {
            // Each parameter is the mean that its own shares give.
            var sum = shares.Sum(s => s[k]);
            Near.Equal(sum / rows.Length, fitted.Weights[k], 1e-5);
            Near.Equal(rows.Zip(shares).Sum(r => r.First * r.Second[k]) / sum, fitted.Means[k], 1e-4);
            Near.Equal(rows.Zip(shares).Sum(r => Math.Pow(r.First - fitted.Means[k], 2) * r.Second[k]) / sum + Floor, fitted.Variances[k], 1e-4);
        }
        Near.Equal(1, fitted.Weights.Sum(), 1e-12);
        foreach (var own in shares)
            Near.Equal(1, own.Sum(), 1e-12);
        Near.Equal(1.0 / 3, fitted.Weights.Min(), 1e-6);
        Finite.AtLeast(GaussianMixture.Fit(rows, 1, 1).LogLikelihoods(rows).Sum() + 100, fitted.LogLikelihoods(rows).Sum());
    }

    [TestMethod]
    public void EqualAndFewRowsHaveFiniteDensities()
    {
        Finite.All(GaussianMixture.Fit([.. Enumerable.Repeat(0.5, 12)], 3, 4).LogLikelihoods([0.5, 0.5, 0.5]));
        Assert.HasCount(2, GaussianMixture.Fit([1, 2], 1, 5).Weights);
        // Rows far away have the density of a number that is not zero.
        Finite.All(GaussianMixture.Fit([1, 2, 3, 9], 1, 2).LogLikelihoods([1e6]));
        Assert.ThrowsExactly<ArgumentException>(() => GaussianMixture.Fit([1, double.NaN], 1, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => GaussianMixture.Fit([1, 2], 1, 0));
        Assert.ThrowsExactly<ArgumentException>(() => GaussianMixture.Fit([1, 2, 3, 4], 2, 1).LogLikelihoods([1]));
    }
}
