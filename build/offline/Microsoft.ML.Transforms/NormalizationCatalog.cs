// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

/// <summary>The normalizers; of ML.NET's own only those that are affine.</summary>
public static class NormalizationCatalog
{
    private const long MaximumRows = 1000000000;

    public static NormalizingEstimator NormalizeMinMax(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null, long maximumExampleCount = MaximumRows, bool fixZero = true)
        => Make(catalog, NormalizingMode.MinMax, [new InputOutputColumnPair(outputColumnName, inputColumnName)], maximumExampleCount, fixZero);

    public static NormalizingEstimator NormalizeMinMax(
        this TransformsCatalog catalog, InputOutputColumnPair[] columns, long maximumExampleCount = MaximumRows, bool fixZero = true)
        => Make(catalog, NormalizingMode.MinMax, columns, maximumExampleCount, fixZero);

    public static NormalizingEstimator NormalizeMeanVariance(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = MaximumRows, bool fixZero = true, bool useCdf = false)
        => Make(catalog, NormalizingMode.MeanVariance, [new InputOutputColumnPair(outputColumnName, inputColumnName)], maximumExampleCount, fixZero, useCdf);

    public static NormalizingEstimator NormalizeMeanVariance(
        this TransformsCatalog catalog, InputOutputColumnPair[] columns, long maximumExampleCount = MaximumRows, bool fixZero = true, bool useCdf = false)
        => Make(catalog, NormalizingMode.MeanVariance, columns, maximumExampleCount, fixZero, useCdf);

    private static NormalizingEstimator Make(
        TransformsCatalog catalog, NormalizingMode mode, InputOutputColumnPair[] columns, long rows, bool fixZero, bool useCdf = false)
    {
        if (useCdf)
            throw new NotSupportedException("This stand-in for ML.NET has no normalizer that yields a cumulative distribution.");
        return new NormalizingEstimator(
            catalog.GetEnvironment(),
            [.. columns.Select(column => new NormalizingColumn(mode, column.OutputColumnName, column.InputColumnName, rows, fixZero))]);
    }
}
