namespace Microsoft.ML.Introspection.Tests.Assertions;

/// <summary>Extremes that see NaN.</summary>
internal static class Extremes
{
    /// <summary>The largest element; NaN, unlike that of LINQ, where an element is NaN or there is none.</summary>
    public static double Largest(this IEnumerable<double> values) =>
        values.Aggregate((double?)null, (largest, value) => Math.Max(largest ?? value, value)) ?? double.NaN;

    /// <inheritdoc cref="Largest(IEnumerable{double})"/>
    public static float Largest(this IEnumerable<float> values) => (float)values.Select(v => (double)v).Largest();

    /// <summary>The largest of what elements give.</summary>
    public static double Largest<T>(this IEnumerable<T> values, Func<T, double> selector) => values.Select(selector).Largest();

    /// <inheritdoc cref="Largest{T}(IEnumerable{T}, Func{T, double})"/>
    public static float Largest<T>(this IEnumerable<T> values, Func<T, float> selector) => values.Select(selector).Largest();
}
