using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What of SHAP values is rounding, and what is not.</summary>
internal static class Rounding
{
    // Less than single precision can tell from nothing beside the largest value.
    private const double Noise = 1e-7;

    // Sums of many numbers in single precision, as models and runtimes add them up.
    private const double Gap = 1e-4;

    private static readonly ConditionalWeakTable<ShapValues, ShapValues> Cleared = [];

    /// <summary>The values, in which zero is zero: what is left of it after additions would pass for a number.</summary>
    public static ShapValues WithoutNoise(ShapValues values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Cleared.GetValue(values, Clear);
    }

    /// <summary>
    /// By how much base value and SHAP values of a row miss what the model itself says of it; null if that is not known, or no more than
    /// rounding.
    /// </summary>
    public static double? GapOf(ShapValues values, int row)
    {
        if (!values.AddsUp || values.Scores is not { } scores)
            return null;
        var size = Math.Abs(scores[row]) + Math.Abs(values.BaseValueOf(row));
        foreach (var value in values.ForRow(row))
            size += Math.Abs(value);
        var gap = scores[row] - values.Predictions[row];
        return Math.Abs(gap) > Gap * size ? gap : null;
    }

    private static ShapValues Clear(ShapValues values)
    {
        var least = Noise * Enumerable.Range(0, values.RowCount).Max(row => LargestOf(values.ForRow(row)));
        var noisy = false;
        var cleared = values.Map(value =>
        {
            var isNoise = value != 0 && Math.Abs(value) < least;
            noisy |= isNoise;
            return isNoise ? 0 : value;
        });
        if (!noisy)
            return values;
        Cleared.AddOrUpdate(cleared, cleared);
        return cleared;
    }

    private static double LargestOf(ReadOnlySpan<double> values) => Math.Abs(TensorPrimitives.MaxMagnitude(values));
}
