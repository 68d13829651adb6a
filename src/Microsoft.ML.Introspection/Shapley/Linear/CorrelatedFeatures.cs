using MathNet.Numerics.LinearAlgebra;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>Features of unit variance as vectors whose products are their correlations; one that never varies is the zero vector.</summary>
internal sealed class CorrelatedFeatures
{
    // Eigenvalues of a correlation matrix below this share of the largest are rounding.
    private const double Rounding = 1e-13;

    private readonly double[] _vectors;

    /// <summary>Takes the covariances apart.</summary>
    /// <param name="covariance">Shape [features, features].</param>
    /// <param name="shrinkage">How far correlations are drawn to 0.</param>
    public CorrelatedFeatures(double[] covariance, double shrinkage)
    {
        Count = (int)Math.Sqrt(covariance.Length);
        var (count, deviations) = (Count, new double[Count]);
        for (var i = 0; i < count; i++)
            deviations[i] = Math.Sqrt(covariance[i * count + i]);
        Deviations = [.. deviations.Select(d => d > 0 ? d : 1)];
        var correlations = Matrix<double>.Build.Dense(count, count, (i, j) =>
            deviations[i] == 0 || deviations[j] == 0 ? 0
                : i == j ? 1 : (1 - shrinkage) * covariance[i * count + j] / (deviations[i] * deviations[j]));
        var parts = correlations.Evd(Symmetricity.Symmetric);
        var largest = parts.EigenValues[count - 1].Real;
        int[] kept = [.. Enumerable.Range(0, count).Where(e => parts.EigenValues[e].Real > Rounding * count * largest)];
        if (parts.EigenValues[0].Real < -1e-6 * Math.Max(largest, 1))
            throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"The covariances given are those of no features: their matrix has a "
                    + $"negative eigenvalue ({parts.EigenValues[0].Real:G4}, scaled to unit variances)."));
        Extent = Math.Max(kept.Length, 1);
        _vectors = new double[count * Extent];
        for (var i = 0; i < count; i++)
            for (var e = 0; e < kept.Length; e++)
                _vectors[i * Extent + e] = parts.EigenVectors[i, kept[e]] * Math.Sqrt(parts.EigenValues[kept[e]].Real);
    }

    /// <summary>How many features there are.</summary>
    public int Count { get; }

    /// <summary>How many numbers a vector has: the rank of the covariance.</summary>
    public int Extent { get; }

    /// <summary>The features' standard deviations; 1 for those that never vary.</summary>
    public double[] Deviations { get; }

    /// <summary>The vector of a feature.</summary>
    public ReadOnlySpan<double> this[int feature] => _vectors.AsSpan(feature * Extent, Extent);
}
