using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Numerics;

[TestClass]
public sealed class FindingPrincipalComponents
{
    [TestMethod]
    public void TheyAreTheEigenvectorsOfTheCovariance()
    {
        var random = new Random(5);
        double[] mixed = [.. Enumerable.Range(0, 64).Select(_ => random.NextDouble() - 0.5)];
        double[] rows = [.. Enumerable.Range(0, 40).SelectMany(_ =>
        {
            double[] own = [.. Enumerable.Range(0, 8).Select(k => (random.NextDouble() - 0.5) * Math.Pow(0.6, k))];
            return Enumerable.Range(0, 8).Select(c => 3 + Enumerable.Range(0, 8).Sum(k => own[k] * mixed[k * 8 + c]));
        })];
        var found = PrincipalComponents.Of(rows, 40, 3);
        double[] covariance = [.. Enumerable.Range(0, 64).Select(i => Enumerable.Range(0, 40).Sum(r =>
            (rows[r * 8 + i / 8] - found.Mean[i / 8]) * (rows[r * 8 + i % 8] - found.Mean[i % 8])) / 40)];
        var (values, vectors) = SymmetricEigen.Of(covariance, 8);
        Near.Equal(values[..3], found.Variances, 1e-10);
        for (var k = 0; k < 3; k++)
        {
            double[] image = [.. Enumerable.Range(0, 8).Select(i => Enumerable.Range(0, 8).Sum(j => covariance[i * 8 + j] * found.Directions[k][j]))];
            Near.Equal([.. found.Directions[k].Select(d => d * values[k])], image, 1e-7);
            Near.Equal(1, Math.Abs(Enumerable.Range(0, 8).Sum(i => vectors[i * 8 + k] * found.Directions[k][i])), 1e-8);
            Near.Equal(values[k], Enumerable.Range(0, 40).Sum(r => Math.Pow(found.Scores[r * 3 + k], 2)) / 40, 1e-9);
        }
        Near.Equal(covariance.Where((_, i) => i % 9 == 0).Sum(), values.Sum(), 1e-12);
    }

    [TestMethod]
    public void RowsThatSpreadLittleOrNotAtAll()
    {
        Near.Equal([2, 0], PrincipalComponents.Of([1, 1, 3, 3], 2, 2).Variances, 1e-12);
        Finite.All(PrincipalComponents.Of(new double[12], 4, 2).Scores);
        Near.Equal([1, 0], PrincipalComponents.Of([1, 3], 2, 2).Variances, 1e-12);
        Assert.ThrowsExactly<ArgumentException>(() => PrincipalComponents.Of([1, 2, 3], 2, 1));
    }
}
