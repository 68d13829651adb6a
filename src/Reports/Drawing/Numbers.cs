using System.Globalization;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Numbers as people read them: few digits, the same in every culture, a true minus sign.</summary>
internal static class Numbers
{
    private const double Large = 1e6;
    private const double LargestWhole = 1e15;
    private const double Small = 1e-4;

    /// <summary>For example <c>0.0312</c>, <c>−1284.5</c>, <c>3.1e−7</c>.</summary>
    public static string Format(double value, int significantDigits = 4)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
        if (value == 0)
            return "0";

        var magnitude = Math.Abs(value);
        if (magnitude is >= Large or < Small)
        {
            var isWhole = magnitude is >= Large and < LargestWhole && magnitude == Math.Truncate(magnitude);
            return Invariant(value, isWhole ? "0" : "0." + new string('#', significantDigits - 1) + "e0");
        }

        var decimals = Math.Clamp(significantDigits - 1 - (int)Math.Floor(Math.Log10(magnitude)), 1, 7);
        return Invariant(value, "0." + new string('#', decimals));
    }

    /// <summary>An attribution: a number like all others, with a plus sign in front of positive ones.</summary>
    public static string Signed(double value) => (value > 0 ? "+" : "") + Format(value);

    /// <summary>A probability: <c>98.2 %</c>, <c>99.987 %</c>, with as many digits as tell it from none and all.</summary>
    public static string Percent(double probability)
    {
        var rarer = 100 * Math.Min(probability, 1 - probability);
        var decimals = rarer > 0 ? Math.Clamp(1 - (int)Math.Floor(Math.Log10(rarer)), 1, 4) : 1;
        return Invariant(100 * probability, "0." + new string('#', decimals)) + "\u00A0%";
    }

    /// <summary>How many there are: <c>10,000</c>.</summary>
    public static string Count(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A coordinate of a drawing.</summary>
    public static string Coordinate(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>The hyphens of a number's text made minus signs, which are as wide as a plus.</summary>
    public static string WithMinusSign(string number) => number.Replace('-', '−');

    private static string Invariant(double value, string format) => WithMinusSign(value.ToString(format, CultureInfo.InvariantCulture));
}
