using MathNet.Numerics.Statistics;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>What a t-test says.</summary>
/// <param name="Statistic">The difference of means over its standard error; infinite where nothing varies but the means differ.</param>
/// <param name="DegreesOfFreedom">The degrees of freedom.</param>
/// <param name="Probability">
/// How likely a statistic as far from zero would be if there were no difference, both sides; 1 where the lists are the same.
/// </param>
public sealed record StudentTest(double Statistic, double DegreesOfFreedom, double Probability)
{
    /// <summary>Two lists of independent numbers whose variances are taken for equal. Student 1908.</summary>
    /// <exception cref="ArgumentException">A list has fewer than two numbers.</exception>
    public static StudentTest EqualVariances(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        var (a, b) = (Checked(first), Checked(second));
        double n = a.Length + b.Length - 2;
        var pooled = ((a.Length - 1) * a.Variance() + (b.Length - 1) * b.Variance()) / n;
        return Of(a.Mean() - b.Mean(), Math.Sqrt(pooled * (1.0 / a.Length + 1.0 / b.Length)), n);
    }

    /// <summary>Two lists of independent numbers whose variances may differ. Welch 1947.</summary>
    /// <inheritdoc cref="EqualVariances" path="/exception"/>
    public static StudentTest Welch(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        var (a, b) = (Checked(first), Checked(second));
        return Welch(a.Mean() - b.Mean(), a.Variance(), a.Length, b.Variance(), b.Length);
    }

    /// <summary>The same, where only the difference of means and the variances are known.</summary>
    internal static StudentTest Welch(double difference, double variance, long count, double otherVariance, long otherCount)
    {
        var (va, vb) = (variance / count, otherVariance / otherCount);
        var degrees = (va + vb) * (va + vb) / (va * va / (count - 1) + vb * vb / (otherCount - 1));
        return Of(difference, Math.Sqrt(va + vb), double.IsNaN(degrees) ? count + otherCount - 2 : degrees);
    }

    /// <summary>Two lists of which each number of one belongs to one of the other.</summary>
    /// <exception cref="ArgumentException">A list has fewer than two numbers, or they differ in length.</exception>
    public static StudentTest Paired(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        var (a, b) = (Checked(first), Checked(second));
        if (a.Length != b.Length)
            throw new ArgumentException($"Pairs were expected; there are {a.Length} and {b.Length} numbers.", nameof(second));
        double[] apart = [.. a.Zip(b, (x, y) => x - y)];
        return Of(apart.Mean(), Math.Sqrt(apart.Variance() / apart.Length), apart.Length - 1);
    }

    /// <summary>The probability that |t| is at least this, of Student's distribution.</summary>
    /// <param name="statistic">The statistic; its sign does not matter.</param>
    /// <param name="degreesOfFreedom">The degrees of freedom, above 0.</param>
    public static double TwoSided(double statistic, double degreesOfFreedom)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(degreesOfFreedom);
        if (double.IsNaN(statistic))
            return double.NaN;
        var ratio = statistic * statistic / degreesOfFreedom;
        return double.IsInfinity(ratio) ? 0 : ratio == 0 ? 1 : Tail(degreesOfFreedom / 2, ratio);
    }

    // The regularised incomplete beta function of x = 1 / (1 + ratio), a and a half, by Lentz's continued fraction. MathNet's loses digits
    // for large a, since it takes the difference of logarithms of gamma functions; their ratio itself loses none.
    private static double Tail(double a, double ratio)
    {
        var x = 1 / (1 + ratio);
        var front = GammaRatio(a) / Math.Sqrt(Math.PI) * Math.Exp(-a * double.LogP1(ratio)) * Math.Sqrt(ratio / (1 + ratio));
        return x < (a + 1) / (a + 2.5) ? front * Fraction(a, 0.5, x) / a : 1 - front * Fraction(0.5, a, ratio / (1 + ratio)) / 0.5;
    }

    // Γ(a + ½) / Γ(a), by its asymptotic series far out.
    private static double GammaRatio(double a)
    {
        var factor = 1.0;
        for (; a < 60; a++)
            factor *= a / (a + 0.5);
        var inverse = 1 / a;
        return factor * Math.Sqrt(a) * (1 + inverse * (-1.0 / 8 + inverse * (1.0 / 128 + inverse * (5.0 / 1024
            + inverse * (-21.0 / 32768 - inverse * 399.0 / 262144)))));
    }

    private static double Fraction(double a, double b, double x)
    {
        const double least = 1e-300;
        var (c, d) = (1.0, 1 / NotZero(1 - (a + b) * x / (a + 1)));
        var value = d;
        for (var m = 1; m < 10_000; m++)
        {
            Step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
            var before = value;
            Step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
            if (Math.Abs(value / before - 1) < 1e-16)
                break;
        }
        return value;

        void Step(double numerator)
        {
            d = 1 / NotZero(1 + numerator * d);
            c = NotZero(1 + numerator / c);
            value *= c * d;
        }

        static double NotZero(double number) => Math.Abs(number) < least ? least : number;
    }

    private static StudentTest Of(double difference, double error, double degrees)
    {
        var statistic = error > 0 || double.IsNaN(error) ? difference / error
            : difference == 0 ? 0 : double.CopySign(double.PositiveInfinity, difference);
        return new StudentTest(statistic, degrees, TwoSided(statistic, degrees));
    }

    private static double[] Checked(IReadOnlyList<double> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return numbers.Count >= 2 ? [.. numbers] : throw new ArgumentException(
            $"A t-test needs at least two numbers on either side; {numbers.Count} is too few.", nameof(numbers));
    }
}

/// <summary>How probabilities of many tests are raised so that chance alone finds no more than one would think.</summary>
public enum TestCorrection
{
    /// <summary>As they are.</summary>
    None,

    /// <summary>Times the number of tests. Dunn 1961.</summary>
    Bonferroni,

    /// <summary>From the smallest on, times the number of those left: as safe, and finds more. Holm 1979.</summary>
    Holm,

    /// <summary>The share of false findings among all is held. Benjamini, Hochberg 1995.</summary>
    [Option("", Name = "benjamini-hochberg")]
    BenjaminiHochberg,
}

/// <summary>Probabilities of many tests.</summary>
public static class TestCorrections
{
    /// <summary>The probabilities, raised; NaN stays NaN and is no test.</summary>
    public static double[] Adjust(this TestCorrection correction, IReadOnlyList<double> probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        if (!Enum.IsDefined(correction))
            throw new ArgumentOutOfRangeException(nameof(correction), correction, "There is no such correction.");
        double[] adjusted = [.. probabilities];
        int[] order = [.. probabilities.Index().Where(p => !double.IsNaN(p.Item)).OrderBy(p => p.Item).Select(p => p.Index)];
        var (count, bound) = (order.Length, correction == TestCorrection.BenjaminiHochberg ? 1.0 : 0);
        for (var i = 0; i < count; i++)
        {
            var rank = correction == TestCorrection.BenjaminiHochberg ? count - 1 - i : i;
            var p = probabilities[order[rank]];
            adjusted[order[rank]] = correction switch
            {
                TestCorrection.Bonferroni => Math.Min(1, p * count),
                TestCorrection.Holm => bound = Math.Max(bound, Math.Min(1, p * (count - rank))),
                TestCorrection.BenjaminiHochberg => bound = Math.Min(bound, p * count / (rank + 1)),
                _ => p,
            };
        }
        return adjusted;
    }
}
