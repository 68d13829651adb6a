using System.Numerics;
using MathNet.Numerics.Random;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>How points are spread over the unit cube more evenly than chance does.</summary>
public enum PointSequence
{
    /// <summary>
    /// Sobol' 1967, unscrambled, in the order of the Gray code; the direction numbers of Joe and Kuo 2008 up to dimension 21, drawn ones
    /// (Jäckel 2002) beyond, up to dimension 1024. Point 0 is the origin.
    /// </summary>
    Sobol,

    /// <summary>Halton 1960, unscrambled: the digits of the point's number in bases 2, 3, 5, … mirrored. Point 0 is the origin.</summary>
    Halton,

    /// <summary>McKay, Beckman, Conover 1979: in each dimension one point in each of as many intervals as points, drawn.</summary>
    LatinHypercube,
}

/// <summary>Points of the sequences.</summary>
public static class PointSequences
{
    private const int MostDimensions = 1024;

    private static readonly byte[][] JoeKuo =
        [
            [1], [1, 3], [1, 3, 1], [1, 1, 1], [1, 1, 3, 3], [1, 3, 5, 13], [1, 1, 5, 5, 17], [1, 1, 5, 5, 5], [1, 1, 7, 11, 19],
            [1, 1, 5, 1, 1], [1, 1, 1, 3, 11], [1, 3, 5, 5, 31], [1, 3, 3, 9, 7, 49], [1, 1, 1, 15, 21, 21], [1, 3, 1, 13, 27, 49],
            [1, 1, 1, 15, 7, 5], [1, 3, 1, 15, 13, 25], [1, 1, 5, 5, 19, 61], [1, 3, 7, 11, 23, 15, 103], [1, 3, 7, 13, 13, 15, 69],
        ];

    /// <summary>Points one behind the other.</summary>
    /// <param name="sequence">How they are spread.</param>
    /// <param name="count">How many.</param>
    /// <param name="dimensions">The dimensions of each.</param>
    /// <param name="first">The number of the first point; Latin hypercubes have no order, and take none.</param>
    /// <param name="seed">What is drawn, where something is.</param>
    /// <returns>Shape [count, dimensions], from 0 to below 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no points or dimensions, or too many for the sequence.</exception>
    public static double[] Points(this PointSequence sequence, int count, int dimensions, int first = 0, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        var points = new double[checked(count * dimensions)];
        switch (sequence)
        {
            case PointSequence.Sobol:
                if (dimensions > MostDimensions)
                    throw new ArgumentOutOfRangeException(nameof(dimensions), dimensions, $"Sobol' points have at most {MostDimensions} "
                        + "dimensions here; take a Latin hypercube for more.");
                Sobol(points, count, dimensions, first);
                break;
            case PointSequence.Halton:
                Halton(points, count, dimensions, first);
                break;
            case PointSequence.LatinHypercube:
                Hypercube(points, count, dimensions, seed);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(sequence), sequence, "There is no such sequence of points.");
        }
        return points;
    }

    private static void Sobol(double[] points, int count, int dimensions, int first)
    {
        var polynomials = Polynomials().GetEnumerator();
        for (var dimension = 0; dimension < dimensions; dimension++)
        {
            var directions = dimension == 0 ? [.. Enumerable.Repeat(1u, 32)]
                : polynomials.MoveNext() ? Directions(polynomials.Current.Degree, polynomials.Current.Inner, dimension) : [];
            for (var i = 0; i < count; i++)
            {
                var number = (uint)(first + i);
                var bits = 0u;
                for (var gray = number ^ (number >> 1); gray != 0; gray &= gray - 1)
                {
                    var bit = BitOperations.TrailingZeroCount(gray);
                    bits ^= directions[bit] << (31 - bit);
                }
                points[i * dimensions + dimension] = bits / 4294967296.0;
            }
        }
    }

    // The odd numbers m₁, m₂, … < 2ⁱ of a dimension: those of a table, or drawn ones, then the recurrence of its polynomial.
    private static uint[] Directions(int degree, uint inner, int dimension)
    {
        var m = new uint[32];
        var drawn = new Xoshiro256StarStar(dimension);
        for (var i = 0; i < m.Length; i++)
        {
            if (i < degree)
            {
                m[i] = dimension <= JoeKuo.Length ? JoeKuo[dimension - 1][i] : (uint)(2 * drawn.Next(1 << i) + 1);
                continue;
            }
            m[i] = m[i - degree] ^ (m[i - degree] << degree);
            for (var k = 1; k < degree; k++)
                m[i] ^= ((inner >> (degree - 1 - k)) & 1) * m[i - k] << k;
        }
        return m;
    }

    // Primitive polynomials over two elements by degree: xᵈ + (inner coefficients) + 1. One is primitive if x has all 2ᵈ − 1 powers.
    private static IEnumerable<(int Degree, uint Inner)> Polynomials()
    {
        for (var degree = 1; ; degree++)
        {
            for (var inner = 0u; inner < 1u << (degree - 1); inner++)
            {
                var (power, polynomial, order) = (1u, (1u << degree) | (inner << 1) | 1, 0u);
                do
                {
                    power <<= 1;
                    power ^= (power >> degree) * polynomial;
                    order++;
                }
                while (power != 1 && order < 1u << degree);
                if (order == (1u << degree) - 1)
                    yield return (degree, inner);
            }
        }
    }

    private static void Halton(double[] points, int count, int dimensions, int first)
    {
        var (dimension, primes) = (0, new List<int>());
        for (var candidate = 2; dimension < dimensions; candidate++)
        {
            if (primes.TakeWhile(p => p * p <= candidate).Any(p => candidate % p == 0))
                continue;
            primes.Add(candidate);
            for (var i = 0; i < count; i++)
            {
                var share = 1.0;
                for (var rest = first + i; rest > 0; rest /= candidate)
                    points[i * dimensions + dimension] += rest % candidate * (share /= candidate);
            }
            dimension++;
        }
    }

    private static void Hypercube(double[] points, int count, int dimensions, int seed)
    {
        var random = new Xoshiro256StarStar(seed);
        var places = new int[count];
        for (var dimension = 0; dimension < dimensions; dimension++)
        {
            for (var i = 0; i < count; i++)
            {
                var other = random.Next(i + 1);
                (places[i], places[other]) = (places[other], i);
            }
            for (var i = 0; i < count; i++)
                points[i * dimensions + dimension] = (places[i] + random.NextDouble()) / count;
        }
    }
}
