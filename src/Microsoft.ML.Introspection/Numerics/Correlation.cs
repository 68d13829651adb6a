using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>How two lists of numbers go together. NaN where one of them does not vary.</summary>
public static class Correlation
{
    /// <summary>Pearson's correlation, −1 to 1.</summary>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Pearson(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Check(first, second);
        var (a, b) = (Centred(first), Centred(second));
        var (aa, bb) = (TensorPrimitives.Norm<double>(a), TensorPrimitives.Norm<double>(b));
        if (!Varies(first, aa) || !Varies(second, bb))
            return double.NaN;
        TensorPrimitives.Divide<double>(a, aa, a);
        TensorPrimitives.Divide<double>(b, bb, b);
        return Math.Clamp(TensorPrimitives.Dot<double>(a, b), -1, 1);
    }

    /// <summary>Spearman's correlation: Pearson's of the ranks, the mean rank for ties. Spearman 1904.</summary>
    /// <inheritdoc cref="Pearson" path="/exception"/>
    public static double Spearman(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Check(first, second);
        return Pearson(Ranks(first), Ranks(second));
    }

    /// <summary>The rank of each number from 1, of equal ones their mean.</summary>
    public static double[] Ranks(ReadOnlySpan<double> numbers)
    {
        var (sorted, places, ranks) = (numbers.ToArray(), new int[numbers.Length], new double[numbers.Length]);
        for (var i = 0; i < places.Length; i++)
            places[i] = i;
        Array.Sort(sorted, places);
        for (var start = 0; start < places.Length;)
        {
            var end = start;
            while (end < places.Length && sorted[end] == sorted[start])
                end++;
            end = Math.Max(end, start + 1);
            for (var i = start; i < end; i++)
                ranks[places[i]] = (start + 1 + end) / 2.0;
            start = end;
        }
        return ranks;
    }

    private static double[] Centred(ReadOnlySpan<double> numbers)
    {
        var centred = new double[numbers.Length];
        TensorPrimitives.Subtract(numbers, TensorPrimitives.Sum(numbers) / numbers.Length, centred);
        return centred;
    }

    // What is left of equal numbers by rounding is no variation.
    private static bool Varies(ReadOnlySpan<double> numbers, double norm) =>
        numbers.Length > 1 && norm > 1e-13 * Math.Abs(TensorPrimitives.Sum(numbers) / numbers.Length) * Math.Sqrt(numbers.Length);

    private static void Check(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length)
            throw new ArgumentException($"There are {first.Length} numbers and {second.Length}; as many were expected.");
    }
}
