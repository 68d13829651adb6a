namespace Microsoft.ML.Introspection.Models;

/// <summary>How many rows of how many features some numbers are, checked, and what is counted over them.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Features">How many features.</param>
internal readonly record struct RowTable(int Rows, int Features)
{
    /// <summary>The table of some rows for a scorer: at least one.</summary>
    /// <exception cref="ArgumentException">There is no row, or the length does not fit the scorer's features.</exception>
    public static RowTable Of(IScorer scorer, ReadOnlySpan<float> rows, string what = "rows")
    {
        ArgumentNullException.ThrowIfNull(scorer);
        return Of(scorer.FeatureNames.Count, rows, what);
    }

    /// <summary>The table of some rows: at least one.</summary>
    /// <exception cref="ArgumentException">There is no row, or the length does not fit the number of features.</exception>
    public static RowTable Of(int features, ReadOnlySpan<float> rows, string what = "rows") => !rows.IsEmpty && rows.Length % features == 0
        ? new RowTable(rows.Length / features, features)
        : throw new ArgumentException(rows.IsEmpty
            ? $"There are no {what}; at least one of {features} features was expected."
            : $"Rows of {features} features were expected as {what}; given were {rows.Length} values, which are no whole number of rows.",
                what);

    /// <summary>The mean of every feature.</summary>
    public double[] Means(ReadOnlySpan<float> rows)
    {
        var means = new double[Features];
        for (var i = 0; i < rows.Length; i++)
            means[i % Features] += rows[i];
        for (var f = 0; f < Features; f++)
            means[f] /= Rows;
        return means;
    }

    /// <summary>The standard deviation of every feature, over the number of rows.</summary>
    public double[] Deviations(ReadOnlySpan<float> rows)
    {
        var (means, deviations) = (Means(rows), new double[Features]);
        for (var i = 0; i < rows.Length; i++)
            deviations[i % Features] += (rows[i] - means[i % Features]) * (rows[i] - means[i % Features]);
        for (var f = 0; f < Features; f++)
            deviations[f] = Math.Sqrt(deviations[f] / Rows);
        return deviations;
    }

    /// <summary>
    /// The covariances of the features, over the number of rows less one (of a single row: 0); shape [features, features].
    /// </summary>
    public double[] Covariances(ReadOnlySpan<float> rows)
    {
        var (means, covariances, centred) = (Means(rows), new double[Features * Features], new double[Features]);
        for (var row = 0; row < Rows; row++)
        {
            for (var f = 0; f < Features; f++)
                centred[f] = rows[row * Features + f] - means[f];
            for (var f = 0; f < Features; f++)
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(centred, centred[f], covariances.AsSpan(f * Features, Features),
                    covariances.AsSpan(f * Features, Features));
        }
        foreach (ref var covariance in covariances.AsSpan())
            covariance /= Math.Max(Rows - 1, 1);
        return covariances;
    }

    /// <summary>Refuses rows that hold numbers that are not finite.</summary>
    /// <exception cref="ArgumentException">One does; the message tells row and feature.</exception>
    public void CheckFinite(ReadOnlySpan<float> rows, IReadOnlyList<string> names, string what = "rows")
    {
        for (var i = 0; i < rows.Length; i++)
            if (!float.IsFinite(rows[i]))
                throw new ArgumentException(
                    $"The value of '{names[i % Features]}' in row {i / Features} is {rows[i]}; a finite number was expected.", what);
    }
}
