using System.Runtime.CompilerServices;

namespace Microsoft.ML.Introspection.Tests.Assertions;

/// <summary>Compares finite numbers; NaN and infinities are near nothing, themselves included.</summary>
internal static class Near
{
    /// <summary>Whether two finite numbers differ by no more than a finite tolerance.</summary>
    public static bool Within(double expected, double actual, double tolerance) =>
        double.IsFinite(expected) && double.IsFinite(actual) && double.IsFinite(tolerance) && Math.Abs(expected - actual) <= tolerance;

    /// <summary>Fails unless two finite numbers differ by no more than a finite tolerance.</summary>
    public static void Equal(
        double expected, double actual, double tolerance, string message = "", [CallerArgumentExpression(nameof(actual))] string what = "")
    {
        if (!Within(expected, actual, tolerance))
            Assert.Fail($"{what} is {actual:R}; expected {expected:R} to {tolerance:R}. {message}");
    }

    /// <summary>Fails unless the elements of two arrays, at least one, differ by no more than a finite tolerance.</summary>
    public static void Equal(
        ReadOnlySpan<double> expected,
        ReadOnlySpan<double> actual,
        double tolerance,
        string message = "",
        [CallerArgumentExpression(nameof(actual))] string what = "")
    {
        SameLength(expected.Length, actual.Length, what, message);
        for (var i = 0; i < expected.Length; i++)
        {
            if (!Within(expected[i], actual[i], tolerance))
                Assert.Fail($"Element {i} of {what} is {actual[i]:R}; expected {expected[i]:R} to {tolerance:R}. {message}");
        }
    }

    /// <inheritdoc cref="Equal(ReadOnlySpan{double}, ReadOnlySpan{double}, double, string, string)"/>
    public static void Equal(
        ReadOnlySpan<float> expected,
        ReadOnlySpan<float> actual,
        double tolerance,
        string message = "",
        [CallerArgumentExpression(nameof(actual))] string what = "") =>
        Equal(Wide(expected), Wide(actual), tolerance, message, what);

    /// <summary>
    /// Fails unless the elements of two arrays, at least one, differ by no more than <paramref name="tolerance"/> times their expected size
    /// (or times 1, if that is smaller).
    /// </summary>
    public static void Relative(
        ReadOnlySpan<double> expected,
        ReadOnlySpan<double> actual,
        double tolerance,
        string message = "",
        [CallerArgumentExpression(nameof(actual))] string what = "")
    {
        SameLength(expected.Length, actual.Length, what, message);
        for (var i = 0; i < expected.Length; i++)
        {
            if (!Within(expected[i], actual[i], tolerance * Math.Max(1, Math.Abs(expected[i]))))
                Assert.Fail($"Element {i} of {what} is {actual[i]:R}; expected {expected[i]:R}, relatively to {tolerance:R}. {message}");
        }
    }

    /// <summary>Fails unless two finite numbers differ by more than a distance.</summary>
    public static void Apart(
        double one, double other, double distance = 0, string message = "", [CallerArgumentExpression(nameof(other))] string what = "")
    {
        if (!(double.IsFinite(one) && double.IsFinite(other) && double.IsFinite(distance) && Math.Abs(one - other) > distance))
            Assert.Fail($"{what} is {other:R}; expected a finite number further than {distance:R} from {one:R}. {message}");
    }

    /// <summary>Fails unless two arrays differ, all together, by no more than a share of what is expected.</summary>
    public static void InNorm(
        ReadOnlySpan<float> expected,
        ReadOnlySpan<float> actual,
        double tolerance,
        string message = "",
        [CallerArgumentExpression(nameof(actual))] string what = "")
    {
        SameLength(expected.Length, actual.Length, what, message);
        Finite.AtMost(tolerance, Error(Wide(expected), Wide(actual)), message, $"The relative error of {what}");
    }

    /// <summary>
    /// ‖found − expected‖ / ‖expected‖: zero where they agree, infinite where only zeros were expected, NaN where an element is not finite
    /// or there is none.
    /// </summary>
    public static double Error(ReadOnlySpan<double> expected, ReadOnlySpan<double> found)
    {
        Assert.AreEqual(expected.Length, found.Length, "numbers to compare");
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            if (!double.IsFinite(expected[i]) || !double.IsFinite(found[i]))
                return double.NaN;
            (difference, norm) = (difference + (found[i] - expected[i]) * (found[i] - expected[i]), norm + expected[i] * expected[i]);
        }
        return expected.IsEmpty ? double.NaN : difference == 0 ? 0 : Math.Sqrt(difference / norm);
    }

    private static void SameLength(int expected, int actual, string what, string message)
    {
        if (expected != actual || expected == 0)
            Assert.Fail($"{what} has {actual} elements; expected {expected}, at least one. {message}");
    }

    private static double[] Wide(ReadOnlySpan<float> values) => Array.ConvertAll(values.ToArray(), v => (double)v);
}
