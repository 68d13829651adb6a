using System.Runtime.CompilerServices;

namespace Microsoft.ML.Introspection.Tests.Assertions;

/// <summary>Finite bounds that only a finite number keeps; MSTest's own take NaN for less than any number.</summary>
internal static class Finite
{
    /// <summary>Fails unless a finite value lies below the bound.</summary>
    public static void Below(
        double bound, double value, string message = "", [CallerArgumentExpression(nameof(value))] string what = "") =>
        Check(double.IsFinite(value) && value < bound, "below", bound, value, message, what);

    /// <summary>Fails unless a finite value lies below the bound or at it.</summary>
    public static void AtMost(
        double bound, double value, string message = "", [CallerArgumentExpression(nameof(value))] string what = "") =>
        Check(double.IsFinite(value) && value <= bound, "at most", bound, value, message, what);

    /// <summary>Fails unless a finite value lies above the bound.</summary>
    public static void Above(
        double bound, double value, string message = "", [CallerArgumentExpression(nameof(value))] string what = "") =>
        Check(double.IsFinite(value) && value > bound, "above", bound, value, message, what);

    /// <summary>Fails unless a finite value lies above the bound or at it.</summary>
    public static void AtLeast(
        double bound, double value, string message = "", [CallerArgumentExpression(nameof(value))] string what = "") =>
        Check(double.IsFinite(value) && value >= bound, "at least", bound, value, message, what);

    /// <summary>Fails unless all elements, of which there is at least one, are finite.</summary>
    public static void All(ReadOnlySpan<double> values, string message = "", [CallerArgumentExpression(nameof(values))] string what = "")
    {
        if (values.IsEmpty)
            Assert.Fail($"{what} has no elements. {message}");
        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
                Assert.Fail($"Element {i} of {what} is {values[i]:R}. {message}");
        }
    }

    private static void Check(bool holds, string relation, double bound, double value, string message, string what)
    {
        if (!holds || !double.IsFinite(bound))
            Assert.Fail($"{what} is {value:R}; expected a finite number {relation} {bound:R}. {message}");
    }
}
