using System.Globalization;

namespace Quickstart;

/// <summary>Shares as people read them.</summary>
internal static class Percent
{
    /// <summary>For example <c>97.3 %</c>. What is almost certain is not rounded to certainty.</summary>
    public static string Of(double share) => share is > 0.9995 and < 1
        ? "> 99.9 %"
        : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    /// <summary>For example <c>137 of 143 right (95.8 %)</c>.</summary>
    public static string OfRight(IEnumerable<bool> answers)
    {
        var all = answers.ToList();
        var right = all.Count(isRight => isRight);
        return $"{right} of {all.Count} right ({Of((double)right / all.Count)})";
    }
}
